from __future__ import annotations

import sys

import numpy as np
import pytest

from yzlite_core import hookspecs
from yzlite_core.errors import HookFailedError, NobodyAnsweredError, PluginError
from yzlite_core.plugins import load_plugins

HEAD = "from yzlite_core.hookspecs import hookimpl\nYZLITE_CONTRACT = 1\n"


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
        ("from yzlite_core.hookspecs import hookimpl", "refused", "states no contract"),
        (
            "YZLITE_CONTRACT = 2",
            "refused",
            "contract 2, and this core speaks contract 1: upgrade yzlite-core",
        ),
        ("YZLITE_CONTRACT = 0", "refused", "upgrade yzlite-bad"),
        (plugin("@hookimpl\ndef yzlite_dataset(): pass"), "refused", "did you mean 'yzlite_datasets'"),
        (plugin("@hookimpl\ndef yzlite_evaluate(model, x): pass"), "refused", "asks for x"),
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


@pytest.mark.parametrize("name", ["watched", "yzlite-watched"])
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


def test_claim_is_answered_by_the_first_by_name_and_the_core_comes_last(install_plugin, yzlite_cache):
    for name in ("b", "a"):
        install_plugin(name, plugin(f"@hookimpl\ndef yzlite_profile(target): return '{name}'\n"))
    install_plugin("c", plugin("@hookimpl(tryfirst=True)\ndef yzlite_profile(target): return None\n"))
    answer = profile(load_plugins())
    assert (answer.plugin, answer.value) == ("a", "a")


def test_unanswered_claim_says_who_passed(install_plugin, yzlite_cache):
    install_plugin("shy", plugin("@hookimpl\ndef yzlite_profile(target): return None\n"))
    with pytest.raises(NobodyAnsweredError, match=r"yzlite_profile; asked and passed: core, shy"):
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


def test_wrapper_sees_and_changes_the_plain_value(install_plugin, yzlite_cache):
    install_plugin("inner", plugin("@hookimpl\ndef yzlite_profile(target): return target\n"))
    install_plugin(
        "outer",
        plugin(
            "@hookimpl(wrapper=True)\ndef yzlite_profile():\n    result = yield\n    return result + '!'\n"
        ),
    )
    assert profile(load_plugins()).value == "chip!"


def test_wrapper_may_replace_a_failure(install_plugin, yzlite_cache):
    install_plugin("inner", plugin("@hookimpl\ndef yzlite_profile(target): return 1 / 0\n"))
    install_plugin(
        "outer",
        plugin(
            "@hookimpl(wrapper=True)\ndef yzlite_profile():\n"
            "    try:\n        return (yield)\n"
            "    except Exception as error:\n        return type(error).__name__\n"
        ),
    )
    assert profile(load_plugins()).value == "HookFailedError"


def test_failing_wrapper_names_its_plugin(install_plugin, yzlite_cache):
    install_plugin("inner", plugin("@hookimpl\ndef yzlite_profile(target): return 'x'\n"))
    install_plugin(
        "outer",
        plugin("@hookimpl(wrapper=True)\ndef yzlite_profile():\n    yield\n    raise KeyError('k')\n"),
    )
    with pytest.raises(HookFailedError, match="plugin 'outer' failed in yzlite_profile: KeyError"):
        profile(load_plugins())


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


def test_trace(install_plugin, yzlite_cache, monkeypatch, capsys):
    install_plugin("good", plugin("@hookimpl\ndef yzlite_datasets(): return {'a': 'b'}\n"))
    monkeypatch.setenv("YZLITE_TRACE_PLUGINS", "1")
    load_plugins().collect(hookspecs.yzlite_datasets)
    assert "yzlite_datasets <- good: {'a': 'b'} (" in capsys.readouterr().err


def test_script_is_a_plugin_of_its_own_plugins_value(yzlite_cache):
    import types

    module = types.ModuleType("script")
    exec(
        "from yzlite_core import hookimpl\n@hookimpl\ndef yzlite_profile(target): return 'mine'\n",
        vars(module),
    )
    plugins = load_plugins()
    assert profile(plugins.with_script("my_model", module)).plugin == "my_model"
    with pytest.raises(NobodyAnsweredError):
        profile(plugins)


def test_two_plugins_of_one_name(install_plugin, record_of):
    install_plugin("twin", plugin(""), dist="one")
    install_plugin("twin-b", plugin(""), dist="two", entry_points={"yzlite": {"twin": "plugin_twin_b"}})
    states = sorted(r.state for r in load_plugins().records if r.name == "twin")
    assert states == ["ok", "refused"]


def test_answers_of_arrays_do_not_confuse_the_guard(install_plugin, yzlite_cache):
    install_plugin(
        "arrays", plugin("import numpy as np\n@hookimpl\ndef yzlite_profile(): return np.zeros(3)\n")
    )
    install_plugin("wrap", plugin("@hookimpl(wrapper=True)\ndef yzlite_profile():\n    return (yield)\n"))
    assert np.array_equal(profile(load_plugins()).value, np.zeros(3))
