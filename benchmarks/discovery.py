"""How long it takes to find the models among 2,000 scripts, beside the original toolkit.

Each run is a process of its own that imports the package and lists the models twice; the two packages take
turns. Prints one JSON object, and exits with 1 if a promise is not kept: the scan no slower than the
original's, and the process at most a tenth of its.

    python benchmarks/discovery.py --peer PEER/bin/python
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SCRIPTS = 2000
FOLDERS = 20
PEER = "mltk"
OURS = "yzlite"

_SCRIPT = '''"""Script {number}."""
{tag}
import math

THRESHOLD = {number} / 2000


def compute(values):
    """A small function, to give the file some length."""
    return sum(math.sqrt(abs(value)) for value in values if value > THRESHOLD)

'''

_CODE = """
import json, time
started = time.perf_counter()
import {package}.core
from {package}.core.model.model_utils import list_{package}_models as listed
imported = time.perf_counter()
names = listed()
first = time.perf_counter()
listed()
second = time.perf_counter()
found = sum(name.startswith("script_") for name in names)
print(json.dumps([imported - started, first - imported, second - first, found]))
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the medians, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has YZLite")
    parser.add_argument("--peer", help="the interpreter that has the original toolkit")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="yzlite-bench-") as folder:
        write_scripts(Path(folder))
        contestants = {OURS: options.python} | ({PEER: options.peer} if options.peer else {})
        measured: dict[str, list[dict[str, float]]] = {package: [] for package in contestants}
        for _ in range(options.runs):
            for package, python in contestants.items():
                measured[package].append(measure(package, python, Path(folder)))
    result: dict[str, Any] = {package: medians(runs) for package, runs in measured.items()}
    if options.peer:
        ours, peer = result[OURS], result[PEER]
        result["kept"] = {
            "the scan is no slower": ours["first_scan_s"] <= peer["first_scan_s"],
            "the process takes a tenth at most": ours["process_s"] <= peer["process_s"] / 10,
            "the same models are found": ours["found"] == peer["found"] == SCRIPTS // 2,
        }
    print(json.dumps(result, indent=2))
    return 0 if all(result.get("kept", {}).values()) else 1


def write_scripts(folder: Path) -> None:
    """Write scripts in several folders; every second one is a model of both packages."""
    for number in range(SCRIPTS):
        tag = "# @yzlite_model\n# @mltk_model" if number % 2 == 0 else ""
        path = folder / f"folder_{number % FOLDERS:02d}" / f"script_{number:04d}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_SCRIPT.format(number=number, tag=tag) + "# some more lines\n" * 30, encoding="utf-8")


def measure(package: str, python: str, folder: Path) -> dict[str, float]:
    """Return how long one process took, and its parts, in seconds."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", f"{package.upper()}_MODEL_PATHS": str(folder)}
    started = time.perf_counter()
    done = subprocess.run(
        [python, "-c", _CODE.format(package=package)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    process = time.perf_counter() - started
    imported, first, second, found = json.loads(done.stdout.splitlines()[-1])
    parts = {"import_s": imported, "first_scan_s": first, "second_scan_s": second, "found": found}
    return {"process_s": process, **parts}


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: round(statistics.median(run[name] for run in runs), 4) for name in runs[0]}


if __name__ == "__main__":
    sys.exit(main())
