"""`yzlite.core.model`: the model class, its mixins and the loaders."""

from typing import TYPE_CHECKING

from yzlite_core import *

if not TYPE_CHECKING:  # a type checker sees the names themselves
    from yzlite_core import __all__ as __all__
    from yzlite_core import __getattr__ as __getattr__
