"""`yzlite.core.model`: the model class, its mixins and the loaders, imported when they are used."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a type checker sees the names themselves
    from yzlite_core import *
else:
    from yzlite_core import __all__ as __all__
    from yzlite_core import __getattr__ as __getattr__
