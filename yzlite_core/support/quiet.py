"""Keep native libraries from writing notes among the lines that people read."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_notes_hidden() -> Iterator[None]:
    """Hide what is written to file descriptor 2 in the block; if the block raises, show it after all.

    TensorFlow and LiteRT write notes there, some before any log level counts.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as notes:
        os.dup2(notes.fileno(), 2)
        try:
            yield
        except BaseException:
            notes.seek(0)
            os.write(saved, notes.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
