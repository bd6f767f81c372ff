from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yzlite_core.contract.values import Best
from yzlite_eval import plots

TRICKY = ["_unknown_", "$x$", "a_b^c"]


def names_in_legend(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_names_stand_in_the_legend_as_they_are() -> None:
    figure = plots.rate("TPR", TRICKY, [0, 1], [[1, 0]] * 3)
    assert names_in_legend(figure) == TRICKY
    figure.draw_without_rendering()  # a formula would fail here


def test_class_without_curve_is_left_out() -> None:
    curves = [{"fpr": [0, 1], "tpr": [0, 1]}, {"fpr": [], "tpr": []}]
    assert names_in_legend(plots.roc(["cat", "dog"], curves, [0.5, None])) == ["cat  0.500"]
    assert names_in_legend(plots.rate("TPR", ["cat", "dog"], [0, 1], [[1, 0], [None, None]])) == ["cat"]


@pytest.mark.parametrize("n_classes", [2, 40])
def test_confusion_matrix_shows_every_count(n_classes: int, tmp_path: Path) -> None:
    counts = np.eye(n_classes, dtype=int) * 7
    figure = plots.confusion_matrix([f"class {i}" for i in range(n_classes)], counts.tolist())
    assert [text.get_text() for text in figure.axes[0].texts] == ["7"] * n_classes
    assert plots.save(figure, tmp_path / "m.png").stat().st_size > 1000


def test_history_has_axes_for_each_metric_and_marks_the_best_epoch() -> None:
    metrics = {"accuracy": [0.1, 0.2], "val_accuracy": [0.1, 0.3], "loss": [2.0, 1.0]}
    figure = plots.history(metrics, Best(2, "val_accuracy", 0.3))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["accuracy", "loss"]
    assert names_in_legend(figure) == ["training", "validation"]
    assert figure.axes[0].lines[-1].get_xdata() == [2, 2]


def test_history_of_one_epoch_is_visible() -> None:
    line = plots.history({"loss": [1.0]}).axes[0].lines[0]
    assert line.get_marker() == "o"


def test_no_global_figure_is_made(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from yzlite_eval import plots\n"
        "plots.save(plots.history({'loss': [1, 2]}), pathlib.Path(sys.argv[1]))\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    path = tmp_path / "history.png"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert path.is_file()


def test_names_in_any_script_are_drawn_without_a_word(tmp_path):
    names = ["日本 語", "a $ b", "<b>"]
    path = plots.save(plots.confusion_matrix(names, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]), tmp_path / "plot.png")
    assert path.stat().st_size > 1000
