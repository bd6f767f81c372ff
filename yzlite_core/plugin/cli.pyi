"""For plugins with commands: `cli.py` says how."""

from yzlite_core.cli.frame import Json as Json
from yzlite_core.cli.frame import NoPlugin as NoPlugin
from yzlite_core.cli.frame import Shown as Shown
from yzlite_core.cli.frame import Verbose as Verbose
from yzlite_core.cli.frame import command as command
from yzlite_core.cli.running import Model as Model
from yzlite_core.cli.running import Output as Output
from yzlite_core.cli.running import Seed as Seed
from yzlite_core.cli.running import Set as Set
from yzlite_core.cli.running import Test as Test
from yzlite_core.cli.running import Trust as Trust
from yzlite_core.cli.running import Weights as Weights
from yzlite_core.cli.running import Workers as Workers
from yzlite_core.cli.running import settings_of as settings_of
