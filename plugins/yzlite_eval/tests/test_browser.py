"""The report in a real browser: nothing sticks out sideways, and the console stays empty."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yzlite_core.contract.shown import Signal
from yzlite_eval.report import collect, render

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--dump-dom",
)

# A frame is as narrow as a phone, which Chromium's windows cannot be.
FRAME = """<iframe width="{width}" height="2000" style="border: 0" srcdoc="{page}"></iframe>
<script>onload = () => {{
  document.title = document.querySelector("iframe").contentDocument.documentElement.scrollWidth;
}}</script>"""


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[str], tuple[str, list[str]]]:
    """A function that opens a page and returns its title and the lines of the console."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    assert browser is not None, "Chromium is not installed"

    def open_page(page: str) -> tuple[str, list[str]]:
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        command = [browser, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        (title,) = re.findall("<title>([^<]*)</title>", done.stdout.partition("<body")[0])
        return title, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return open_page


@pytest.fixture
def page(finished_run: Any) -> str:
    finished_run.model.classes = ["a_class_with_a_remarkably_long_name_in_one_word", "dog", "hen"]
    finished_run.model.description = "A" * 200
    run = finished_run
    data = collect(run.model, run.results, run, run.reports, run.provenance)
    axes = ("an_axis_with_a_remarkably_long_name_in_one_word", *"abcdefgh")
    motion = Signal(np.eye(9), axes, rate_hz=3)
    return render(replace(data, samples=[*data.samples, replace(data.samples[0], look=motion)]))


def test_console_stays_empty(opened: Any, page: str) -> None:
    assert opened(page)[1] == []


def test_page_forbids_what_would_need_a_network(opened: Any, page: str) -> None:
    foreign = page.replace("</main>", '<img src="https://example.invalid/x.png"></main>')
    assert "Content Security Policy" in "".join(opened(foreign)[1])


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_sticks_out_sideways(opened: Any, page: str, width: int) -> None:
    title, _ = opened(FRAME.format(width=width, page=html.escape(page)))
    assert int(title) <= width
