"""Other names for settings, as a plugin for motion sensors would have them."""

from __future__ import annotations

from typing import Any

import pytest

from yzlite_core.errors import FrozenSettingError, MissingSettingError, SettingTypeError
from yzlite_core.model.alias import Alias, held
from yzlite_core.model.settings import Configurable, Setting, settings_of


class MotionGenerator(Configurable):
    rate = Setting(int, default=50, doc="Values in a second.")


class Motion(Configurable):
    axes = Setting(int, default=3, doc="Axes of the sensor.")
    datagen: Setting[MotionGenerator | None] = Setting(MotionGenerator, default=None, doc="Reads samples.")
    motion_axes: Alias[Any] = Alias("axes", doc="The same as `axes`.")
    rate: Alias[int] = Alias("datagen.rate", doc="Values in a second.")


def test_another_name_of_a_setting_and_of_one_that_it_holds():
    motion = Motion(datagen=MotionGenerator())
    motion.motion_axes, motion.rate = 6, 100
    assert (motion.axes, motion.motion_axes, motion.datagen.rate, motion.rate) == (6, 6, 100, 100)
    assert Motion(motion_axes=2).axes == 2
    assert Motion.rate.__doc__ == "Values in a second."


def test_it_is_no_setting_of_its_own():
    assert {setting.path for setting in settings_of(Motion())} == {"axes", "datagen"}


def test_what_the_setting_refuses_is_refused():
    motion = Motion()
    with pytest.raises(SettingTypeError, match=r"Motion\.axes takes int"):
        motion.motion_axes = "three"
    motion.freeze()
    with pytest.raises(FrozenSettingError, match=r"Motion\.axes"):
        motion.motion_axes = 6


def test_what_holds_it_may_be_missing():
    with pytest.raises(MissingSettingError, match=r"Motion\.rate is that of Motion\.datagen") as failure:
        Motion().rate  # noqa: B018
    assert failure.value.hint == "set it first: my_model.datagen = MotionGenerator(...)"
    with pytest.raises(MissingSettingError, match=r"Motion\.length is that of Motion\.datagen"):
        held(Motion(), "datagen", "length")
