from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.windowing import Window, adjust_length, place, trim
from yzlite_core.data.batches import Sample

RATE = 16000
BLOCK = 512  # 32 ms


def burst(before: int, loud: int, after: int, floor: float = 0.0) -> np.ndarray:
    """Return sound of amplitude 0.5 between quieter ends."""
    rng = np.random.default_rng(0)
    clip = rng.choice([-1.0, 1.0], before + loud + after)
    clip[:before] *= floor
    clip[before : before + loud] *= 0.5
    clip[before + loud :] *= floor
    return clip.astype(np.float32)


# -------------------------------------------------------------------------------------------------- trim


def test_silence_at_the_ends_is_trimmed_to_the_block():
    clip = burst(10 * BLOCK, 8 * BLOCK, 12 * BLOCK)
    kept = trim(clip, 20, RATE)
    # A measurement reaches two blocks to either side, so that much of the silence is kept.
    np.testing.assert_array_equal(kept, clip[9 * BLOCK : 20 * BLOCK])


def test_nothing_loud_is_lost_wherever_it_is():
    for before in range(0, 4 * BLOCK, 97):
        kept = trim(burst(before, 3000, 5000), 20, RATE)
        assert np.count_nonzero(kept) == 3000


@pytest.mark.parametrize(("threshold_db", "is_trimmed"), [(20, True), (30, False)])
def test_the_threshold_is_relative_to_the_loudest(threshold_db, is_trimmed):
    quiet = 0.5 * 10 ** (-25 / 20)
    for gain in (1.0, 0.01):
        clip = gain * burst(20 * BLOCK, 8 * BLOCK, 20 * BLOCK, floor=quiet)
        assert (len(trim(clip, threshold_db, RATE)) < len(clip)) == is_trimmed


def test_only_the_ends_are_trimmed():
    clip = np.concatenate([burst(9000, 4000, 9000), burst(9000, 4000, 9000)])
    assert np.count_nonzero(trim(clip, 20, RATE)) == 8000


@pytest.mark.parametrize("length", [1, 100, BLOCK, 16000])
def test_silence_alone_is_kept(length):
    assert len(trim(np.zeros(length, np.float32), 20, RATE)) == length


# ------------------------------------------------------------------------------------------ place and crop

CLIP = np.arange(1, 11, dtype=np.float32)


@pytest.mark.parametrize(("offset", "start"), [(0.0, 0), (0.5, 5), (1.0, 10), (0.31, 3)])
def test_a_shorter_clip_is_put_into_the_window(offset, start):
    window = place(CLIP, 20, offset)
    assert window.tolist() == [0.0] * start + CLIP.tolist() + [0.0] * (10 - start)


@pytest.mark.parametrize(("offset", "start"), [(0.0, 0), (0.5, 3), (1.0, 6)])
def test_the_window_is_cut_out_of_a_longer_clip(offset, start):
    assert place(CLIP, 4, offset).tolist() == CLIP[start : start + 4].tolist()


def test_a_clip_of_the_right_length_is_the_window():
    assert place(CLIP, 10, 0.7).tolist() == CLIP.tolist()


def test_the_window_trims_then_places():
    clip = burst(10 * BLOCK, 8 * BLOCK, 12 * BLOCK)
    trimmed = trim(clip, 20, RATE)
    window = Window(RATE, RATE, 20, (0.0, 0.0)).apply(clip, 0.0)
    assert window.shape == (RATE,)
    np.testing.assert_array_equal(window[: len(trimmed)], trimmed)
    assert not window[len(trimmed) :].any()
    whole = Window(RATE, RATE, None, (0.0, 0.0)).apply(clip, 0.0)
    np.testing.assert_array_equal(whole[: len(clip)], clip)


def test_offsets_are_drawn_from_the_range():
    window, rng = Window(RATE, RATE, 20, (0.2, 0.4)), np.random.default_rng(0)
    drawn = [window.draw(rng, Sample(0, None, "x", (1,))) for _ in range(200)]
    assert 0.2 <= min(drawn) < 0.22
    assert 0.38 < max(drawn) <= 0.4


def test_adjusting_by_hand():
    clip = burst(1000, 6000, 9000)
    assert adjust_length(clip, out_length=8000, trim_threshold_db=None).tolist() == clip[:8000].tolist()
    np.testing.assert_array_equal(adjust_length(clip, trim_threshold_db=20), trim(clip, 20, RATE))
    halved = adjust_length(clip, target_sr=8000, original_sr=16000, trim_threshold_db=None)
    assert len(halved) == len(clip) // 2
