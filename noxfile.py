"""What is checked about this repository; `nox --list` shows the sessions.

TensorFlow takes 2 GB on disk, so it is installed once. The *base* is an environment of third-party
packages alone; it is made anew when the list of requirements changes. Each session's own environment
is a thin overlay that sees the base and holds built wheels of exactly the distributions that the
session is about. Tests run in a directory of their own: nothing is imported from the checkout.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import nox

ROOT = Path(__file__).parent
WORK = ROOT / ".nox"
PLUGINS = ("audio", "image", "eval", "firmware", "models")
DISTRIBUTIONS = ("core", *PLUGINS)
ALL_TESTS = [ROOT / "tests", *(ROOT / "plugins" / f"yzlite_{name}" / "tests" for name in PLUGINS)]

# The original toolkit; it imports click, and does not say so.
PEER = ("silabs-mltk==0.20.0", "click")

# Several tests run at once, those of one file in one process, so that what they share is made once. Each
# process holds a TensorFlow, hence the limit; arguments of a call (`-n 0`) come after these.
AT_ONCE = ("--numprocesses", "auto", "--maxprocesses", "4", "--dist", "loadfile")

# These look at the repository as a whole and need every distribution.
HOUSE_TEST = ROOT / "tests" / "test_house.py"
DOCS_TEST = ROOT / "tests" / "test_docs.py"

nox.needs_version = ">=2025.2"
nox.options.sessions = ["tests", "lint", "types"]
nox.options.error_on_missing_interpreters = True


# --------------------------------------------------------------------------------------------- sessions


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job: train, convert, evaluate and pack `hello_image`, from built wheels."""
    _overlay(session, *DISTRIBUTIONS)
    _leave_checkout(session)
    session.run("yzlite", "run", "hello_image", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test of every distribution, the slow ones too, with all distributions installed.

    What the tests run of the distributions is measured, and has to be enough; not if arguments choose tests.
    """
    _overlay(session, *DISTRIBUTIONS)
    tests = (*ALL_TESTS, f"--ignore={DOCS_TEST}")
    if session.posargs:
        _pytest(session, *tests)
        return
    measured = _measured(session)
    _pytest(session, *tests, env=measured)
    session.chdir(_packages(session))  # beneath it the table's names are short
    coverage = ("python", "-m", "coverage")
    config = ("--rcfile", ROOT / "pyproject.toml", "--data-file", measured["COVERAGE_FILE"])
    session.run(*coverage, "combine", *config, "--quiet", Path(measured["COVERAGE_FILE"]).parent)
    session.run(*coverage, "report", *config)


@nox.session
def core_alone(session: nox.Session) -> None:
    """Run the core's tests with the core's wheel and no plugin."""
    _overlay(session, "core")
    _pytest(session, ROOT / "tests", f"--ignore={HOUSE_TEST}", f"--ignore={DOCS_TEST}")


@nox.session
@nox.parametrize("name", [nox.param(name, id=name) for name in PLUGINS])
def plugin(session: nox.Session, name: str) -> None:
    """Run one plugin's tests with the wheels of the core and of that plugin alone."""
    _overlay(session, "core", name)
    _pytest(session, _folder(name) / "tests")


@nox.session
def template(session: nox.Session) -> None:
    """Make a plugin with `yzlite new-plugin`, install it, and run its own tests."""
    python = _base(session) / "python"
    _overlay(session, "core")
    _leave_checkout(session)
    folder = Path("yzlite-motion").resolve()
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier call
    session.run("yzlite", "new-plugin", "motion")
    session.run(
        *(python, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder / "dist", folder),
        external=True,
    )
    session.install(
        "--no-index", "--no-deps", "--force-reinstall", *map(str, (folder / "dist").glob("*.whl"))
    )
    session.run("python", "-m", "pytest", "-p", "no:cacheprovider", folder, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the code's style and format."""
    ruff = _base(session) / "ruff"
    session.chdir(ROOT)
    session.run(ruff, "check", external=True)
    session.run(ruff, "format", "--check", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of all packages, strictly."""
    python = _base(session) / "python"
    session.chdir(ROOT)
    session.run(python, "-m", "mypy", "--cache-dir", WORK / "mypy", *session.posargs, external=True)


@nox.session
def docs(session: nox.Session) -> None:
    """Check that the generated pages are fresh, that links resolve, and that the documented code runs."""
    _overlay(session, *DISTRIBUTIONS)
    _pytest(session, DOCS_TEST)


@nox.session
def browser(session: nox.Session) -> None:
    """Open reports in Chromium, which must be installed."""
    _overlay(session, *DISTRIBUTIONS)
    _pytest(session, *ALL_TESTS, "-m", "browser")


@nox.session
def speech(session: nox.Session) -> None:
    """Learn words that espeak-ng speaks, which must be installed, and know them from other voices."""
    _overlay(session, *DISTRIBUTIONS)
    _pytest(session, *ALL_TESTS, "-m", "speech")


@nox.session
def interop(session: nox.Session) -> None:
    """Let the original toolkit read what we write, and read what it writes; it takes 3 GB of its own."""
    peer = _peer(session)
    _overlay(session, "core")
    session.env["YZLITE_PEER_PYTHON"] = str(peer / "python")
    _pytest(session, ROOT / "tests" / "test_interop.py", "-m", "interop")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure beside the original toolkit, which takes 3 GB of its own, and say which promises are kept.

    Images take a quarter of an hour. Arguments are handed to the benchmark of the generators.
    """
    peer = _peer(session) / "python"
    _overlay(session, *DISTRIBUTIONS)
    session.install("psutil")
    _leave_checkout(session)
    folder = ROOT / "benchmarks"
    beside = ("--peer", peer)
    kept = [  # all are run, whatever the first of them finds
        _succeeds(session, "python", folder / "generators.py", *beside, *session.posargs),
        _succeeds(session, "python", folder / "epochs.py"),
        _succeeds(session, "python", folder / "discovery.py", *beside),
    ]
    if not all(kept):
        session.error("A promise is not kept")


@nox.session
def oldest(session: nox.Session) -> None:
    """Run the fast tests with the oldest promised versions of what TensorFlow does not bound.

    The old versions lie in the overlay and hide those of the base. TensorFlow and what has to fit it
    stay as they are: another TensorFlow would take another 2 GB.
    """
    _overlay(session, *DISTRIBUTIONS)
    stay = ("tensorflow", "keras", "numpy", "flatbuffers", "ai-edge-litert")
    lowest = [
        requirement.partition(";")[0].replace(">=", "==")
        for requirement in _requirements("dependencies")
        if not requirement.startswith(stay)
    ]
    session.install("--upgrade-strategy", "only-if-needed", *lowest)
    old_packages_warn_of_each_other = ("-W", "default")
    _pytest(
        session,
        *ALL_TESTS,
        "-m",
        "not slow and not browser and not speech and not interop",
        *old_packages_warn_of_each_other,
    )


@nox.session
def build(session: nox.Session) -> None:
    """Build every distribution, the wheel from the sdist, and look into both."""
    python = _base(session) / "python"
    target = Path(session.create_tmp()).resolve()
    for name in DISTRIBUTIONS:
        folder = _folder(name)
        session.run(
            *(python, "-m", "build", "--no-isolation", "--outdir", target, folder), external=True, silent=True
        )
        stem = _project(folder)["name"].replace("-", "_")
        (wheel,) = target.glob(f"{stem}-*.whl")
        (sdist,) = target.glob(f"{stem}-*.tar.gz")
        packages = ("yzlite_core", "yzlite") if name == "core" else (stem,)
        expected = {file for package in packages for file in _files(folder, package)}
        _expect(session, wheel, ZipFile(wheel).namelist(), expected=expected, forbidden=r"^tests/")
        with tarfile.open(sdist) as archive:
            names = [member.partition("/")[2] for member in archive.getnames()]
        beside = {"LICENSE", "README.md", "pyproject.toml"}
        _expect(session, sdist, names, expected=expected | beside, forbidden=r"^(\.nox|\.venv|plugins)/")


# ----------------------------------------------------------------------------------------- environments


def _base(session: nox.Session) -> Path:
    """Return the folder of the programs of the base environment."""
    version = session.run("python", "-c", "import sys; print(*sys.version_info[:2], sep='.')", silent=True)
    requirements = _requirements("dependencies", "optional-dependencies", "tools")
    return _environment(session, WORK / f"base-{str(version).strip()}", requirements)


def _peer(session: nox.Session) -> Path:
    """Return the folder of the programs of an environment with the original toolkit."""
    return _environment(session, WORK / "peer", PEER)


def _environment(session: nox.Session, home: Path, requirements: Sequence[str]) -> Path:
    """Return the folder of an environment's programs; make it anew if its requirements have changed."""
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    stamp = home / "requirements.txt"
    wanted = "\n".join(requirements) + "\n"
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(home, ignore_errors=True)
        session.run("python", "-m", "venv", home)
        install = (programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        session.run(*install, "--upgrade", "pip", external=True)
        session.run(*install, *requirements, external=True)
        stamp.write_text(wanted)
    return programs


def _overlay(session: nox.Session, *names: str) -> None:
    """Let the session's environment see the base, and install wheels of the named distributions."""
    programs = _base(session)
    beneath = _packages(session, programs / "python")
    (_packages(session) / "base.pth").write_text(f"{beneath}\n")
    built = _wheels(programs / "python")
    wheels = [next(built.glob(f"yzlite_{name}-*.whl")) for name in names]
    session.install("--no-index", "--no-deps", "--force-reinstall", *map(str, wheels))


def _packages(session: nox.Session, python: Path | str = "python") -> Path:
    """Return the folder that a Python has its packages in."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(str(session.run(python, "-c", ask, silent=True, external=True)).strip())


def _measured(session: nox.Session) -> dict[str, str]:
    """Let each Python of the session that these variables reach measure what it runs of the distributions."""
    folder = Path(session.create_tmp()).resolve() / "coverage"
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier call
    folder.mkdir()
    # read after base.pth, which leads to the package
    (_packages(session) / "measure.pth").write_text("import coverage; coverage.process_startup()\n")
    ask = "import sys; print('sysmon' if sys.version_info >= (3, 12) else 'ctrace')"
    core = str(session.run("python", "-c", ask, silent=True)).strip()
    config = {"COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"), "COVERAGE_FILE": str(folder / "lines")}
    return {**config, "COVERAGE_CORE": core}


@functools.cache
def _wheels(python: Path) -> Path:
    """Build the wheels of all distributions, once in a call of nox, and return their folder."""
    target = WORK / "wheels"
    shutil.rmtree(target, ignore_errors=True)
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", target]
    folders = [_folder(name) for name in DISTRIBUTIONS]
    subprocess.run([python, "-m", "pip", "wheel", *options, *folders], check=True)
    return target


def _leave_checkout(session: nox.Session) -> None:
    """Go to a directory of the session's own, and keep the user's settings and caches out of it."""
    directory = Path(session.create_tmp()).resolve()
    session.chdir(directory)
    session.env.update(
        {name: None for name in os.environ if name.startswith("YZLITE_") or name == "PYTHONPATH"}
    )
    session.env["YZLITE_CACHE_DIR"] = str(directory / "cache")


def _succeeds(session: nox.Session, *command: Path | str) -> bool:
    try:
        session.run(*command)
    except nox.command.CommandFailed:
        return False
    return True


def _pytest(session: nox.Session, *arguments: Path | str, env: Mapping[str, str] | None = None) -> None:
    _leave_checkout(session)
    config = ("-c", ROOT / "pyproject.toml", "--rootdir", ROOT, "-p", "no:cacheprovider", "-rs")
    session.run("python", "-m", "pytest", *config, *AT_ONCE, *arguments, *session.posargs, env=env)


# --------------------------------------------------------------------------------------------- metadata


def _folder(name: str) -> Path:
    return ROOT if name == "core" else ROOT / "plugins" / f"yzlite_{name}"


def _project(folder: Path) -> dict[str, Any]:
    return nox.project.load_toml(folder / "pyproject.toml")["project"]


def _requirements(*kinds: str) -> list[str]:
    """Return what the distributions require of third parties; `tools` are those that check the code."""
    found: set[str] = set()
    for name in DISTRIBUTIONS:
        project = _project(_folder(name))
        if "dependencies" in kinds:
            found.update(project["dependencies"])
        if "optional-dependencies" in kinds:
            found.update(*project.get("optional-dependencies", {}).values())
    if "tools" in kinds:
        found.update(nox.project.dependency_groups(nox.project.load_toml(ROOT / "pyproject.toml"), "tools"))
    return sorted(requirement for requirement in found if not requirement.startswith("yzlite-"))


def _files(folder: Path, package: str) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _expect(
    session: nox.Session, archive: Path, names: list[str], *, expected: set[str], forbidden: str
) -> None:
    """Fail unless the archive holds what is expected and nothing that is forbidden."""
    missing = expected - set(names)
    unwanted = [name for name in names if re.search(forbidden, name)]
    if missing or unwanted:
        session.error(f"{archive.name}: missing {sorted(missing)}, unwanted {unwanted}")
    session.log(f"{archive.name}: {len(names)} files, {archive.stat().st_size:,} bytes")
