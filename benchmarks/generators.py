"""How fast augmented batches of images are made, beside the original toolkit.

Each run is a process of its own that makes batches of 32 grayscale images of 96 x 96 pixels; the two packages
take turns, and medians are compared. Compiled kernels are there already, as on a user's second run. Prints a
table, or one JSON object, and exits with 1 if a promise is not kept.

    python benchmarks/generators.py --peer PEER/bin/python

Both interpreters need psutil.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()  # of the process that measures

PEER = "mltk"
OURS = "yzlite"
EACH = 600  # pictures of a class
AUGMENTATION = {
    "rotation_range": 35,
    "width_shift_range": 5,
    "height_shift_range": 5,
    "brightness_range": (0.5, 1.7),
    "contrast_range": (0.5, 1.7),
    "noise": ["gauss", "poisson", "s&p"],
    "horizontal_flip": True,
    "vertical_flip": True,
    "samplewise_center": True,
    "samplewise_std_normalization": True,
}
#: (augmentation, workers)
CASES = (("full", 1), ("full", 2), ("none", 1), ("none", 2))
#: What is promised: case, figure, and how many times as good as the original's it is at least.
PROMISES = (
    ("full, 1 worker", "per_cpu_s", 10),
    ("full, 2 workers", "per_cpu_s", 10),
    ("full, 2 workers", "per_s", 10),
    ("none, 1 worker", "per_cpu_s", 3),
    ("none, 2 workers", "per_s", 3),
    ("full, 2 workers", "first_batch_s", 3),
    ("full, 2 workers", "peak_mb", 2),
)
FIGURES = {
    "per_s": "samples/s",
    "per_cpu_s": "samples per CPU-s",
    "first_batch_s": "start to first batch, s",
    "peak_mb": "peak memory, MB",
}
SMALLER_IS_BETTER = ("first_batch_s", "peak_mb")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the medians, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has our package")
    parser.add_argument("--peer", help="the interpreter that has the original toolkit")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="for which a run is measured")
    parser.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    parser.add_argument("--measure", nargs=4, metavar=("PACKAGE", "AUG", "WORKERS", "FOLDER"), help="one run")
    options = parser.parse_args(arguments)
    if options.measure:
        package, augmentation, workers, folder = options.measure
        print(json.dumps(measured(package, augmentation, int(workers), Path(folder), options.seconds)))
        sys.stdout.flush()
        os._exit(0)  # the original's workers are not waited for
    contestants = {OURS: options.python} | ({PEER: options.peer} if options.peer else {})
    with tempfile.TemporaryDirectory(prefix="yzlite-bench-") as folder:
        from pictures import write_pictures

        write_pictures(Path(folder), EACH)
        _run(OURS, options.python, ("full", 1), folder, 0.1)  # compiles the kernels
        result = {_name(case): _medians(contestants, case, folder, options) for case in CASES}
    kept = _kept(result) if options.peer else {}
    print(json.dumps({**result, "kept": kept}, indent=2) if options.json else _table(result, kept))
    return 0 if all(kept.values()) else 1


# ------------------------------------------------------------------------------------------- the runs


def _medians(
    contestants: dict[str, str], case: tuple[str, int], folder: str, options: argparse.Namespace
) -> dict[str, dict[str, float]]:
    runs: dict[str, list[dict[str, float]]] = {package: [] for package in contestants}
    for _ in range(options.runs):
        for package, python in contestants.items():
            runs[package].append(_run(package, python, case, folder, options.seconds))
    return {
        package: {figure: statistics.median(run[figure] for run in found) for figure in FIGURES}
        for package, found in runs.items()
    }


def _run(package: str, python: str, case: tuple[str, int], folder: str, seconds: float) -> dict[str, float]:
    augmentation, workers = case
    done = subprocess.run(
        [
            *(python, __file__, "--seconds", str(seconds)),
            *("--measure", package, augmentation, str(workers), folder),
        ],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{package} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _kept(result: dict[str, Any]) -> dict[str, bool]:
    return {
        f"{case}: {FIGURES[figure]} at least {times} times as good": _ratio(result[case], figure) >= times
        for case, figure, times in PROMISES
    }


def _ratio(case: dict[str, Any], figure: str) -> float:
    ours, peer = case[OURS][figure], case[PEER][figure]
    return float(peer / ours if figure in SMALLER_IS_BETTER else ours / peer)


def _table(result: dict[str, Any], kept: dict[str, bool]) -> str:
    lines = [f"{'augmentation':<16} {'figure':<24} {OURS:>10} {PEER:>10} {'ratio':>7}"]
    for case, medians in result.items():
        for figure, text in FIGURES.items():
            ours, peer = medians[OURS][figure], medians.get(PEER, {}).get(figure)
            beside = "" if peer is None else f"{peer:>10,.1f} {_ratio(medians, figure):>6.1f}x"
            lines.append(f"{case:<16} {text:<24} {ours:>10,.1f} {beside}")
    lines += [f"{'kept' if is_kept else 'NOT KEPT':<9} {promise}" for promise, is_kept in kept.items()]
    return "\n".join(lines)


def _name(case: tuple[str, int]) -> str:
    augmentation, workers = case
    return f"{augmentation}, {workers} worker{'s' if workers > 1 else ''}"


# -------------------------------------------------------------------------------------------- one run


def measured(package: str, augmentation: str, workers: int, folder: Path, seconds: float) -> dict[str, float]:
    """Make batches for some seconds, and return the figures.

    Args:
        package: `mltk` or `yzlite`.
        augmentation: `full` or `none`.
        workers: Processes of the original, threads of ours.
        folder: Of class folders.
        seconds: How long.
    """
    memory = PeakMemory()
    memory.start()
    batches = _batches(package, augmentation, workers, folder)
    count = len(batches)
    batches[0]
    first = time.perf_counter() - STARTED
    index = 1
    for _ in range(count):  # all files have been read once then
        batches[index % count]
        index += 1
    begun, cpu, samples = time.perf_counter(), _cpu_seconds(), 0
    while time.perf_counter() - begun < seconds:
        x, _ = batches[index % count]
        samples += len(x)
        index += 1
    elapsed, used = time.perf_counter() - begun, _cpu_seconds() - cpu
    memory.stop.set()
    return {
        "per_s": samples / elapsed,
        "per_cpu_s": samples / used,
        "first_batch_s": first,
        "peak_mb": memory.peak / 2**20,
    }


def _batches(package: str, augmentation: str, workers: int, folder: Path) -> Any:
    importlib.import_module(f"{package}.core")
    module = importlib.import_module(f"{package}.core.preprocess.image.parallel_generator")
    changes = AUGMENTATION
    if augmentation == "none":
        changes = {name: value for name, value in AUGMENTATION.items() if name.startswith("samplewise")}
    generator = module.ParallelImageDataGenerator(
        cores=workers,
        max_batches_pending=8,
        validation_split=0.1,
        random_transforms_enabled=augmentation != "none",
        **changes,
    )
    return generator.flow_from_directory(
        str(folder),
        target_size=(96, 96),
        color_mode="grayscale",
        classes=sorted(path.name for path in folder.iterdir() if path.name[0] != "."),
        batch_size=32,
        batch_shape=(32, 96, 96, 1),  # the original cannot do without
        subset="training",
    )


class PeakMemory(threading.Thread):
    """Watches the most memory that this process and its descendants have; shared pages count once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.stop = threading.Event()

    def run(self) -> None:
        """Look until it is stopped."""
        while not self.stop.wait(0.2):
            self.peak = max(self.peak, _sum(_memory))


def _cpu_seconds() -> float:
    return _sum(lambda process: sum(process.cpu_times()[:2]))


def _memory(process: Any) -> int:
    usage = process.memory_full_info()
    return int(getattr(usage, "pss", usage.rss))


def _sum(figure: Any) -> Any:
    """Return the sum of a figure over this process and its descendants."""
    import psutil

    total = 0
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        try:
            total += figure(process)
        except psutil.Error:  # noqa: PERF203 # a process may have ended
            continue
    return total


if __name__ == "__main__":
    sys.exit(main())
