"""Says that a vendor's tool is not part of YZLite."""

from yzlite_core.compat.vendor import commander as commander
from yzlite_core.compat.vendor import commander as issue_command
from yzlite_core.compat.vendor import program_app as program_app
