from __future__ import annotations

import threading

import numpy as np
import pytest

from yzlite_core.data.batches import Recycler


def address(array: np.ndarray) -> int:
    return array.ctypes.data


def test_memory_is_used_again_when_nobody_holds_it():
    recycler = Recycler()
    first = recycler.empty((4, 3))
    place = address(first)
    second = recycler.empty((4, 3))
    assert not np.may_share_memory(first, second)
    del first
    assert address(recycler.empty((2, 3), np.float32)) == place


@pytest.mark.parametrize(
    "part", [lambda x: x[1:], lambda x: x.T, lambda x: x.view(np.uint8)[0], lambda x: memoryview(x)]
)
def test_whoever_holds_a_part_holds_it_all(part):
    recycler = Recycler()
    array = recycler.empty((4, 3))
    array[:] = 7
    held = part(array)
    del array
    other = recycler.empty((4, 3))
    other[:] = 0
    assert np.asarray(held).any()


def test_what_is_held_for_good_is_no_longer_looked_after():
    recycler = Recycler(most=3)
    held = [recycler.empty((100,)) for _ in range(5)]
    for number, array in enumerate(held):
        array[:] = number
    place = address(recycler.empty((100,)))
    assert address(recycler.empty((100,))) == place
    assert [array.max() for array in held] == [0, 1, 2, 3, 4]


def test_no_more_is_kept_than_is_in_use():
    recycler = Recycler()
    held = [recycler.empty((1000,)) for _ in range(10)]
    places = {address(array) for array in held}
    del held
    assert address(recycler.empty((1000,))) in places
    assert len(recycler._kept) == 3  # this one, and two to spare
    recycler.clear()
    assert recycler._kept == []


def test_shapes_and_types():
    recycler = Recycler()
    for shape, dtype in (((2, 3), np.int16), ((0, 5), np.float32), ((), np.float64), ((7,), np.uint8)):
        array = recycler.empty(shape, dtype)
        assert (array.shape, array.dtype) == (shape, dtype)
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.size == 0 or address(array) % 64 == 0


def test_threads_do_not_share_what_they_hold():
    recycler, wrong = Recycler(), []

    def work(number: int) -> None:
        for _ in range(300):
            array = recycler.empty((50,), np.int64)
            array[:] = number
            if not (array == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
