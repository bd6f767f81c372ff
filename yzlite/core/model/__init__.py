"""`yzlite.core.model`: the model class, its mixins and the loaders."""

from yzlite_core import DatasetMixin as DatasetMixin
from yzlite_core import TrainMixin as TrainMixin
from yzlite_core import YZLiteModel as YZLiteModel
from yzlite_core import __getattr__ as __getattr__
from yzlite_core import list_yzlite_models as list_yzlite_models
