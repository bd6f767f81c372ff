# keras has no type information: everything is Any, and no checker reads its sources.
from typing import Any

def __getattr__(name: str) -> Any: ...
