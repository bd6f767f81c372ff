from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.errors import NoFolderError, UsageError
from yzlite_core.support.clock import build_time
from yzlite_core.support.files import cache_dir, path_of, replacing, write_atomic


def test_cache_is_in_the_home_folder_unless_said_otherwise(monkeypatch, tmp_path):
    monkeypatch.delenv("YZLITE_CACHE_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert cache_dir() == tmp_path / ".yzlite"
    monkeypatch.setenv("YZLITE_CACHE_DIR", "~/elsewhere")
    assert cache_dir() == tmp_path / "elsewhere"


def test_read_only_keeps_to_the_temporary_files(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("YZLITE_CACHE_DIR", "/somewhere/else")
    monkeypatch.setenv("YZLITE_READONLY", "1")
    assert cache_dir().parent == tmp_path
    assert cache_dir().stat().st_mode & 0o077 == 0
    monkeypatch.setenv("YZLITE_READONLY", "0")
    assert cache_dir() == Path("/somewhere/else")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users have numbers on POSIX only")
def test_temporary_folder_of_somebody_else_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("YZLITE_READONLY", "1")
    somebody = os.getuid() + 1
    (tmp_path / f"yzlite-{somebody}").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: somebody)
    with pytest.raises(NoFolderError, match="belongs to another user"):
        cache_dir()


def test_user_without_a_home_folder(monkeypatch):
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("YZLITE_CACHE_DIR", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(NoFolderError, match=r"no home folder \(set YZLITE_CACHE_DIR\)"):
        cache_dir()


def fill_and_fail(path: Path):
    with replacing(path) as temporary:
        temporary.write_text("new")
        raise ZeroDivisionError


@pytest.mark.parametrize("said", ["", "0", "1700000000"])
def test_build_time(monkeypatch, said):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", said)
    assert build_time() == float(said) if said else build_time() > 1.7e9


@pytest.mark.parametrize("said", ["abc", "-1", "1.5", "1e9"])
def test_build_time_that_is_none(monkeypatch, said):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", said)
    with pytest.raises(UsageError, match=f"SOURCE_DATE_EPOCH is '{said}', which is no number of seconds"):
        build_time()


def test_failed_write_leaves_the_old_file(tmp_path):
    path = write_atomic(tmp_path / "file.txt", "old")
    with pytest.raises(ZeroDivisionError):
        fill_and_fail(path)
    assert [file.name for file in tmp_path.iterdir()] == ["file.txt"]
    assert path.read_text() == "old"


class Tensor:
    def numpy(self):
        return b"a/b.png"


@pytest.mark.parametrize(
    "path", ["a/b.png", b"a/b.png", Path("a/b.png"), np.array(b"a/b.png"), np.str_("a/b.png"), Tensor()]
)
def test_a_path_in_whatever_form_it_comes(path):
    assert path_of(path) == Path("a/b.png")
