from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pytest

from yzlite_core.errors import (
    FrozenSettingError,
    MissingSettingError,
    SettingTypeError,
    SettingValueError,
    UnknownOptionError,
    UnknownSettingError,
)
from yzlite_core.model.settings import Configurable, OptionGroup, Setting, assign, restored, settings_of
from yzlite_core.support.source_location import line_of, line_of_function


class PlateauOptions(TypedDict, total=False):
    monitor: str
    factor: float


class Inner(Configurable):
    angle = Setting(float, default=0.0, doc="Degrees.")


class Toy(Configurable):
    epochs = Setting(int, default=100, doc="Passes.")
    shape = Setting(tuple[int, ...], doc="No default.")
    names: Setting[list[str]] = Setting(list[str], factory=list, doc="A mutable default.")
    mode = Setting(str, default="a", choices=("a", "bee"), doc="A choice.")
    limit = Setting(int, default=None, doc="None allowed.")
    data = Setting(object, default=None, late=True, doc="Data, not a setting.")
    inner: Setting[Inner] = Setting(Inner, factory=Inner, doc="Nested.")
    plateau = OptionGroup(PlateauOptions, doc="Off.")
    converter = OptionGroup(PlateauOptions, doc="On.", defaults={"factor": 0.5})


def test_defaults_and_assignment():
    toy = Toy()
    assert toy.epochs == 100
    toy.epochs = np.int64(3)
    assert toy.epochs == 3
    assert type(toy.epochs) is int


@pytest.mark.parametrize("value", ["many", 1.5, None, True])
def test_wrong_type_is_refused_and_names_the_line(value):
    with pytest.raises(SettingTypeError, match=r"Toy\.epochs takes int, got .*test_settings\.py, line \d+"):
        Toy().epochs = value


def test_unknown_name_has_a_hint():
    with pytest.raises(UnknownSettingError, match=r"no setting 'epoch'.*did you mean 'epochs'"):
        Toy().epoch = 3
    with pytest.raises(UnknownSettingError, match="did you mean 'epochs'"):
        _ = Toy().epoch


def test_names_of_ones_own_start_with_an_underscore():
    toy = Toy()
    toy._own = 3
    assert toy._own == 3


def test_choice_has_a_hint():
    with pytest.raises(SettingValueError, match="did you mean 'bee'"):
        Toy().mode = "be"


def test_missing_value_says_how_to_set_it():
    with pytest.raises(MissingSettingError, match=r"my_model\.shape = "):
        _ = Toy().shape
    assert not hasattr(Toy(), "shape")


def test_reading_never_sets():
    toy = Toy()
    assert toy.names == []
    assert toy.converter["factor"] == 0.5
    assert not any(setting.is_set for setting in settings_of(toy))
    toy.names.append("x")
    toy.converter["monitor"] = "loss"
    assert {s.path for s in settings_of(toy) if s.is_set} == {"names", "converter"}


def test_mutable_defaults_are_not_shared():
    one, two = Toy(), Toy()
    one.names.append("x")
    one.plateau["monitor"] = "loss"
    assert two.names == []
    assert not two.plateau


def test_group_takes_items_on_a_fresh_object():
    toy = Toy()
    toy.plateau["monitor"] = "accuracy"
    toy.plateau["factor"] = 1
    assert toy.plateau == {"monitor": "accuracy", "factor": 1.0}


@pytest.mark.parametrize(
    "change",
    [
        lambda group: group.__setitem__("moniter", "x"),
        lambda group: group.update(moniter="x"),
        lambda group: group.setdefault("moniter", "x"),
        lambda group: group.__ior__({"moniter": "x"}),
    ],
)
def test_misspelt_option_has_a_hint(change: Callable[..., object]):
    with pytest.raises(UnknownOptionError, match=r"no option 'moniter'.*did you mean 'monitor'"):
        change(Toy().plateau)


def test_option_of_wrong_type():
    with pytest.raises(SettingTypeError, match=r"Toy\.plateau\['factor'\] takes float, got 'x'"):
        Toy().plateau["factor"] = "x"


def test_group_assignment_keeps_defaults_and_none_switches_off():
    toy = Toy()
    toy.converter = {"monitor": "loss"}
    assert toy.converter == {"factor": 0.5, "monitor": "loss"}
    toy.converter = None
    assert toy.converter == {}
    assert settings_of(toy)


def test_group_assignment_copies():
    given = {"monitor": "loss"}
    toy = Toy()
    toy.plateau = given
    toy.plateau["factor"] = 0.1
    assert given == {"monitor": "loss"}


def test_frozen_settings_refuse_changes_and_data_does_not():
    toy = Toy()
    toy.plateau["monitor"] = "loss"
    toy.freeze()
    for change in (
        lambda: setattr(toy, "epochs", 3),
        lambda: toy.plateau.__setitem__("factor", 0.1),
        lambda: toy.plateau.clear(),
        lambda: toy.plateau.pop("monitor"),
        lambda: toy.converter.__setitem__("factor", 0.1),
        lambda: setattr(toy.inner, "angle", 3.0),
    ):
        with pytest.raises(FrozenSettingError, match=r"after the run had started.*test_settings\.py, line"):
            change()
    toy.data = 3
    assert toy.data == 3


def test_assign_by_path():
    toy = Toy()
    assign(toy, "epochs", 3)
    assign(toy, "plateau.factor", 0.25)
    assign(toy, "inner.angle", 30)
    assign(toy, "shape", [96, 96, 1])
    assert (toy.epochs, toy.plateau["factor"], toy.inner.angle) == (3, 0.25, 30.0)
    assert toy.shape == (96, 96, 1)


@pytest.mark.parametrize(
    ("path", "hint"),
    [("epocs", "epochs"), ("plateau.facto", "plateau.factor"), ("iner.angle", "inner.angle")],
)
def test_assign_unknown_path_names_the_nearest(path: str, hint: str):
    with pytest.raises(UnknownSettingError, match=f"did you mean '{hint}'"):
        assign(Toy(), path, 1)


def test_most_specific_declaration_wins():
    class Base(Configurable):
        mode = Setting(str, default="base", doc="")

    class Special(Base):
        mode = Setting(str, default="special", doc="")

    class Other(Base):
        pass

    class Model(Other, Special):
        pass

    assert Model().mode == "special"


def test_rival_declarations_are_refused():
    class One(Configurable):
        mode = Setting(str, default="one", doc="")

    class Two(Configurable):
        mode = Setting(str, default="two", doc="")

    with pytest.raises(SettingTypeError, match="'mode' from both One and Two"):

        class Model(One, Two):
            pass

    class Decided(One, Two):
        mode = Setting(str, default="three", doc="")

    assert Decided().mode == "three"


def test_walk_gives_dotted_paths():
    toy = Toy()
    toy.inner.angle = 3.0
    found = {setting.path: setting for setting in settings_of(toy)}
    assert found["inner.angle"].value == 3.0
    assert found["inner.angle"].is_set
    assert found["epochs"].declaration.__doc__ == "Passes."
    assert found["epochs"].declaration.owner is Toy


def test_the_line_that_set_something_is_remembered():
    toy = Toy()
    here = test_the_line_that_set_something_is_remembered.__code__.co_firstlineno
    assert (line_of(toy, "epochs"), line_of(toy, "converter.factor")) == ("", "")
    toy.epochs = 3
    toy.plateau["monitor"] = "loss"
    toy.converter = {"monitor": "loss"}
    toy.inner.angle = 90
    assert line_of(toy, "epochs") == f" (test_settings.py, line {here + 4})"
    assert line_of(toy, "plateau.monitor") == f" (test_settings.py, line {here + 5})"
    assert line_of(toy, "plateau.factor") == ""
    assert line_of(toy, "converter.monitor") == f" (test_settings.py, line {here + 6})"
    assert line_of(toy, "inner.angle") == f" (test_settings.py, line {here + 7})"
    assign(toy, "plateau.monitor", "accuracy")
    assert line_of(toy, "plateau.monitor") == " (--set plateau.monitor)"
    assert line_of_function(test_the_line_that_set_something_is_remembered).endswith(f", line {here})")
    assert (line_of_function(len), line_of_function(None)) == ("", "")


def test_restored_settings_are_as_they_were():
    inner = Inner(angle=5)
    toy = Toy(inner=inner)
    toy.plateau["monitor"] = "accuracy"
    before = dict(vars(toy))
    with restored(toy):
        toy.epochs = 7
        toy.plateau["monitor"] = "loss"
        toy.converter["factor"] = 0.25
        toy.inner.angle = 45
        toy.freeze()
        with pytest.raises(FrozenSettingError):
            toy.inner.angle = 3
        assert (toy.epochs, toy.plateau["monitor"], toy.inner.angle) == (7, "loss", 45)
    assert vars(toy) == before
    assert (toy.epochs, toy.plateau["monitor"], toy.converter["factor"]) == (100, "accuracy", 0.5)
    assert toy.inner is inner
    assert inner.angle == 5
    inner.angle = 12  # nothing is frozen any more
    toy.epochs = 3
