"""Says that training on other machines is not part of YZLite."""

from yzlite_core.compat.vendor import ssh as ssh
