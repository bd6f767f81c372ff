"""`yzlite.core`: the names of yzlite-core and the plugins, with the model class that existing scripts use."""

from typing import TYPE_CHECKING

from yzlite_core.compat.model import YZLiteModel as YZLiteModel

# A type checker sees the names themselves; of two imports of one name mypy takes the first, pyright the last.
if TYPE_CHECKING:
    from yzlite_core import *  # type: ignore[assignment]  # the class above is derived from the core's
    from yzlite_core.compat.model import YZLiteModel as YZLiteModel
else:
    from yzlite_core import __all__ as __all__
    from yzlite_core import __getattr__ as __getattr__
