"""`yzlite.cli`: what scripts use of the command line."""

from yzlite_core.compat.cli import *
