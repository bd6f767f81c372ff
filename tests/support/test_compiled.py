"""Kernels: imported lazily, compiled once, cached where the user may write."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from yzlite_core.errors import MissingPluginError
from yzlite_core.support.compiled import Kernel, compile_kernel


def triple(x):
    """Return three times x."""
    return 3 * x


def triple_and_one(x):
    return inner(x) + 1


def divide(x, y):
    return x / y


inner = compile_kernel(triple)


@pytest.fixture
def numba():
    return pytest.importorskip("numba")


@pytest.fixture
def kept(numba, yzlite_cache, monkeypatch):
    """Where the machine code is kept."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    return yzlite_cache / "numba"


def files(folder):
    return sorted(path.name.partition("-")[0] for path in folder.rglob("*.nbc"))


def test_a_kernel_computes_and_is_kept(kept):
    kernel = compile_kernel(triple)
    assert not kept.exists()
    assert kernel(2) == 6
    assert files(kept) == ["test_compiled.triple"]


def test_a_kept_kernel_is_not_compiled_again(kept):
    compile_kernel(triple)(2)
    again = compile_kernel(triple)
    assert again(2) == 6
    assert sum(again.dispatcher.stats.cache_hits.values()) == 1


def test_kernels_call_kernels(kept):
    kernel = compile_kernel(triple_and_one)
    assert kernel(2) == 7
    assert kernel(0.5) == 2.5


def test_numba_s_own_folder_wins(kept, numba, monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "chosen"))
    compile_kernel(triple)(2)
    assert files(tmp_path / "chosen") == ["test_compiled.triple"]
    assert not kept.exists()
    assert numba.config.CACHE_DIR.endswith("chosen")


def test_our_folder_is_for_our_kernels_only(kept, numba):
    compile_kernel(triple)(2)
    assert numba.config.CACHE_DIR == ""


def test_without_a_folder_kernels_still_run_and_say_so_once(kept, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("YZLITE_CACHE_DIR", str(tmp_path / "file"))
    assert compile_kernel(triple)(2) == 6
    assert compile_kernel(divide)(1, 2) == 0.5
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "cannot be kept for the next run" in said.err


def test_without_a_home_kernels_still_run(kept, monkeypatch, capsys):
    monkeypatch.delenv("YZLITE_CACHE_DIR")
    monkeypatch.setattr("pathlib.Path.home", lambda: (_ for _ in ()).throw(RuntimeError("there is no home")))
    assert compile_kernel(triple)(2) == 6
    assert "This user has no home folder" in capsys.readouterr().err


def test_a_read_only_folder_is_not_used(kept, monkeypatch, capsys):
    monkeypatch.setattr("yzlite_core.support.compiled.os.access", lambda *_: False)
    assert compile_kernel(triple)(2) == 6
    assert f"{kept} is read-only" in capsys.readouterr().err
    assert files(kept) == []


def test_threads_that_come_first_together(kept):
    kernel = compile_kernel(triple_and_one)
    start, results, dispatchers = threading.Barrier(4), [], set()

    def call():
        start.wait()
        results.append(kernel(5))
        dispatchers.add(id(kernel.dispatcher))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [16] * 4
    assert len(dispatchers) == 1


def test_options_reach_numba(kept):
    @compile_kernel(error_model="numpy")
    def divide_as_numpy(x, y):
        return x / y

    with pytest.raises(ZeroDivisionError):
        compile_kernel(divide)(1.0, 0.0)
    assert divide_as_numpy(1.0, 0.0) == float("inf")


def test_the_gil_is_free(kept):
    kernel = compile_kernel(triple)
    kernel(2)
    assert kernel.dispatcher.targetoptions["nogil"] is True
    assert not {"fastmath", "parallel"} & kernel.dispatcher.targetoptions.keys()


def test_a_kernel_keeps_its_name_and_documentation():
    kernel = compile_kernel(triple)
    assert isinstance(kernel, Kernel)
    assert (kernel.__name__, kernel.__doc__) == ("triple", "Return three times x.")


def test_without_numba_the_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(MissingPluginError, match=r"triple is compiled by numba.*pip install numba"):
        compile_kernel(triple)(2)


def test_defining_a_kernel_does_not_import_numba():
    code = (
        "import sys; from yzlite_core.support.compiled import compile_kernel; compile_kernel(lambda x: x); "
    )
    subprocess.run([sys.executable, "-c", code + "assert 'numba' not in sys.modules"], check=True)
