from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import types

import numpy as np
import pytest

from yzlite_core.contract import hookspecs
from yzlite_core.contract.plugins import BUILT_IN, load_plugins
from yzlite_core.errors import DatasetError, HookFailedError, NobodyAnsweredError, PluginError, ScriptError

HEAD = "from yzlite_core.contract.hookspecs import hookimpl\nYZLITE_CONTRACT = 1\n"


def plugin(body: str) -> str:
    return HEAD + body


@pytest.fixture
def record_of(yzlite_cache):
    def find(name: str, **kwargs):
        return {record.name: record for record in load_plugins(**kwargs).records}.get(name)

    return find


def test_good_plugin(install_plugin, record_of):
    install_plugin("good", plugin("@hookimpl\ndef yzlite_datasets(): return {'a': 'b'}\n"))
    record = record_of("good")
    assert (record.state, record.dist, record.version) == ("ok", "yzlite-good", "1.0")
    assert record.hooks == ("yzlite_datasets",)


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("raise RuntimeError('boom\\nbang')", "broken", "RuntimeError: boom bang"),
        ("import no_such_module_at_all", "broken", "ModuleNotFoundError"),
        ("import sys; sys.exit(3)", "broken", "SystemExit: 3"),
        ("def (", "broken", "SyntaxError"),
        ("from yzlite_core.contract.hookspecs import hookimpl", "refused", "states no contract"),
        (
            "YZLITE_CONTRACT = 2",
            "refused",
            "contract 2, and this core speaks contract 1: upgrade yzlite-core",
        ),
        ("YZLITE_CONTRACT = 0", "refused", "upgrade yzlite-bad"),
        (plugin("@hookimpl\ndef yzlite_dataset(): pass"), "refused", "did you mean 'yzlite_datasets'"),
        (plugin("@hookimpl\ndef yzlite_evaluate(model, x): pass"), "refused", "asks for x"),
        ("class Odd(BaseException): pass\nraise Odd('very')", "broken", "Odd: very"),
        ("YZLITE_CONTRACT = '1'", "refused", "states the contract '1', which is no number"),
        (plugin("@hookimpl\nclass yzlite_fit: pass"), "refused", "its yzlite_fit is a class"),
        (plugin("@hookimpl\ndef yzlite_fit(**kwargs): pass"), "refused", "asks for **kwargs; name the"),
        (plugin("@hookimpl\ndef yzlite_fit(run=None): pass"), "refused", "would never be given run"),
        (plugin("@hookimpl(specname='yzlite_fit')\ndef fit(): pass"), "refused", "call it yzlite_fit"),
        (plugin("@hookimpl(hookwrapper=True)\ndef yzlite_fit(): yield"), "refused", "of the old style"),
        (plugin("@hookimpl(wrapper=True)\ndef yzlite_fit(): pass"), "refused", "that never yields"),
        (plugin("@hookimpl(wrapper=True)\ndef yzlite_configure(): yield"), "refused", "cannot be wrapped"),
        (plugin("def yzlite_fit(): pass"), "refused", "its yzlite_fit is not marked: put @hookimpl above it"),
    ],
)
def test_bad_plugin_is_a_record_and_the_others_load(install_plugin, record_of, code, state, reason):
    install_plugin("bad", code)
    install_plugin("good", plugin("@hookimpl\ndef yzlite_datasets(): return {'a': 'b'}\n"))
    record = record_of("bad")
    assert record.state == state
    assert reason in record.reason
    assert "\n" not in record.reason
    assert record_of("good").state == "ok"


@pytest.mark.parametrize("name", ["watched", "yzlite-watched", "YZLite_Watched"])
def test_disabled_plugin_is_not_imported(install_plugin, record_of, monkeypatch, name):
    install_plugin("watched", plugin("@hookimpl\ndef yzlite_datasets(): return {}\n"))
    assert record_of("watched", disabled=[name]).state == "disabled"
    monkeypatch.setenv("YZLITE_DISABLE_PLUGINS", f"other, {name}")
    assert record_of("watched").state == "disabled"
    assert "plugin_watched" not in sys.modules


def test_disabling_an_unknown_plugin_is_an_error(install_plugin, yzlite_cache):
    install_plugin("watched", plugin(""))
    with pytest.raises(PluginError, match=r"no plugin 'wached' to disable.*did you mean 'watched'"):
        load_plugins(disabled=["wached"])


def test_collect_is_in_order_of_name(install_plugin, yzlite_cache):
    for name in ("zebra", "ant", "mole"):
        install_plugin(name, plugin(f"@hookimpl\ndef yzlite_datasets(): return {{'{name}': 'x'}}\n"))
    install_plugin("silent", plugin("@hookimpl\ndef yzlite_datasets(): return None\n"))
    names = [answer.plugin for answer in load_plugins().collect(hookspecs.yzlite_datasets)]
    assert [name for name in names if name in ("zebra", "ant", "mole", "silent")] == ["ant", "mole", "zebra"]


def profile(plugins, target="chip"):
    return plugins.claim(hookspecs.yzlite_profile, model=None, tflite=b"", target=target)


def convert(plugins):
    return plugins.claim(
        hookspecs.yzlite_convert, model=None, keras_model=None, representative=None, options=None
    )


def test_claim_is_answered_by_the_first_by_name_and_the_core_comes_last(install_plugin, yzlite_cache):
    for name in ("b", "a"):
        install_plugin(name, plugin(f"@hookimpl\ndef yzlite_convert(): return b'{name}'\n"))
    install_plugin("c", plugin("@hookimpl(tryfirst=True)\ndef yzlite_convert(): return None\n"))
    answer = convert(load_plugins())
    assert (answer.plugin, answer.value) == ("a", b"a")


def test_unanswered_claim_says_who_passed(install_plugin, yzlite_cache):
    install_plugin("shy", plugin("@hookimpl\ndef yzlite_profile(target): return None\n"))
    with pytest.raises(
        NobodyAnsweredError, match=r"yzlite_profile for the target 'chip'; asked and passed: core, shy"
    ):
        profile(load_plugins())


def test_failing_claim_names_the_plugin(install_plugin, yzlite_cache):
    install_plugin("sick", plugin("@hookimpl\ndef yzlite_profile(target): return 1 / 0\n"))
    with pytest.raises(HookFailedError, match="plugin 'sick' failed in yzlite_profile: ZeroDivisionError"):
        profile(load_plugins())


def test_explained_failure_stays_as_it_is(install_plugin, yzlite_cache):
    install_plugin(
        "clear",
        plugin(
            "from yzlite_core.errors import DatasetError\n"
            "@hookimpl\ndef yzlite_profile(target): raise DatasetError('no such folder')\n"
        ),
    )
    with pytest.raises(Exception, match=r"^no such folder$"):
        profile(load_plugins())


@pytest.mark.parametrize("raised", ["DatasetError('no such folder')", "KeyError('k')"])
def test_failure_keeps_its_cause_through_wrappers(install_plugin, yzlite_cache, raised):
    body = f"    try:\n        1 / 0\n    except Exception as error:\n        raise {raised} from error\n"
    head = "from yzlite_core.errors import DatasetError\n@hookimpl\ndef yzlite_profile(target):\n"
    install_plugin("inner", plugin(head + body))
    install_plugin("outer", plugin("@hookimpl(wrapper=True)\ndef yzlite_profile():\n    return (yield)\n"))
    with pytest.raises(PluginError if "Key" in raised else DatasetError) as caught:
        profile(load_plugins())
    causes = [caught.value]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)
    assert [type(cause).__name__ for cause in causes][-1] == "ZeroDivisionError"


def test_wrapper_sees_and_changes_the_plain_value(install_plugin, yzlite_cache):
    install_plugin("inner", plugin("@hookimpl\ndef yzlite_convert(): return b'chip'\n"))
    install_plugin(
        "outer",
        plugin(
            "@hookimpl(wrapper=True)\ndef yzlite_convert():\n    result = yield\n    return result + b'!'\n"
        ),
    )
    assert convert(load_plugins()).value == b"chip!"


def test_wrapper_may_replace_a_failure(install_plugin, yzlite_cache):
    install_plugin("inner", plugin("@hookimpl\ndef yzlite_convert(): return 1 / 0\n"))
    install_plugin(
        "outer",
        plugin(
            "@hookimpl(wrapper=True)\ndef yzlite_convert():\n"
            "    try:\n        return (yield)\n"
            "    except Exception as error:\n        return type(error).__name__.encode()\n"
        ),
    )
    assert convert(load_plugins()).value == b"HookFailedError"


def test_failing_wrapper_names_its_plugin(install_plugin, yzlite_cache):
    install_plugin("inner", plugin("@hookimpl\ndef yzlite_convert(): return b'x'\n"))
    install_plugin(
        "outer",
        plugin("@hookimpl(wrapper=True)\ndef yzlite_convert():\n    yield\n    raise KeyError('k')\n"),
    )
    with pytest.raises(HookFailedError, match="plugin 'outer' failed in yzlite_convert: KeyError"):
        convert(load_plugins())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("yield", "around yzlite_convert returned nothing"),
        ("if False: yield\n    return b''", "around yzlite_convert does not yield"),
        ("yield\n    yield", "around yzlite_convert yields more than once"),
        ("yield\n    return 'text'", "'outer' answered yzlite_convert with a str, not with bytes"),
    ],
)
def test_wrapper_with_a_mistake_is_named(install_plugin, yzlite_cache, body, message):
    install_plugin("inner", plugin("@hookimpl\ndef yzlite_convert(): return b'x'\n"))
    install_plugin("outer", plugin(f"@hookimpl(wrapper=True)\ndef yzlite_convert():\n    {body}\n"))
    with pytest.raises(PluginError, match=message):
        convert(load_plugins())


def test_wrapper_of_a_collect_hook_keeps_the_owners(install_plugin, yzlite_cache):
    install_plugin("inner", plugin("@hookimpl\ndef yzlite_datasets(): return {'a': 'b'}\n"))
    install_plugin(
        "outer",
        plugin("@hookimpl(wrapper=True)\ndef yzlite_datasets():\n    return [*(yield), {'c': 'd'}]\n"),
    )
    answers = load_plugins().collect(hookspecs.yzlite_datasets)
    assert ("inner", {"a": "b"}) in [(answer.plugin, answer.value) for answer in answers]
    assert ("outer", {"c": "d"}) in [(answer.plugin, answer.value) for answer in answers]


def test_failing_observer_does_not_stop_the_others(install_plugin, yzlite_cache):
    install_plugin("sick", plugin("@hookimpl\ndef yzlite_configure(run): raise RuntimeError('no')\n"))
    for name in ("after", "zafter"):
        install_plugin(name, plugin("@hookimpl\ndef yzlite_configure(run): run.append(1)\n"))
    heard: list[int] = []
    answers = load_plugins().tell(hookspecs.yzlite_configure, run=heard)
    assert heard == [1, 1]
    assert [(a.plugin, type(a.error)) for a in answers if a.error] == [("sick", RuntimeError)]


def test_observer_that_exits_does_not_end_the_run(install_plugin, yzlite_cache):
    install_plugin("quitter", plugin("import sys\n@hookimpl\ndef yzlite_configure(): sys.exit(0)\n"))
    (answer,) = (a for a in load_plugins().tell(hookspecs.yzlite_configure, run=None) if a.error)
    assert (answer.plugin, type(answer.error)) == ("quitter", SystemExit)


def test_lazily_loaded_module_in_a_plugin_stays_unloaded(install_plugin, record_of):
    install_plugin(
        "lazy",
        plugin(
            "class Lazy:\n    def __getattribute__(self, name): raise RuntimeError('loaded')\n"
            "tensorflow = Lazy()\n"
        ),
    )
    assert record_of("lazy").state == "ok"


def test_trace(install_plugin, yzlite_cache, monkeypatch, capsys):
    install_plugin("good", plugin("@hookimpl\ndef yzlite_datasets(): return {'a': 'b'}\n"))
    monkeypatch.setenv("YZLITE_TRACE_PLUGINS", "1")
    load_plugins().collect(hookspecs.yzlite_datasets)
    assert "yzlite_datasets <- good: {'a': 'b'} (" in capsys.readouterr().err


def script(code: str, name: str = "audio") -> types.ModuleType:
    module = types.ModuleType(f"script_{name}")
    module.__file__ = f"somewhere/{name}.py"
    exec("from yzlite_core import hookimpl\n" + code, vars(module))
    return module


def test_hooks_of_a_script_are_asked_first_and_in_its_own_plugins_value(install_plugin, yzlite_cache):
    install_plugin("audio", plugin("@hookimpl\ndef yzlite_convert(): return b'theirs'\n"), dist="other-audio")
    plugins = load_plugins()
    with_script = plugins.with_script(script("@hookimpl\ndef yzlite_convert(): return b'mine'\n"))
    assert (convert(with_script).plugin, convert(with_script).value) == ("audio.py", b"mine")
    assert with_script.names == plugins.names
    assert convert(plugins).value == b"theirs"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "@hookimpl\ndef yzlite_run_ended(run): pass\n",
            r"audio.py: it implements yzlite_run_ended, which is",
        ),
        (
            "@hookimpl\ndef yzlite_convert(x): pass\n",
            r"audio.py: its yzlite_convert asks for x, but the hook",
        ),
        (
            "def yzlite_run_finished(run): pass\n",
            r"audio.py: its yzlite_run_finished is not marked: put @hook",
        ),
    ],
)
def test_mistaken_hook_of_a_script_is_a_sentence(yzlite_cache, code, message):
    with pytest.raises(ScriptError, match=message):
        load_plugins().with_script(script(code))


def test_failing_hook_of_a_script_names_the_script(yzlite_cache):
    plugins = load_plugins().with_script(script("@hookimpl\ndef yzlite_profile(): return 1 / 0\n"))
    with pytest.raises(
        HookFailedError, match=r"^The script audio\.py failed in yzlite_profile: ZeroDivision"
    ):
        profile(plugins)


def test_two_plugins_of_one_name(install_plugin, record_of):
    install_plugin("twin", plugin(""), dist="one")
    install_plugin("twin-b", plugin(""), dist="two", entry_points={"yzlite": {"twin": "plugin_twin_b"}})
    twins = [r for r in load_plugins().records if r.name == "twin"]
    assert [r.state for r in twins] == ["ok", "refused"]
    assert twins[1].reason == "the name 'twin' is taken already, by one"


@pytest.mark.parametrize("name", [*BUILT_IN, "Keras"])
def test_plugin_of_a_built_in_ones_name_is_refused(install_plugin, record_of, name):
    install_plugin(name, plugin("@hookimpl\ndef yzlite_convert(): return b'theirs'\n"), dist="their-own")
    record = record_of(name)
    assert (record.state, record.hooks) == ("refused", ())
    assert record.reason == f"the name '{name}' belongs to a built-in plugin: give this one another"
    assert f"plugin_{name}" not in sys.modules


def test_file_of_a_built_in_ones_name_is_refused(tmp_path, record_of, monkeypatch):
    (tmp_path / "keras.py").write_text(plugin(""))
    monkeypatch.setenv("YZLITE_PLUGINS_DIR", str(tmp_path))
    assert record_of("keras").reason.startswith("the name 'keras' belongs to a built-in plugin")


def test_answers_of_arrays_do_not_confuse_the_guard(install_plugin, yzlite_cache):
    install_plugin(
        "arrays",
        plugin("import numpy as np\n@hookimpl\ndef yzlite_representative_data(): return np.zeros(3)\n"),
    )
    install_plugin(
        "wrap",
        plugin("@hookimpl(wrapper=True)\ndef yzlite_representative_data():\n    return (yield)\n"),
    )
    answer = load_plugins().claim(hookspecs.yzlite_representative_data, model=None, dataset=None, seed=0)
    assert np.array_equal(answer.value, np.zeros(3))


def test_folder_of_plugins(tmp_path, yzlite_cache, monkeypatch):
    folder = tmp_path / "plugins"
    folder.mkdir()
    hook = "@hookimpl\ndef yzlite_datasets(): return {'a': __name__}\n"
    (folder / "mine.py").write_text(plugin("from dataclasses import dataclass\n" + hook))
    (folder / "sick.py").write_text("1 / 0")
    (folder / "_helper.py").write_text("1 / 0")
    (folder / "off.py").write_text("raise SystemExit")
    monkeypatch.setenv("YZLITE_PLUGINS_DIR", str(folder))
    plugins = load_plugins(disabled=["off"])
    records = {r.name: r for r in plugins.records if r.dist.startswith(str(folder))}
    assert {name: r.state for name, r in records.items()} == {
        "mine": "ok",
        "off": "disabled",
        "sick": "broken",
    }
    assert records["mine"].hooks == ("yzlite_datasets",)
    assert "mine" in [answer.plugin for answer in plugins.collect(hookspecs.yzlite_datasets)]


def test_folder_of_plugins_that_is_missing(tmp_path, yzlite_cache, monkeypatch):
    monkeypatch.setenv("YZLITE_PLUGINS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(PluginError, match=r"YZLITE_PLUGINS_DIR names .*nowhere, which is no folder"):
        load_plugins()


def test_what_a_plugin_prints_while_it_is_imported_goes_to_standard_error(
    install_plugin, yzlite_cache, capsys
):
    install_plugin("loud", plugin("print('hello')\n"))
    load_plugins()
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "hello\n")


def test_failure_of_the_cores_own_hook_says_so():
    assert str(HookFailedError("core", "yzlite_fit", KeyError("k"))) == (
        "The core failed in yzlite_fit: KeyError: 'k'"
    )


# -------------------------------------------------------------------------------- arguments go by their names


def test_specifications_are_written_with_arguments_that_go_by_name_alone():
    """Type checkers read what is written, pluggy the function that the decorators make of it."""
    for node in ast.parse(inspect.getsource(hookspecs)).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("yzlite_"):
            written, plain = node.args, inspect.signature(getattr(hookspecs, node.name)).parameters.values()
            assert [*written.posonlyargs, *written.args] == [], node.name
            assert not any(written.kw_defaults), node.name
            assert [each.name for each in plain] == [each.arg for each in written.kwonlyargs]
            assert {each.kind for each in plain} <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}


def test_argument_without_its_name_is_refused(yzlite_cache):
    plugins = load_plugins()
    with pytest.raises(
        TypeError, match=r"^yzlite_profile takes its arguments by name: model, tflite, target$"
    ):
        plugins.claim(hookspecs.yzlite_profile, None, tflite=b"", target=None)
    with pytest.raises(TypeError, match=r"^yzlite_check_model takes its arguments by name: model$"):
        plugins.collect(hookspecs.yzlite_check_model, None)
    with pytest.raises(TypeError, match=r"^yzlite_configure takes its arguments by name: run$"):
        plugins.tell(hookspecs.yzlite_configure, None)
    with pytest.raises(TypeError, match=r"^yzlite_datasets takes its arguments by name: it has none$"):
        plugins.collect(hookspecs.yzlite_datasets, None)


CALLS = """
from typing import Any
from yzlite_core.contract import hookspecs
from yzlite_core.contract.plugins import Answer, Plugins
from yzlite_core.tflite.summary import ProfilingResults

def ask(plugins: Plugins, given: Any) -> Answer[ProfilingResults]:
    plugins.tell(hookspecs.yzlite_configure, run=given)
    plugins.tell(hookspecs.yzlite_configure, given)  # refused
    plugins.collect(hookspecs.yzlite_check_model, model=given)
    plugins.collect(hookspecs.yzlite_check_model, given)  # refused
    plugins.collect(hookspecs.yzlite_datasets)
    plugins.collect(hookspecs.yzlite_datasets, given)  # refused
    plugins.claim(hookspecs.yzlite_profile, given, given, given)  # refused
    plugins.claim(hookspecs.yzlite_profile, given, tflite=given, target=given)  # refused
    return plugins.claim(hookspecs.yzlite_profile, model=None, tflite=b"", target=None)
"""


@pytest.mark.slow
def test_type_checker_refuses_an_argument_without_its_name(tmp_path):
    (tmp_path / "calls.py").write_text(CALLS, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-incremental", "calls.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = re.findall(r"^calls\.py:(\d+): error: .* \[([\w-]+)\]$", done.stdout, re.MULTILINE)
    lines = [number for number, line in enumerate(CALLS.splitlines(), 1) if line.endswith("# refused")]
    assert found == [(str(number), "call-arg") for number in lines], done.stdout + done.stderr
