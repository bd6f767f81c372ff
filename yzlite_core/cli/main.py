"""Which commands there are; nothing of them is imported for `--help`."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from yzlite_core.cli.frame import INTERRUPTED, explain, failed, write_json
from yzlite_core.compat import vendor
from yzlite_core.contract.entry_points import COMMANDS, enabled_points
from yzlite_core.errors import MissingPluginError, PluginError, did_you_mean

_COMMANDS = {
    "new": "Write a specification to begin with.",
    "new-plugin": "Write a plugin to begin with.",
    "run": "Train, convert, evaluate, profile and pack a model.",
    "train": "Train, convert and evaluate a model.",
    "quantize": "Convert a trained model to .tflite.",
    "evaluate": "Evaluate a trained model, Keras and .tflite.",
    "profile": "Tell what a .tflite costs on the device.",
    "update-params": "Change the parameters that a trained .tflite carries.",
    "summarize": "Show what a model or a .tflite is made of.",
    "view": "Show a network in the browser.",
    "tensorboard": "Show the logs of a training in the browser.",
    "custom": "Run a command of the model's own.",
    "describe": "Show every setting of a model.",
    "list": "List the models on the search path.",
    "plugins": "List the plugins and their hooks.",
    "datasets": "List the registered datasets.",
    "doctor": "Look whether everything is there.",
}


class _LazyCommands(TyperGroup):
    """Commands by name; a module is imported when its command is run."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*_COMMANDS, *_plugin_commands()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        name = cmd_name.replace("_", "-")
        if name in _COMMANDS:
            module = importlib.import_module(f"yzlite_core.cli.{name.replace('-', '_')}_command")
            return _as_command(name, module.main, getattr(module, "CONTEXT", None))
        points = _plugin_commands()
        return _as_command(name, _load(points[name])) if name in points else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0].replace("_", "-")
        known = self.list_commands(ctx)
        missing = None if name in known else _missing(name)
        if missing is not None:
            raise missing
        if name not in known and name in vendor.COMMANDS:
            ctx.fail(f"The original's command '{args[0]}' is not part of YZLite; {vendor.COMMANDS[name]}")
        if name not in known and not args[0].startswith("-"):
            ctx.fail(f"There is no command '{args[0]}'; {did_you_mean(name, known) or 'see yzlite --help'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        of_plugins = {name: f"(from {_lenders(points)})" for name, points in _plugin_commands().items()}
        with formatter.section("Commands"):
            formatter.write_dl([*_COMMANDS.items(), *of_plugins.items()])


def _missing(name: str) -> MissingPluginError | None:
    """Return what to say of a command that a plugin is known to bring; None if there is none."""
    from yzlite_core.contract.lazy_exports import missing_command

    return missing_command(name)


def _plugin_commands() -> Mapping[str, list[Any]]:
    """Return the commands of plugins that are not disabled: usually one entry point for each name."""
    found: dict[str, list[Any]] = {}
    for point in enabled_points(COMMANDS):
        name = point.name.replace("_", "-")
        if name not in _COMMANDS:
            found.setdefault(name, []).append(point)
    return dict(sorted(found.items()))


def _lenders(points: list[Any]) -> str:
    return " and ".join(point.dist.name if point.dist else "?" for point in points)


def _load(points: list[Any]) -> Any:
    point, *others = points
    if others:
        raise PluginError(
            f"The command '{point.name}' comes from both {_lenders(points)}", hint="uninstall one of them"
        )
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return point.load()
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"The command '{point.name}' of {_lenders(points)} cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error


def _as_command(name: str, target: Any, context: dict[str, Any] | None = None) -> Any:
    if not isinstance(target, typer.Typer):
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name=name, context_settings=context)(target)
        target = app
    made = typer.main.get_command(target)
    made.name = name
    return made


def _with_hyphens(name: str) -> str:
    """Return the name of a command or an option as it is declared; underscores are accepted."""
    return name.replace("_", "-")


_app = typer.Typer(
    cls=_LazyCommands,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100, "token_normalize_func": _with_hyphens},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from yzlite_core.support.version import __version__

        print(f"yzlite {__version__}")
        raise typer.Exit


@_app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[  # how Typer declares a flag
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Machine learning on microcontrollers: from one script to an int8 .tflite."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def main(arguments: list[str] | None = None) -> None:
    """Run a command line and exit with its code.

    Args:
        arguments: The command and its options; None takes those of the process.
    """
    try:
        _run(arguments)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            # TensorFlow's threads may be calling Python; taking the interpreter apart beneath them aborts
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise


def _run(arguments: list[str] | None) -> None:
    given = sys.argv[1:] if arguments is None else arguments
    # A shell without job control starts background jobs deaf to it; a run must end tidily all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    usage_error: type[Exception] = typer.BadParameter.__bases__[0]  # Typer does not export it by name
    data: Mapping[str, Any] | None = None
    try:
        group = typer.main.get_command(_app)
        code = group.main(given, prog_name="yzlite", standalone_mode=False)
    except usage_error as error:
        message = error.format_message()  # type: ignore[attr-defined]  # of Click's exceptions
        where = getattr(getattr(error, "ctx", None), "command_path", None) or "yzlite"
        print(f"Error: {message} (see {where} --help)", file=sys.stderr)
        described = {"stage": None, "type": "UsageError", "message": message, "hint": f"{where} --help"}
        code, data = 2, {"status": "failed", "error": described}
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stderr.close()
        code = 0
    except (Exception, KeyboardInterrupt) as error:  # of a plugin's command: ours explain their own
        code, data = explain(error, verbose=not {"-v", "--verbose"}.isdisjoint(given)), failed(error)
    if data is not None and "--json" in given:
        write_json(data, sys.stdout)
    sys.exit(code if isinstance(code, int) else 0)
