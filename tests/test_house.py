"""The rules of the house, which hold for the repository as a whole; all distributions must be installed."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import importlib_metadata
import pytest
from packaging.requirements import Requirement

import yzlite_core
from yzlite_core.contract import hookspecs, lazy_exports
from yzlite_core.contract.stub import public_names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PLUGINS = ("audio", "image", "eval", "firmware", "models")
PROJECTS = {"yzlite-core": ROOT} | {f"yzlite-{name}": ROOT / "plugins" / f"yzlite_{name}" for name in PLUGINS}
PACKAGES = {
    "yzlite-core": ("yzlite_core", "yzlite"),
    **{f"yzlite-{name}": (f"yzlite_{name}",) for name in PLUGINS},
}
HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn", "cv2", "numba", "librosa"}

# A room imports only what stands above it in this list; one room to a layer.
LAYERS = [
    "errors",
    "support",
    "contract",
    "tflite",
    "model",
    "data",
    "conversion",
    "keras",
    "run",
    "functions",
    "compat",
    "template",
    "testing",
    "cli",
]

# What a package may import although its distribution does not require it, and why.
OPTIONAL = {
    "yzlite_core": {
        "numba",  # compiled kernels belong to plugins, which require it
        "tflite_micro",  # of the extra `tflm`
    },
    "yzlite_audio": {"soundfile"},  # formats other than WAV; of the extra of that name
    "yzlite_models": {"PIL"},  # pictures are for models of yzlite-image, which requires it
}

OWNERS = importlib_metadata.packages_distributions()
HOOKS = [spec for name, spec in vars(hookspecs).items() if name.startswith("yzlite_")]


def project(dist: str) -> dict:
    return tomllib.loads((PROJECTS[dist] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def modules(package: Path) -> dict[str, ast.Module]:
    """Return the syntax tree of each module of a package, by dotted name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        name = ".".join(path.relative_to(package.parent).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.AST, *, types: bool = False) -> Iterator[str]:
    """Yield the dotted name of everything imported at run time, in functions too; or also for types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imported(node, types=types)


TREES = {name: modules(PROJECTS[dist] / name) for dist, names in PACKAGES.items() for name in names}
MODULES = {name: tree for trees in TREES.values() for name, tree in trees.items()}
CORE = TREES["yzlite_core"]
DOOR = [name for name in CORE if f"{name}.".startswith("yzlite_core.plugin.")]
ADDRESSES = {"yzlite_core", "yzlite_core.errors", "yzlite_core.testing", *DOOR}
PAGES = ("README.md", "docs/*.md", "plugins/*/README.md", "benchmarks/*.py", "yzlite_core/template/**/*.*")


def module_of(target: str) -> str:
    """Return the module of ours that something imported is of, or is."""
    while target not in MODULES and "." in target:
        target = target.rpartition(".")[0]
    return target


# ------------------------------------------------------------------------------------------- structure


@pytest.mark.parametrize(("name", "tree"), TREES["yzlite"].items())
def test_facade_holds_docstrings_imports_and_all_alone(name: str, tree: ast.Module):
    docstring, *rest = tree.body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    for node in rest:
        is_branch = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in [*node.body, *node.orelse] if is_branch else [node]:
            is_all = isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == "__all__"
            assert is_all or isinstance(inner, (ast.Import, ast.ImportFrom)), f"{name}, line {inner.lineno}"


def test_rooms_import_only_what_lies_beneath():
    """Lazily and for types, too; the hooks alone may name types of any room, and templates are scripts."""
    depth = {room: number for number, room in enumerate(LAYERS)}
    wrong = []
    for name, tree in CORE.items():
        if name in ("yzlite_core", *DOOR) or name.startswith("yzlite_core.template."):
            continue
        room = name.split(".")[1]
        assert room in depth, f"say in LAYERS where yzlite_core.{room} belongs"
        for target in imported(tree, types=name != "yzlite_core.contract.hookspecs"):
            package, _, inner = target.partition(".")
            other = inner.partition(".")[0]
            if package == "yzlite_core" and depth.get(other, 0) > depth[room]:
                wrong.append(f"{name} imports {target}")
    assert not wrong


def test_no_module_imports_itself_by_way_of_others():
    """What a module imports, at the top or in a function, never leads back to it."""
    graph = {
        name: {module for module in map(module_of, imported(tree)) if module in MODULES and module != name}
        for name, tree in MODULES.items()
        if name not in TREES["yzlite"]
    }
    sorter = TopologicalSorter(graph)
    sorter.prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("name", PLUGINS)
def test_plugin_goes_through_the_door(name: str):
    around = {
        f"{module} imports {target}"
        for package in PACKAGES[f"yzlite-{name}"]
        for module, tree in TREES[package].items()
        for target in imported(tree, types=True)
        if re.match(r"yzlite(_core)?\b", target) and module_of(target) not in ADDRESSES
    }
    assert not around


@pytest.mark.parametrize("pattern", PAGES)
def test_documented_code_goes_through_the_door(pattern: str):
    told = {
        module
        for path in ROOT.glob(pattern)
        if path.suffix in (".md", ".py", ".template")
        for module in re.findall(
            r"^ *(?:from|import) (yzlite_core[\w.]*)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert told
    assert not told - ADDRESSES


def test_no_room_imports_the_door():
    """It stands before the rooms: who is inside takes from the room that has it."""
    assert not {
        f"{name} imports {target}"
        for name, tree in CORE.items()
        if name not in DOOR and not name.startswith("yzlite_core.template.")
        for target in imported(tree, types=True)
        if module_of(target) in DOOR
    }


@pytest.mark.parametrize("dist", PROJECTS)
def test_distribution_requires_what_it_imports(dist: str):
    lists = [project(name)["dependencies"] for name in ("yzlite-core", dist)]
    lists += project(dist).get("optional-dependencies", {}).values()
    required = {Requirement(text).name for texts in lists for text in texts}
    undeclared = set()
    for package in PACKAGES[dist]:
        allowed = {*sys.stdlib_module_names, *PACKAGES[dist], *OPTIONAL.get(package, ())}
        for name, tree in TREES[package].items():
            for module in {target.partition(".")[0] for target in imported(tree)} - allowed:
                owners = {owner.lower().replace("_", "-") for owner in OWNERS.get(module, (module,))}
                if not owners & required:
                    undeclared.add(f"{name} imports {module}")
    assert not undeclared


def test_nobody_imports_click():
    """Typer brings a copy of its own; the module `click` is missing in a clean environment."""
    importers = {
        name
        for trees in TREES.values()
        for name, tree in trees.items()
        if "click" in {target.partition(".")[0] for target in imported(tree)}
    }
    assert not importers


# ------------------------------------------------------------------------------------------- lightness


def modules_after(code: str) -> set[str]:
    code += "\nimport json, sys\nprint('\\n' + json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "module",
    [
        "yzlite_core",
        "yzlite",
        "yzlite_core.data.batches",
        *(point.value for point in importlib_metadata.entry_points(group="yzlite")),
        *(name for name in CORE if name.startswith("yzlite_core.cli.")),
    ],
)
def test_import_is_light(module: str):
    assert not modules_after(f"import {module}") & HEAVY


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_no_plugin(arguments: list[str]):
    code = f"""
from yzlite_core.cli import main
try: main({arguments})
except SystemExit as end: assert not end.code
"""
    plugins = {package for name in PLUGINS for package in PACKAGES[f"yzlite-{name}"]}
    the_reader_of_names = {"yzlite_core.contract.stub"}
    assert not modules_after(code) & (HEAVY | plugins | the_reader_of_names)


# ----------------------------------------------------------------------------------------------- hooks


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.__name__)
def test_hook_is_documented(hook):
    text = inspect.getdoc(hook)
    signature = inspect.signature(hook)
    arguments = text.partition("Args:")[2].partition("Returns:")[0]
    assert hook.kind in ("claim", "collect", "tell")
    assert re.search(r"^Called ", text, re.MULTILINE), "when is it called?"
    assert re.findall(r"^    (\w+): ", arguments, re.MULTILINE) == list(signature.parameters)
    assert ("Returns:" in text) == (signature.return_annotation != "None")
    assert re.search(r"^If (nobody|no plugin) ", text, re.MULTILINE), "what if nobody answers?"
    assert re.search(r"Since contract \d+\.$", text), "since which contract?"


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.__name__)
def test_hook_has_one_caller(hook):
    callers = {
        name
        for trees in TREES.values()
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == f"hookspecs.{hook.__name__}"
    }
    assert len(callers) == 1, callers
    of_the_core = r"yzlite_core\.(run|functions|cli|model\.specification)\b"
    of_plugins = "|".join(package for name in PLUGINS for package in PACKAGES[f"yzlite-{name}"])
    assert re.match(rf"{of_the_core}|({of_plugins})\.", callers.pop())


# ---------------------------------------------------------------------------------------- distributions


def test_versions_agree():
    versions = {dist: project(dist)["version"] for dist in PROJECTS}
    assert set(versions.values()) == {yzlite_core.__version__}
    assert {dist: importlib_metadata.version(dist) for dist in PROJECTS} == versions


@pytest.mark.parametrize("dist", PROJECTS)
def test_distribution_is_complete(dist: str):
    folder = PROJECTS[dist]
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (folder / "README.md").stat().st_size > 500
    assert all((folder / package / "py.typed").is_file() for package in PACKAGES[dist])
    assert project(dist)["requires-python"] == project("yzlite-core")["requires-python"]


@pytest.mark.parametrize("name", PLUGINS)
def test_plugin_stands_on_the_core_alone(name: str):
    own = [r for r in project(f"yzlite-{name}")["dependencies"] if r.startswith("yzlite")]
    assert [Requirement(text).name for text in own] == ["yzlite-core"]


@pytest.mark.parametrize("dist", lazy_exports.known_lenders())
def test_lent_names_are_those_that_the_core_knows(dist: str):
    lent = project(dist)["entry-points"].get("yzlite.exports", {})
    dotted = {name: address.replace(":", ".") for name, address in public_names().lent.get(dist, {}).items()}
    assert dotted == {name: address.replace(":", ".") for name, address in lent.items()}
    assert all(lazy_exports.borrow(name) is not None for name in lent)


def test_commands_of_plugins_are_those_that_the_core_knows():
    commands = {
        command: dist
        for dist in PROJECTS
        for command in project(dist).get("entry-points", {}).get("yzlite.commands", {})
    }
    assert commands == lazy_exports._KNOWN_COMMANDS


# ------------------------------------------------------------------------------------------------ files


def written_files() -> Iterator[Path]:
    """Yield the files that are kept under version control, or would be."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = done.stdout.split("\0") if done.returncode == 0 else [str(p) for p in ROOT.rglob("*")]
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and not {".nox", ".venv", "__pycache__"} & set(path.relative_to(ROOT).parts):
            yield path


def test_no_file_names_a_machine_or_an_index():
    folders = "|".join(("work", "farm", "root", "home", "Users"))
    machine = re.compile(rf"(?:^|[^A-Za-z0-9_.])/(?:{folders})/\w")
    index = re.compile("index" + r"-url|\bpypi\.[a-z]+/" + "simple|registry" + r'\s*=\s*"http')
    found = []
    for path in written_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if machine.search(line) or index.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found
