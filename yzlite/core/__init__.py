"""`yzlite.core`: all public names of yzlite-core and of the installed plugins."""

from yzlite_core import *
from yzlite_core import __all__ as __all__
from yzlite_core import __getattr__ as __getattr__
