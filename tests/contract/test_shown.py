"""How samples look and sound to people, and who says so."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from yzlite_core.contract import hookspecs
from yzlite_core.contract.hookspecs import hookimpl
from yzlite_core.contract.plugins import Plugins
from yzlite_core.contract.shown import Picture, ShownSample, Signal, heatmap_of, look_of, picture_of
from yzlite_core.errors import PluginError
from yzlite_core.run import plugin as core

PIXELS = np.zeros((4, 5), np.uint8)


@pytest.mark.parametrize(
    ("shape", "size"),
    [((20, 30), (20, 30)), ((20, 30, 1), (20, 30)), ((20, 30, 3), (20, 30, 3)), ((9, 7, 4), (9, 7, 4))],
)
def test_arrays_of_the_shape_of_a_picture(shape, size):
    picture = picture_of(np.random.default_rng(0).normal(size=shape))
    assert (picture.pixels.shape, picture.pixels.dtype) == (size, np.uint8)
    assert not picture.is_heatmap


@pytest.mark.parametrize("shape", [(5,), (4, 4, 2), (4, 4, 4, 3), (0, 7)])
def test_other_arrays_are_no_pictures(shape):
    assert picture_of(np.zeros(shape)) is None


@pytest.mark.parametrize(
    ("values", "pixels"),
    [
        ([0.0, 0.25, 1.0], [0, 64, 255]),
        ([0, 100, 200], [0, 100, 200]),
        (np.array([-128, 0, 127], np.int8), [0, 128, 255]),
        ([-3.0, 0.0, 3.0], [0, 128, 255]),
        ([7.5, 7.5, 7.5], [7, 7, 7]),
        ([300.0, 300.0, 300.0], [0, 0, 0]),
        ([np.nan, 0.5, np.inf], [0, 128, 0]),
    ],
)
def test_usual_ranges_keep_their_black_and_white_and_others_are_stretched(values, pixels):
    assert picture_of(np.array([values])).pixels.tolist() == [pixels]


def test_a_heat_map_goes_from_the_lowest_to_the_highest():
    heatmap = heatmap_of(np.array([[20.0, 30.0], [40.0, 40.0]]))
    assert heatmap.is_heatmap
    assert heatmap.pixels.tolist() == [[0, 128], [255, 255]]


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ((9,), Signal), ((9, 1), Signal), ((9, 6), Signal), ((9, 7), Picture), ((1, 3), Picture),
        ((9, 7, 3), Picture), ((9, 7, 2), type(None)), ((1,), type(None)), ((), type(None)),
        ((9, 0), type(None)),
    ],
)  # fmt: skip
def test_what_stands_for_nobody_knows_what_is_shown_by_its_shape(shape, kind):
    assert type(look_of(np.zeros(shape))) is kind


def test_a_signal_has_names_and_a_length():
    signal = Signal(np.zeros((100, 3)), axes=("x", "y", "z"), rate_hz=50)
    assert signal.seconds == 2
    assert Signal(np.zeros((100, 3))).seconds is None


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Picture(PIXELS.astype(float)), r"cannot be made of float64 of shape \(4, 5\)"),
        (lambda: Picture(PIXELS[0]), r"uint8 of shape \(5,\)"),
        (lambda: Picture(PIXELS[:0]), r"of shape \(0, 5\)"),
        (lambda: Picture(np.zeros((4, 5, 3), np.uint8), is_heatmap=True), r"of shape \(4, 5, 3\)"),
        (lambda: Signal(np.zeros(9)), r"values of shape \(9,\) \(they are of \(time, channels\)\)"),
        (lambda: Signal(np.zeros((0, 3))), r"of shape \(0, 3\)"),
        (lambda: Signal(np.zeros((9, 3)), axes=("x", "y")), "3 channels has 2 axes: x, y"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(make, sentence):
    with pytest.raises(PluginError, match=sentence):
        make()


# --------------------------------------------------------------------------------------------- the hook


def ask(x, **modules) -> ShownSample:
    plugins = Plugins([], {"run": core, **modules})
    return plugins.claim(hookspecs.yzlite_show_sample, model=None, x=x, file=None).value


def test_the_core_answers_when_nobody_else_does():
    assert isinstance(ask(np.zeros((9, 3))).look, Signal)
    nothing = ask(np.zeros((2, 2, 2, 2)))
    assert (nothing.look, nothing.wav) == (None, None)


def test_a_plugin_knows_better():
    @hookimpl
    def yzlite_show_sample(x):
        return ShownSample(heatmap_of(x)) if x.shape == (9, 3) else None

    radar = SimpleNamespace(yzlite_show_sample=yzlite_show_sample)
    assert ask(np.zeros((9, 3)), radar=radar).look.is_heatmap
    assert isinstance(ask(np.zeros((9, 4)), radar=radar).look, Signal)


def test_an_answer_of_another_kind_names_the_plugin():
    @hookimpl
    def yzlite_show_sample(x):
        return Signal(x)

    with pytest.raises(PluginError, match="'radar' answered yzlite_show_sample with a Signal"):
        ask(np.zeros((9, 3)), radar=SimpleNamespace(yzlite_show_sample=yzlite_show_sample))
