"""Find model specifications and load them."""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
import types
import weakref
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from yzlite_core.contract import hookspecs
from yzlite_core.contract.plugins import Plugins, failures
from yzlite_core.errors import (
    ModelError,
    ModelNotFoundError,
    ScriptError,
    YZLiteError,
    did_you_mean,
)
from yzlite_core.model.archive import ARCHIVE_SUFFIX, extract_member, is_archive, refuse_untrusted
from yzlite_core.model.model import NAME_PATTERN, YZLiteModel, script_being_loaded
from yzlite_core.model.places import TEST_SUFFIX, home_of, name_in_archive, name_in_folder
from yzlite_core.support.determinism import import_tensorflow
from yzlite_core.support.files import cache_dir
from yzlite_core.support.source_location import SCRIPT_MODULE, line_in

TAG = b"@yzlite_model"
_TAG_ALONE = re.compile(rb"(?:^|\s)@yzlite_model(?:\s|$)", re.MULTILINE)
_USES_TENSORFLOW = re.compile(rb"^\s*(?:from|import)\b.*\b(?:tensorflow|keras)\b", re.MULTILINE)
_MAX_DEPTH = 5
_LOG = logging.getLogger("yzlite")  # that of scripts


@dataclass(frozen=True)
class ModelEntry:
    """A model that was found on the search path, by reading text alone.

    Attributes:
        name: The stem of its script.
        path: The script, or the archive.
        dotted: The name with the folder in front, `tinyml.keyword_spotting`.
        root: The number of the search-path folder, in order of precedence.
    """

    name: str
    path: Path
    dotted: str
    root: int

    @property
    def is_archive(self) -> bool:
        """Whether the model is only there as an archive."""
        return self.path.name.endswith(ARCHIVE_SUFFIX)


@dataclass(frozen=True)
class LoadedModel:
    """A model and where it came from.

    Attributes:
        model: The model that the script made.
        module: The executed script.
        source: The archive or the log directory that the script was taken from; None for a script by itself.
    """

    model: YZLiteModel
    module: types.ModuleType
    source: Path | None = None


@dataclass(frozen=True)
class _Root:
    folder: Path
    depth: int


def user_settings_file() -> Path:
    """Return the file of the user's settings: `YZLITE_USER_SETTINGS_PATH`, else one in the cache."""
    named = os.environ.get("YZLITE_USER_SETTINGS_PATH")
    return Path(named).expanduser() if named else cache_dir() / "user_settings.yaml"


def user_settings() -> Mapping[str, object]:
    """Return the user's settings; none if there is no such file.

    Raises:
        ModelError: If the file cannot be read, or holds no settings.
    """
    path = user_settings_file()
    if not path.is_file():
        if os.environ.get("YZLITE_USER_SETTINGS_PATH"):
            raise ModelError(f"YZLITE_USER_SETTINGS_PATH names {path}, which is no file")
        return {}
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise ModelError(f"{path} is no valid YAML: {' '.join(str(error).split())}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ModelError(f"{path} holds no settings", hint="write lines such as `model_paths: [folder]`")
    return content


def search_path(plugins: Plugins) -> list[_Root]:
    """Return the folders that models are searched in: the user's, the current one, then the plugins'.

    Raises:
        ModelError: If the `model_paths` of the user's settings are no list of folders.
    """
    of_user = user_settings().get("model_paths") or []
    folders = [of_user] if isinstance(of_user, str) else of_user
    if not isinstance(folders, list) or not all(isinstance(folder, str) for folder in folders):
        raise ModelError(
            f"model_paths of {user_settings_file()} is {of_user!r}", hint="write a list of folders: [a, b]"
        )
    roots = [_Root(Path(folder).expanduser(), _MAX_DEPTH) for folder in folders]
    roots.append(_Root(Path.cwd(), 0))
    named = os.environ.get("YZLITE_MODEL_PATHS", "").split(os.pathsep)
    roots += [_Root(Path(folder).expanduser(), _MAX_DEPTH) for folder in named if folder]
    for answer in plugins.collect(hookspecs.yzlite_model_paths):
        roots += [_Root(Path(folder), _MAX_DEPTH) for folder in answer.value]
    return roots


def find_models(plugins: Plugins) -> Iterator[ModelEntry]:
    """Yield every model on the search path; only the scripts' text is read, nothing is executed."""
    seen: set[str] = set()
    for number, root in enumerate(search_path(plugins)):
        folder = os.path.abspath(root.folder)
        for entry, real in _walk(folder, os.path.realpath(folder), root.depth):
            if real in seen or not _is_model(entry):
                continue
            seen.add(real)
            path = Path(entry.path)
            stem = path.name.removesuffix(ARCHIVE_SUFFIX).removesuffix(".py")
            yield ModelEntry(stem, path, f"{path.parent.name}.{stem}", number)


def list_yzlite_models(
    test: bool = False, for_utests: bool = False, *, plugins: Plugins | None = None
) -> list[str]:
    """Return the sorted names of the models on the search path; no script is executed.

    A script is a model specification if its text holds the tag `@yzlite_model`.

    Args:
        test: Give the names the suffix `-test`, as test mode takes them.
        for_utests: Leave out scripts that hold the tag `@yzlite_utest_disabled`.
        plugins: The plugins whose folders are searched; None loads the installed ones.
    """
    from yzlite_core.contract.plugins import load_plugins

    found = find_models(plugins or load_plugins())
    wanted = (entry for entry in found if not (for_utests and _opts_out_of_tests(entry)))
    return sorted({entry.name + (TEST_SUFFIX if test else "") for entry in wanted})


def _opts_out_of_tests(entry: ModelEntry) -> bool:
    return not entry.is_archive and b"@yzlite_utest_disabled" in entry.path.read_bytes()


def _walk(folder: str, real: str, depth: int) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Yield the scripts and archives of a folder, each with the path behind all links."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith((".py", ARCHIVE_SUFFIX)) and entry.name[0] != "." and entry.is_file():
            yield entry, _behind_links(entry, real)
    for entry in entries:
        if depth and not entry.name.startswith((".", "__")) and entry.is_dir():
            yield from _walk(entry.path, _behind_links(entry, real), depth - 1)


def _behind_links(entry: os.DirEntry[str], folder: str) -> str:
    """Return the real path of an entry of a folder whose own real path is known: one for all its files."""
    return os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(folder, entry.name)


def _is_model(entry: os.DirEntry[str]) -> bool:
    if entry.name.endswith(ARCHIVE_SUFFIX):
        stem = entry.name.removesuffix(ARCHIVE_SUFFIX)
        script = f"{entry.path.removesuffix(ARCHIVE_SUFFIX)}.py"
        return not stem.endswith(TEST_SUFFIX) and not os.path.exists(script)
    if NAME_PATTERN.fullmatch(entry.name.removesuffix(".py")) is None:
        return False
    try:
        with open(entry.path, "rb", buffering=0) as file:
            text = file.read()
    except OSError:
        return False
    return TAG in text and _TAG_ALONE.search(text) is not None


def locate(model: str, plugins: Plugins) -> tuple[Path, bool]:
    """Return the script, archive or log directory that is meant, and whether its name asks for test mode.

    Args:
        model: The path of a script, an archive or a log directory, a name, or `folder.name`; a name may end
            with `-test`.
        plugins: Whose folders are searched too.

    Raises:
        ModelNotFoundError: With close matches.
        ModelError: If several models have that name.
    """
    path = Path(model).expanduser()
    if model.endswith((".py", ".zip")) or os.sep in model:
        if path.is_file() or _is_log_directory(path):
            return path.absolute(), False
        what = "is a folder, neither a script nor a log directory" if path.is_dir() else "does not exist"
        raise ModelNotFoundError(f"{path} {what}")
    test = model.endswith(TEST_SUFFIX)
    wanted = model.removesuffix(TEST_SUFFIX)
    entries = list(find_models(plugins))
    matching = [entry for entry in entries if wanted in (entry.name, entry.dotted)]
    if not matching and _is_log_directory(path):
        return path.absolute(), False
    if not matching:
        names = {entry.name for entry in entries} | {entry.dotted for entry in entries if "." in wanted}
        raise ModelNotFoundError(
            f"There is no model '{wanted}' on the search path",
            hint=did_you_mean(wanted, names) or "see them with: yzlite list",
        )
    first = [entry for entry in matching if entry.root == matching[0].root]
    first = [entry for entry in first if not entry.is_archive] or first
    if len(first) > 1:
        forms = ", ".join(sorted(f"{entry.dotted} ({entry.path})" for entry in first))
        raise ModelError(f"The name '{wanted}' is ambiguous: {forms}", hint="give the folder, or the path")
    return first[0].path, test


def _is_log_directory(path: Path) -> bool:
    return path.is_dir() and name_in_folder(path) is not None


@contextmanager
def open_model(
    path: Path, plugins: Plugins, *, trust: bool = False, log: logging.Logger = _LOG
) -> Iterator[LoadedModel]:
    """Execute a specification script, or the one in an archive or a log directory, and yield its model.

    Args:
        path: The script, archive or log directory.
        plugins: Who is told of the model, beside the script's own hooks.
        trust: Whether code that this user has not written runs.
        log: Where it is said that one of them failed.

    Raises:
        UntrustedError: If an archive's script is not this user's, and `trust` is not given.
        ScriptError: If the script fails or does not hold exactly one model.
        StopRunError: If one of those who are told wants it.
    """
    with _script_of(path, trust) as (script, source), importable(_home(script, source)):
        yield _execute(script, source, plugins, log)


def load_model(path: Path, plugins: Plugins, *, trust: bool = False) -> YZLiteModel:
    """Execute a specification script, or the one in an archive or log directory, and return its model.

    A script that comes from an archive lies in a folder of its own as long as the model lives. See
    `open_model`.
    """
    with ExitStack() as stack:
        script, source = stack.enter_context(_script_of(path, trust))
        with importable(_home(script, source)):
            model = _execute(script, source, plugins, _LOG).model
        weakref.finalize(model, stack.pop_all().close)
    return model


def loaded_before(model: YZLiteModel) -> LoadedModel:
    """Return a model object with the module of the script that has made it."""
    script = model.model_specification_path
    found = [sys.modules.get(name) for name in (SCRIPT_MODULE + model.name, "__main__")]
    module = next((m for m in found if m is not None and getattr(m, "__file__", None) == script), None)
    return LoadedModel(model, module or sys.modules[type(model).__module__], model.source)


@contextmanager
def _script_of(path: Path, trust: bool) -> Iterator[tuple[Path, Path | None]]:
    """Yield a script and the archive or log directory that it was taken from, or None."""
    if path.is_dir():
        script = path / f"{name_in_folder(path)}.py"
        if not script.is_file():
            raise ModelError(f"{path} holds no specification script", hint="name the script itself")
        if not trust:
            refuse_untrusted(path, script)
        yield script, path
    elif not is_archive(path):
        if path.suffix != ".py":
            raise ModelError(f"{path} is neither a specification script nor an archive")
        yield path, None
    else:
        with tempfile.TemporaryDirectory(prefix="yzlite-") as folder:
            script = extract_member(path, f"{name_in_archive(path)}.py", Path(folder))
            if not trust:
                refuse_untrusted(path, script)
            yield script, path


def _home(script: Path, source: Path | None) -> Path:
    """Return the folder that what lies beside a script is looked for in."""
    return (home_of(source) if source is not None and source.is_dir() else None) or script.parent


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let a script import what lies beside it, as `python my_model.py` does."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))


def _execute(path: Path, source: Path | None, plugins: Plugins, log: logging.Logger) -> LoadedModel:
    module = types.ModuleType(SCRIPT_MODULE + path.stem)
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    text = path.read_bytes()
    if _USES_TENSORFLOW.search(text):
        import_tensorflow()
    try:
        code = compile(text, str(path), "exec", dont_inherit=True)
        with script_being_loaded(path):
            exec(code, module.__dict__)
    except YZLiteError:
        raise
    except SyntaxError as error:
        name = Path(error.filename or path).name
        raise ScriptError(f"{error.msg} ({name}, line {error.lineno})") from error
    except (Exception, SystemExit) as error:
        where = line_in(path, error) or f" ({path.name})"
        raise ScriptError(f"{type(error).__name__}: {error}{where}") from error
    model = _only_model(module, path)
    model.came_from(source, source.parent if source and source.is_file() else _home(path, source))
    answers = plugins.with_script(module).tell(hookspecs.yzlite_model_loaded, model=model)
    for failure in failures(hookspecs.yzlite_model_loaded, answers):
        log.warning(f"{failure}; the model is loaded all the same")
    return LoadedModel(model, module, source)


def _only_model(module: types.ModuleType, path: Path) -> YZLiteModel:
    named: dict[int, list[str]] = {}
    for name, value in vars(module).items():
        if isinstance(value, YZLiteModel):
            named.setdefault(id(value), []).append(name)
    if not named:
        raise ScriptError(
            f"{path.name} makes no model", hint="derive a class from YZLiteModel and instantiate it"
        )
    if len(named) > 1:
        names = " and ".join(names[0] for names in named.values())
        raise ScriptError(f"{path.name} makes several models: {names}", hint="keep one model to a script")
    ((name, *_),) = named.values()
    model: YZLiteModel = getattr(module, name)
    return model


def known_datasets(plugins: Plugins) -> dict[str, str]:
    """Return the registered datasets of all plugins, `{name: "module:attribute"}`.

    Raises:
        ModelError: If two plugins register one name.
    """
    return {name: target for name, (target, _) in registered_datasets(plugins).items()}


def registered_datasets(plugins: Plugins) -> dict[str, tuple[str, str]]:
    """Return the same as `known_datasets`, each with the name of its plugin."""
    found: dict[str, tuple[str, str]] = {}
    for answer in plugins.collect(hookspecs.yzlite_datasets):
        for name, target in answer.value.items():
            if name in found:
                raise ModelError(f"The dataset '{name}' comes from both {found[name][1]} and {answer.plugin}")
            found[name] = target, answer.plugin
    return found
