"""What the commands that run stages share: their options and the JSON of a run."""

from __future__ import annotations

import json as json_module
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yzlite_core.cli.frame import ReportedFailureError, Shown, described
from yzlite_core.console import console_log
from yzlite_core.errors import UsageError

if TYPE_CHECKING:
    from yzlite_core.run import Run

Model = Annotated[str, typer.Argument(metavar="MODEL", help="A script's path, an archive, or a name.")]
Test = Annotated[bool, typer.Option("--test", help="Dry run: one epoch, at most 3 samples of each class.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of every random choice.")]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Threads that make batches; overrides datagen.cores.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a setting, e.g. epochs=3; repeatable."),
]
Weights = Annotated[
    str | None,
    typer.Option("--weights", "-w", help="Other weights: `best`, a file in train/weights, or a path."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Directory for all results.")]
Trust = Annotated[bool, typer.Option("--trust", help="Run an archive's code even if it is not yours.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where the last training was interrupted.")]
ResumeEpoch = Annotated[
    int | None, typer.Option("--resume-epoch", min=1, metavar="N", help="Go on after epoch N.")
]
Host = Annotated[str, typer.Option("--host", "-h", help="Where the page is served.")]
Launch = Annotated[bool, typer.Option("--launch/--no-launch", help="Whether the browser is opened.")]
Post = Annotated[bool, typer.Option("--post", help="Told to the handlers of model events.")]
Gpu = Annotated[bool, typer.Option("--gpu/--no-gpu", help="Whether TensorFlow may use a GPU.")]


def run_stages(
    model: str,
    stages: Sequence[str],
    *,
    test: bool = False,
    seed: int = 42,
    workers: int | None = None,
    settings: Sequence[str] | None = None,
    output: Path | None = None,
    without: Sequence[str] | None = None,
    trust: bool = False,
    gpu: bool = True,
    json: bool = False,
    resume: bool = False,
    resume_epoch: int | None = None,
    adjust: Callable[[Run], None] | None = None,
) -> Shown:
    """Run stages of a model and return the JSON of the run.

    `adjust` is called with the run before it starts; the other arguments are the options of the commands.

    Raises:
        ReportedFailureError: If it fails; with the JSON of what was reached.
    """
    from yzlite_core.training.determinism import prepare_environment

    run: Run | None = None
    log = console_log(to_stderr=json)
    try:
        prepare_environment(gpu=gpu)
        from yzlite_core.prepare import RunOptions, prepare
        from yzlite_core.run import execute

        options = RunOptions(
            test=test,
            seed=seed,
            workers=workers,
            settings=[parse_setting(item) for item in settings or ()],
            output=output,
            trust=trust,
            without=tuple(without or ()),
            resume=resume,
            resume_epoch=resume_epoch,
        )
        with prepare(model, options, log=log, live=sys.stderr.isatty() and not json) as run:
            run.say(f"Model {run.model.name}, seed {run.seed}, results in {run.paths.root}")
            if adjust is not None:
                adjust(run)
            execute(run, stages)
    except (Exception, KeyboardInterrupt) as error:
        raise ReportedFailureError(error, run_json(model, seed, run, error)) from error
    return Shown(run_json(model, seed, run), closing_summary(run))


def parse_setting(text: str, what: str = "--set", example: str = "--set epochs=3") -> tuple[str, Any]:
    """Return key and value of `key=value`; the value is a JSON literal, else a string."""
    path, equals, value = text.partition("=")
    if not (path and equals):
        raise UsageError(f"{what} {text} is not of the form key=value", hint=f"e.g. {example}")
    try:
        return path, json_module.loads(value)
    except ValueError:
        return path, value


def run_json(model: str, seed: int, run: Run | None, error: BaseException | None = None) -> dict[str, Any]:
    """Return the JSON of `yzlite run`, also of a run that failed before it began."""
    failed = error is not None
    data: dict[str, Any] = {
        "status": "failed" if failed else "ok",
        "error": described(error, run.stage if run else None) if error is not None else None,
        "model": run.model.name if run else model,
        "seed": seed,
    }
    if run is None:
        nothing = dict.fromkeys(("log_dir", "archive", "keras", "tflite", "report"))
        return {**data, **nothing, "plugins": [], "stages": {}}
    from yzlite_core.run import plugin_list

    paths = run.paths
    files = {"archive": paths.archive, "keras": paths.keras, "tflite": paths.tflite, "report": paths.report}
    return {
        **data,
        "log_dir": str(paths.root),
        **{name: str(path) if os.path.isfile(path) else None for name, path in files.items()},
        "plugins": plugin_list(run.plugins),
        "stages": {name: value for name, value in run.reports.items() if name != "archive"},
    }


def closing_summary(run: Run) -> str:
    """Return the last lines of a run: what was reached, and where everything is."""
    lines = []
    reports = run.reports
    for kind, name in (("keras", "Keras"), ("tflite", ".tflite")):
        result = (reports.get("evaluate") or {}).get(kind)
        if result and result["accuracy"] is not None:
            lines.append(f"{name} accuracy  {result['accuracy']:.2%} on {result['samples']} samples")
    profile = reports.get("profile")
    if profile:
        arena = profile["arena_bytes"] or profile["arena_estimate_bytes"]
        how = "measured" if profile["arena_bytes"] else "estimated"
        lines.append(
            f"Device  {profile['flash_bytes']:,} bytes of flash, {arena:,} of RAM ({how}), "
            f"{profile['macs']:,} MACs"
        )
    if any(data.generated for data in run.datasets.values()):
        lines.append("Data  generated by code, not recorded")
    paths = run.paths
    for label, path in (
        ("Keras", paths.keras),
        ("TFLite", paths.tflite),
        ("Report", paths.report),
        ("Archive", paths.archive),
    ):
        if os.path.isfile(path):
            lines.append(f"{label}  {path}")
    return "\n".join(lines)
