"""What a model can be given beyond the base: declarations of settings, and no behaviour of a run."""

from yzlite_core.model.mixins.dataset import DatasetMixin
from yzlite_core.model.mixins.shape import ModelShape
from yzlite_core.model.mixins.train import TrainMixin

__all__ = ["DatasetMixin", "ModelShape", "TrainMixin"]
