"""For plugins that write files: `files.py` says how."""

from yzlite_core.contract.values import to_jsonable as to_jsonable
from yzlite_core.support.files import cache_dir as cache_dir
from yzlite_core.support.files import path_of as path_of
from yzlite_core.support.files import replacing as replacing
from yzlite_core.support.files import write_atomic as write_atomic
from yzlite_core.support.files import write_json as write_json
from yzlite_core.support.folders import made_once as made_once
from yzlite_core.support.folders import put_by_hand as put_by_hand
