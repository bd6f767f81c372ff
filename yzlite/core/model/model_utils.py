"""`yzlite.core.model.model_utils`: discovery of models."""

from yzlite_core import list_yzlite_models as list_yzlite_models
