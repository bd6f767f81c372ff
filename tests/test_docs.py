"""The documentation is true: its links resolve, its reference is fresh, and its code runs.

What a block of code must do is said behind its language, where a reader of the page does not see it:

- `python`: compile.
- any language with `file=PATH`: nothing, but it is written to that path for the blocks that follow.
- `sh run`, `shell run`: succeed, in a shell, where the page's files are.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("plugins/*/README.md")),
]


@dataclass(frozen=True)
class Block:
    """A block of code of a page."""

    language: str
    said: str
    code: str

    @property
    def file(self) -> str | None:
        return self.said.removeprefix("file=") if self.said.startswith("file=") else None


def blocks(page: Path) -> list[Block]:
    fences = re.findall(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [Block(*fence) for fence in fences]


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not link.startswith(("http://", "https://")):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(link)
    assert not broken


PYTHON = [
    pytest.param(block.code, id=f"{name(page)}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(page))
    if block.language == "python"
]


@pytest.mark.parametrize("code", PYTHON)
def test_code_compiles(code: str):
    compile(code, "<documentation>", "exec")


def test_readme_lists_the_commands():
    told = re.findall(
        r"^\| `yzlite ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    known = re.findall(
        r"^## yzlite ([a-z-]+)$", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert told == known


@pytest.mark.slow
def test_reference_is_fresh():
    done = run([sys.executable, str(ROOT / "docs" / "make_reference.py"), "--check"])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [p for p in PAGES if any("run" in b.said.split() for b in blocks(p))], ids=name
)
def test_page_runs(page: Path, tmp_path: Path):
    draw_pictures(tmp_path / "gestures", ("rock", "paper", "scissors"))
    site = tmp_path / "site"
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(site),
        "YZLITE_CACHE_DIR": str(tmp_path / "cache"),
        # What a page installs goes to a folder of its own, without a network
        "PIP_TARGET": str(site),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
    }
    for block in blocks(page):
        if block.file:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
        elif "run" in block.said.split():
            done = run(["bash", "-euo", "pipefail", "-c", block.code], tmp_path, environment)
            assert done.returncode == 0, f"{block.code}\n{done.stdout}\n{done.stderr}"


def run(
    command: list[str], folder: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def draw_pictures(folder: Path, classes: tuple[str, ...]):
    from PIL import Image

    rng = np.random.default_rng(1)
    for number, label in enumerate(classes):
        (folder / label).mkdir(parents=True)
        for index in range(10):
            pixels = rng.integers(80 * number, 80 * number + 90, (96, 96), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{index}.png")
