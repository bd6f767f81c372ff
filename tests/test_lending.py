from __future__ import annotations

import importlib_metadata
import pytest

import yzlite_core
from yzlite_core.errors import MissingPluginError
from yzlite_core.lending import borrow, lent_names

KNOWN = {
    "AudioDatasetMixin": ("yzlite-audio", "yzlite.core"),
    "ParallelAudioDataGenerator": ("yzlite-audio", "yzlite.core.preprocess.audio.parallel_generator"),
    "AudioFeatureGeneratorSettings": ("yzlite-audio", "yzlite.core.preprocess.audio.audio_feature_generator"),
    "ImageDatasetMixin": ("yzlite-image", "yzlite.core"),
    "ParallelImageDataGenerator": ("yzlite-image", "yzlite.core.preprocess.image.parallel_generator"),
    "EvaluateClassifierMixin": ("yzlite-eval", "yzlite.core"),
    "rock_paper_scissors_v1": ("yzlite-models", "yzlite.datasets.image"),
    "speech_commands_v2": ("yzlite-models", "yzlite.datasets.audio.speech_commands"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_lent_name_resolves_or_says_what_to_install(name):
    dist, address = KNOWN[name]
    installed = importlib_metadata.entry_points(group="yzlite.exports", name=name)
    statement = f"from yzlite_core import {name}\nfrom {address} import {name} as forwarded"
    if installed:
        namespace: dict[str, object] = {}
        exec(statement, namespace)
        assert namespace[name] is namespace["forwarded"]
        return
    for line in statement.splitlines():
        with pytest.raises(
            ImportError, match=f"plugin '{dist}', which is not installed: pip install {dist}$"
        ):
            exec(line)


def test_names_of_third_parties(install_plugin):
    install_plugin(
        "radar",
        "YZLITE_CONTRACT = 1\nclass RadarDatasetMixin: pass\n",
        entry_points={"yzlite.exports": {"RadarDatasetMixin": "plugin_radar:RadarDatasetMixin"}},
    )
    assert "RadarDatasetMixin" in lent_names()
    assert "RadarDatasetMixin" in dir(yzlite_core)
    assert borrow("RadarDatasetMixin").__module__ == "plugin_radar"


def test_lender_that_fails_is_named(install_plugin):
    install_plugin(
        "radar", "YZLITE_CONTRACT = 1", entry_points={"yzlite.exports": {"Radar": "no_such_module:Radar"}}
    )
    with pytest.raises(MissingPluginError, match="'yzlite-radar', which fails: ModuleNotFoundError"):
        borrow("Radar")


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'NoSuchThing'"):
        _ = yzlite_core.NoSuchThing
    with pytest.raises(ImportError):
        exec("from yzlite_core import NoSuchThing")


def test_own_names_all_resolve():
    for name in yzlite_core.__all__:
        assert getattr(yzlite_core, name) is not None


def test_facade_gives_what_the_core_has():
    import yzlite.core
    import yzlite.core.model
    import yzlite_core

    names: dict[str, object] = {}
    exec("from yzlite.core import *", names)
    assert set(yzlite_core.__all__) <= set(names)
    for name in yzlite_core.__all__:
        assert names[name] is getattr(yzlite_core, name) is getattr(yzlite.core.model, name)
