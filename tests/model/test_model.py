from __future__ import annotations

import pytest

from yzlite.core import YZLiteModel as Wide
from yzlite_core import DatasetMixin, TrainMixin, YZLiteModel
from yzlite_core.data.datagen.mixin import DataGeneratorDatasetMixin
from yzlite_core.errors import MissingSettingError, UnknownSettingError
from yzlite_core.model.model import NAMES_OF_THE_ORIGINAL
from yzlite_core.model.settings import Setting, declarations, settings_of


class Derived(DataGeneratorDatasetMixin):
    class_mode = Setting(str, default="sparse", doc="Narrower.", choices=("sparse",))

    @property
    def input_shape(self):
        return (1, 2, 3)


ORDERS = [
    (YZLiteModel, TrainMixin, Derived),
    (Derived, TrainMixin, YZLiteModel),
    (YZLiteModel, TrainMixin, DatasetMixin, Derived),
    (TrainMixin, Derived, DatasetMixin, YZLiteModel),
]


@pytest.mark.parametrize("bases", ORDERS)
def test_what_a_mixin_declares_wins_whatever_the_order_of_the_bases(bases):
    model = type("M", bases, {})()
    assert model.class_mode == "sparse"
    assert model.input_shape == (1, 2, 3)
    assert "input_shape" not in {setting.path for setting in settings_of(model)}


def test_the_guides_class():
    class MyModel(YZLiteModel, TrainMixin, DatasetMixin):
        """My Model's class object"""

    my_model = MyModel()
    assert my_model.name == "test_model"
    my_model.class_mode = "categorical"
    my_model.classes = ["up", "down"]
    assert my_model.n_classes == 2
    assert not my_model.early_stopping
    my_model.reduce_lr_on_plateau["monitor"] = "accuracy"
    with pytest.raises(MissingSettingError, match=r"MyModel\.input_shape has not been set"):
        _ = my_model.input_shape
    with pytest.raises(UnknownSettingError, match="did you mean 'epochs'"):
        my_model.epoch = 3


def test_base_class_declares_nothing_that_a_mixin_declares():
    own = {name for name, member in vars(YZLiteModel).items() if not name.startswith("_")}
    for mixin in (TrainMixin, DatasetMixin, DataGeneratorDatasetMixin):
        assert not own & set(declarations(mixin))


def test_names_of_the_original_are_those_that_its_class_has_besides():
    assert issubclass(Wide, YZLiteModel)
    lean, wide = ({name for name in dir(cls) if not name.startswith("_")} for cls in (YZLiteModel, Wide))
    assert wide - lean == set(NAMES_OF_THE_ORIGINAL)


@pytest.mark.parametrize("name", NAMES_OF_THE_ORIGINAL)
def test_name_of_the_original_says_where_the_class_is_that_has_it(name, tmp_path):
    class Mine(YZLiteModel, DataGeneratorDatasetMixin):
        pass

    with pytest.raises(
        UnknownSettingError,
        match=rf"^Mine has no '{name}' \(test_model\.py, line \d+\) "
        r"\(take YZLiteModel from yzlite\.core, .*: from yzlite\.core import YZLiteModel\)$",
    ):
        getattr(Mine(tmp_path / "mine.py"), name)


def test_log_dir_and_archive(yzlite_cache, tmp_path):
    model = YZLiteModel(tmp_path / "kws.py")
    assert model.log_dir == str(yzlite_cache / "models" / "kws")
    assert model.archive_path == str(tmp_path / "kws.yzlite.zip")
    assert not (yzlite_cache / "models").exists()
    model.enable_test_mode()
    assert model.log_dir == str(yzlite_cache / "models" / "kws-test")
    assert model.archive_path == str(tmp_path / "kws-test.yzlite.zip")
    model.log_dir = tmp_path / "elsewhere"
    assert model.log_dir == str(tmp_path / "elsewhere")


def test_summary_shows_the_shape_and_the_parameters(tmp_path):
    class M(YZLiteModel, DatasetMixin):
        pass

    model = M(tmp_path / "kws.py")
    model.input_shape = (49, 40, 1)
    model.model_parameters["volume_db"] = 5.0
    assert "Input shape: 49 x 40 x 1" in model.summary()
    assert "volume_db: 5.0" in model.summary()


def test_every_setting_is_documented():
    for cls in (YZLiteModel, TrainMixin, DatasetMixin, DataGeneratorDatasetMixin):
        for name, declaration in declarations(cls).items():
            assert declaration.__doc__, name
            assert declaration.__doc__.endswith("."), name
