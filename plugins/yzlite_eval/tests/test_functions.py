from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import yzlite.core
import yzlite_core
from yzlite_core import EvaluateAutoEncoderMixin, EvaluateClassifierMixin, YZLiteModel
from yzlite_core.errors import ModelError
from yzlite_eval import functions


class Classifier(YZLiteModel, EvaluateClassifierMixin):
    pass


class AutoEncoder(YZLiteModel, EvaluateAutoEncoderMixin):
    pass


@pytest.mark.parametrize("name", ["evaluate_classifier", "evaluate_autoencoder"])
def test_the_core_and_the_facade_lend_them(name: str) -> None:
    assert getattr(yzlite_core, name) is getattr(yzlite.core, name) is getattr(functions, name)


def test_arguments_are_those_of_evaluate_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[Any] = []
    monkeypatch.setattr(functions, "evaluate_model", lambda *args, **options: told.append((args, options)))
    classifier, autoencoder = Classifier(tmp_path / "one.py"), AutoEncoder(tmp_path / "two.py")
    functions.evaluate_classifier(classifier, True, test=True)
    functions.evaluate_autoencoder(autoencoder, dump=True)
    assert told == [((classifier, True), {"test": True}), ((autoencoder, False), {"dump": True})]


def test_models_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="The class of one does not inherit EvaluateAutoEncoderMixin"):
        functions.evaluate_autoencoder(Classifier(tmp_path / "one.py"))
    with pytest.raises(ModelError, match="The class of two does not inherit EvaluateClassifierMixin"):
        functions.evaluate_classifier(YZLiteModel(tmp_path / "two.py"))
