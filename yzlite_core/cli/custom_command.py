"""`yzlite custom MODEL COMMAND ...`: a command of the model's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import NoPlugin, Shown, Verbose, command
from yzlite_core.errors import ScriptError, UsageError, YZLiteError, did_you_mean
from yzlite_core.support.source_location import line_in

if TYPE_CHECKING:
    from yzlite_core.model.model import YZLiteModel

#: What follows MODEL is the command's own, its --help too.
CONTEXT = {"allow_interspersed_args": False}


@command
def main(
    model: r.Model,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND [ARGS]...", help="As the script declares them.")
    ] = None,
    test: r.Test = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Run a command that the specification declares with `@my_model.cli.command()`.

    The options of `yzlite custom` come before MODEL.
    """
    from yzlite_core.contract.plugins import load_plugins
    from yzlite_core.functions.load import specification
    from yzlite_core.run.prepare import resolve_dataset

    loaded = specification(model, test=test, trust=trust)
    resolve_dataset(loaded, load_plugins(disabled=no_plugin or ()))
    return Shown({}, code=run_own_command(loaded, arguments or []))


def run_own_command(model: YZLiteModel, arguments: list[str]) -> int:
    """Run one of a model's own commands, and return its exit code.

    Args:
        model: The model.
        arguments: The command's name, with hyphens or underscores, and what it takes.

    Raises:
        UsageError: If the model has no such command, or its arguments are wrong.
    """
    app = model.cli
    if not app.registered_commands and not app.registered_groups:
        raise UsageError(
            f"{model.name} has no commands of its own",
            hint="declare one in the specification: @my_model.cli.command()",
        )
    group: Any = typer.main.get_group(app)
    own = {_canonical(name): name for name in group.commands}
    if not arguments:
        arguments = ["--help"]
    elif not arguments[0].startswith("-"):
        name = _canonical(arguments[0])
        if name not in own:
            hint = did_you_mean(name, own) or f"its commands are {', '.join(sorted(own))}"
            raise UsageError(f"{model.name} has no command '{arguments[0]}'", hint=hint)
        arguments = [own[name], *arguments[1:]]
    wrong_usage: type[Exception] = typer.BadParameter.__bases__[0]  # Typer does not export it by name
    try:
        code = group.main(arguments, prog_name=f"yzlite custom {model.name}", standalone_mode=False)
    except wrong_usage as error:
        message = error.format_message()  # type: ignore[attr-defined]  # of Click's exceptions
        raise UsageError(message, hint=f"yzlite custom {model.name} {arguments[0]} --help") from None
    except YZLiteError:
        raise
    except Exception as error:
        script = model.model_specification_path
        where = line_in(script, error) or f" ({model.name}.py)"
        raise ScriptError(f"{type(error).__name__}: {error}{where}") from error
    return code if isinstance(code, int) else 0


def _canonical(name: str) -> str:
    return name.replace("_", "-")
