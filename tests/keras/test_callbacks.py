"""Keras callbacks from settings."""

from __future__ import annotations

import importlib.util

import pytest

from yzlite_core import TrainMixin, YZLiteModel
from yzlite_core.contract.plugins import Plugins
from yzlite_core.errors import MissingPluginError
from yzlite_core.run import Request, Run, RunPaths


class Model(YZLiteModel, TrainMixin):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("installed", [True, False])
def test_logs_for_tensorboard_need_tensorboard(tmp_path, monkeypatch, installed):
    import keras

    from yzlite_core.keras.callbacks import callbacks_of

    find = importlib.util.find_spec
    spec = find("pytest") if installed else None
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: spec if name == "tensorboard" else find(name, *a)
    )
    model = Model(tmp_path / "mine.py")
    model.tensorboard["update_freq"] = "epoch"
    paths = RunPaths(tmp_path, "mine", tmp_path / "mine.yzlite.zip")
    run = Run(model, Plugins([], {}), paths, Request("mine"))
    if installed:
        (callback,) = callbacks_of(model, run)
        assert isinstance(callback, keras.callbacks.TensorBoard)
    else:
        with pytest.raises(MissingPluginError, match="pip install tensorboard"):
            callbacks_of(model, run)
