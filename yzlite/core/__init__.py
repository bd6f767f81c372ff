"""`yzlite.core`: the names of yzlite-core and of the installed plugins, imported when they are used."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a type checker sees the names themselves
    from yzlite_core import *
else:
    from yzlite_core import __all__ as __all__
    from yzlite_core import __getattr__ as __getattr__
