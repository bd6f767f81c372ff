"""Execute a run: hold its log directory, write its log, and gather how it ends."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from yzlite_core.contract import hookspecs
from yzlite_core.contract.lazy_exports import borrowed_by
from yzlite_core.errors import ModelError, error_report
from yzlite_core.model.archive import trust
from yzlite_core.run.bundle import Bundle
from yzlite_core.run.lock import holding
from yzlite_core.run.order import Course, in_order
from yzlite_core.run.outcome import Outcome, Results, failed, files_of
from yzlite_core.run.paths import RunPaths
from yzlite_core.run.run import OBSERVER, Run
from yzlite_core.support.files import remove_leftovers


def execute(run: Run, bundle: Bundle | None = None) -> Results:
    """Go through the stages of a run, and return how it ended; what fails is in the results.

    What was there before stays intact as long as there is nothing new in its place.

    Args:
        run: The run.
        bundle: What an earlier training has left for the stages that this run leaves out.
    """
    course = Course(run)
    error: BaseException | None = None
    try:
        with _prepared(run) as failures:
            try:
                _begin(run)
                in_order(run, bundle, course)
            except BaseException as raised:
                error = raised
            outcome = Outcome(
                "ok" if error is None else "failed",
                course.products.reports,
                None if error is None else error_report(error, course.at),
                None if course.products.trained is None else course.products.trained.results,
                tuple(failures),
            )
            run.tell(hookspecs.yzlite_run_finished, run=run, outcome=outcome)
    except BaseException as raised:
        return failed(run.request, error or raised, run)
    generated = any(data.generated for data in course.datasets.values())
    return Results(run.request, outcome, course.products, files_of(run, bundle), generated, run, error)


def _begin(run: Run) -> None:
    if not run.paths.is_private:
        remove_leftovers(run.paths.root)
    if run.request.clean and not run.request.resumes:
        clear_results(run.paths)
    _warn_of_missing_plugins(run)
    run.tell(hookspecs.yzlite_configure, run=run)
    answers = run.plugins.collect(hookspecs.yzlite_check_model, model=run.model)
    problems = [problem for answer in answers for problem in answer.value]
    if problems:
        text = "; ".join(problem.message for problem in problems)
        hints = "; ".join(problem.hint for problem in problems if problem.hint)
        raise ModelError(text, hint=hints or None)
    if run.request.trains and run.model.source is None:
        trust(Path(run.model.model_specification_path))


def _warn_of_missing_plugins(run: Run) -> None:
    borrowed = borrowed_by(type(run.model))
    for record in run.plugins.records:
        used = [name for name, dist in borrowed.items() if dist == record.dist]
        if record.state in ("broken", "refused"):
            run.warn(f"Plugin '{record.name}' ({record.dist}) is {record.state}: {record.reason}")
        if record.state != "ok" and used:
            run.warn(
                f"{run.model.name} uses {', '.join(used)} of the plugin '{record.name}', which is "
                f"{record.state}: what it does in a run is left out"
            )


def clear_results(paths: RunPaths) -> None:
    """Remove what earlier trainings and evaluations have left in a log directory, but for the networks."""
    for folder in (paths.train, paths.eval):
        shutil.rmtree(folder, ignore_errors=True)
    paths.report.unlink(missing_ok=True)


@contextmanager
def _prepared(run: Run) -> Iterator[list[str]]:
    """Hold the log directory, write the log file, and yield what observers raise as it comes."""
    failures = _FailedObservers()
    with ExitStack() as stack:
        if not run.paths.is_private:
            stack.enter_context(holding(run.paths.root))
        stack.enter_context(_log_file(run))
        run.log.addHandler(failures)
        stack.callback(run.log.removeHandler, failures)
        yield failures.sentences


class _FailedObservers(logging.Handler):
    """Gathers the sentences on observers that have failed."""

    def __init__(self) -> None:
        super().__init__()
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        sentence = getattr(record, OBSERVER, None)
        if sentence is not None:
            self.sentences.append(sentence)


@contextmanager
def _log_file(run: Run) -> Iterator[None]:
    """Write what the run says into `train/log.txt`, after that of the training if it is of that."""
    request, path = run.request, run.paths.log
    evaluates = "evaluate" in request.stages and not request.trains
    if evaluates:
        path = run.paths.eval / path.name
    path.parent.mkdir(parents=True, exist_ok=True)
    afresh = evaluates or (request.trains and not request.resumes)
    handler = logging.FileHandler(path, mode="w" if afresh else "a", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    run.log.addHandler(handler)
    try:
        yield
    finally:
        run.log.removeHandler(handler)
        handler.close()
