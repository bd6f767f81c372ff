from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from yzlite_core.errors import DatasetError, ModelError
from yzlite_eval.labels import class_ids, class_scores


@pytest.mark.parametrize(
    ("y", "n_classes", "expected"),
    [
        ([[0, 1, 0], [0, 0, 1]], 3, [1, 2]),
        ([1, 2], 3, [1, 2]),
        ([1.0, 0.0], 2, [1, 0]),
        ([[1], [0]], 2, [1, 0]),
        ([[1], [1]], 1, [0, 0]),
        ([True, False], 2, [1, 0]),
    ],
    ids=["one-hot", "sparse", "float", "binary column", "one class", "bool"],
)
def test_labels_in_any_form(y: Any, n_classes: int, expected: list[int]) -> None:
    assert class_ids(np.array(y), n_classes).tolist() == expected


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (None, "no labels"),
        (np.zeros((4, 5)), r"\(4, 5\)"),
        (np.zeros((4, 3, 3)), r"\(4, 3, 3\)"),
        (np.array([0, 3]), "label 3"),
        (np.array([-1, 0]), "label -1"),
        (np.array([0.5, 1]), "label 0.5"),
    ],
)
def test_what_are_no_labels_is_refused(y: Any, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        class_ids(y, 3)


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 1, 1)])
def test_one_output_for_two_classes_gives_the_first_the_rest(shape: tuple[int, ...]) -> None:
    scores = class_scores(np.array([0.1, 0.5, 0.9]).reshape(shape), 2)
    assert scores == pytest.approx(np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]]))


def test_logits_become_probabilities() -> None:
    assert class_scores([[0.0], [800.0], [-800.0]], 2, from_logits=True)[:, 1] == pytest.approx([0.5, 1, 0])
    several = class_scores([[0.0, 0.0, 0.0], [1000.0, 0.0, 0.0]], 3, from_logits=True)
    assert several == pytest.approx(np.array([[1 / 3, 1 / 3, 1 / 3], [1, 0, 0]]))


def test_wrong_number_of_outputs_is_refused() -> None:
    with pytest.raises(ModelError, match="4 values for a sample, and there are 3 classes"):
        class_scores(np.zeros((2, 4)), 3)


def test_several_outputs_are_refused() -> None:
    with pytest.raises(ModelError, match="2 outputs"):
        class_scores([np.zeros((2, 3)), np.zeros((2, 1))], 3)
