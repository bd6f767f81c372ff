from __future__ import annotations

import importlib_metadata
import pytest

import yzlite_core
from yzlite_core.contract.lazy_exports import borrow, lent_names
from yzlite_core.errors import MissingPluginError

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


def test_names_that_a_star_leaves_out():
    import keras

    from yzlite_core.tflite import api

    assert yzlite_core.KerasModel is keras.Model
    left_out = {"KerasModel", *api.__all__} - set(yzlite_core.__all__)
    assert "TfliteLayer" in left_out
    for name in left_out - {"KerasModel"}:
        assert getattr(yzlite_core, name) is getattr(api, name)


def test_facade_gives_what_the_core_has():
    import yzlite.core
    import yzlite.core.model
    import yzlite_core

    names: dict[str, object] = {}
    exec("from yzlite.core import *", names)
    assert set(yzlite_core.__all__) <= set(names)
    for name in yzlite_core.__all__:
        assert names[name] is getattr(yzlite.core.model, name)
        assert (names[name] is getattr(yzlite_core, name)) == (name != "YZLiteModel")
    assert issubclass(yzlite.core.YZLiteModel, yzlite_core.YZLiteModel)


FORWARDED = [
    "from yzlite.cli import get_logger, print_info, abort, handle_exception, is_command_active",
    "from yzlite.core.utils import get_yzlite_logger, set_yzlite_logger",
    "from yzlite.core.preprocess.utils import split_file_list, shuffle_file_list_by_group",
    "from yzlite.utils.archive_downloader import download_verify_extract, download_url",
    "from yzlite.utils.path import fullpath, create_user_dir, create_tempdir, recursive_listdir",
    "from yzlite.utils.python import as_list, DictObject, prepend_exception_msg, install_pip_package",
    "from yzlite.utils.hasher import generate_hash",
    "from yzlite.utils.logger import get_logger",
    "from yzlite.utils.commander import program_app, issue_command",
    "from yzlite.utils.ssh import ssh",
]
OF_PLUGINS = {
    "from yzlite.core.preprocess.utils.audio import read_audio_file, apply_frontend": "yzlite-audio",
    "from yzlite.core.preprocess.utils.image import read_image_file, write_image_file": "yzlite-image",
    "from yzlite.models import hello_image": "yzlite-models",
}


@pytest.mark.parametrize("statement", FORWARDED)
def test_addresses_of_the_original_that_the_core_owns(statement):
    exec(statement, {})


@pytest.mark.parametrize("statement", OF_PLUGINS)
def test_addresses_of_the_original_that_plugins_own(statement):
    dist = OF_PLUGINS[statement]
    if any(point.dist.name == dist for point in importlib_metadata.entry_points(group="yzlite")):
        if dist != "yzlite-models":  # its models need other plugins, and TensorFlow
            exec(statement, {})
    else:
        with pytest.raises(ImportError, match=f"not installed: pip install {dist}"):
            exec(statement, {})


def test_vendor_tools_are_sentences():
    from yzlite.utils.commander import program_app
    from yzlite_core.compat.vendor import VendorHardwareError

    with pytest.raises(VendorHardwareError, match=r"program_app .* is not part of YZLite .*yzlite export"):
        program_app("app")


def test_helpers_of_the_original(tmp_path, yzlite_cache):
    from yzlite.utils.path import clean_directory, create_user_dir, fullpath, recursive_listdir
    from yzlite.utils.python import DictObject, as_list, install_pip_package, prepend_exception_msg

    assert create_user_dir("datasets/mine") == str(yzlite_cache / "datasets" / "mine")
    assert fullpath("a/../b", cwd=str(tmp_path)) == str(tmp_path / "b")
    for name in ("x.txt", "in/y.txt", "in/deep/z.txt"):
        (tmp_path / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "files" / name).write_text(name)
    listed = recursive_listdir(str(tmp_path / "files"), max_depth=1, return_relative_paths=True)
    assert listed == ["in/y.txt", "x.txt"]
    clean_directory(str(tmp_path / "files"))
    assert not list((tmp_path / "files").iterdir())
    assert [as_list(None), as_list("a,b", ","), as_list((1, 2)), as_list(3)] == [[], ["a", "b"], [1, 2], [3]]
    assert DictObject(a=1).a == 1
    assert str(prepend_exception_msg(ValueError("bad"), "Failed")) == "Failed, err: bad"
    install_pip_package("pytest>=7")
    with pytest.raises(MissingPluginError, match="pip install 'no-such-package>=1'"):
        install_pip_package("no-such-package>=1")
