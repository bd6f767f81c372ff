"""`yzlite.core.model`: the model class that existing scripts use, the mixins and the loaders."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a type checker sees the names themselves
    from yzlite.core import *
else:
    from yzlite.core import YZLiteModel as YZLiteModel
    from yzlite.core import __all__ as __all__
    from yzlite.core import __getattr__ as __getattr__
