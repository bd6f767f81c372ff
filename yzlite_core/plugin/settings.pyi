"""For plugins with more than a few plain settings: `settings.py` says how."""

from yzlite_core.model import parsers as parsers
from yzlite_core.model.alias import Alias as Alias
from yzlite_core.model.alias import held as held
from yzlite_core.model.settings import MISSING as MISSING
from yzlite_core.model.settings import declarations as declarations
from yzlite_core.model.settings import settings_of as settings_of
from yzlite_core.support.source_location import calling_line as calling_line
