"""The door for plugins that write files, which are whole or not there at all.

A file is written to a temporary name and renamed::

    >>> import tempfile
    >>> from pathlib import Path
    >>> from yzlite_core.plugin.files import made_once, replacing, write_atomic, write_json
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_json(folder / "salt.json", {"salt": 0.02}).name
    'salt.json'
    >>> with replacing(folder / "grains.bin") as temporary:
    ...     _ = temporary.write_bytes(b"grains")

A folder that takes long to make is made once, and again when its stamp has changed::

    >>> def make(target):
    ...     _ = write_atomic(target / "0.txt", "white")
    >>> [path.name for path in made_once(folder / "data", {"version": 1}, make).glob("*.txt")]
    ['0.txt']
"""

from __future__ import annotations

from yzlite_core.contract.stub import handed_out

__all__, __getattr__, __dir__ = handed_out(__name__)
