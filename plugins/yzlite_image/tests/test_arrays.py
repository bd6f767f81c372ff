from __future__ import annotations

import numpy as np
import pytest

from yzlite_image.arrays import class_ids_of, share_of

IDS = np.array([0, 2, 1, 0])


@pytest.mark.parametrize(
    "y", [IDS, IDS[:, np.newaxis], IDS.astype(np.float32), np.eye(3)[IDS], IDS.astype(np.uint8)]
)
def test_class_ids_of_labels(y):
    ids = class_ids_of(y)
    assert ids.tolist() == IDS.tolist()
    assert ids.dtype == np.int32


@pytest.mark.parametrize("y", [np.array([0.5, 1.0]), np.zeros((2, 4, 4, 1))])
def test_other_targets_have_no_class_ids(y):
    assert class_ids_of(y) is None


def test_shares_are_taken_of_each_class_and_keep_the_order():
    ids = np.array([1, 0] * 10)
    first, rest = share_of(ids, (0, 0.2)), share_of(ids, (0.2, 1))
    assert first.tolist() == [0, 1, 2, 3]
    assert rest.tolist() == list(range(4, 20))
    assert share_of(ids, None, limit=1).tolist() == [0, 1]
