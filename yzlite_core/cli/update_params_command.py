"""`yzlite update-params MODEL KEY=VALUE...`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command
from yzlite_core.cli.running import ModelOrTflite, Trust, parse_setting
from yzlite_core.errors import UsageError


@command
def main(
    model: ModelOrTflite,
    parameters: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="The value is a JSON literal, else a string."),
    ] = None,
    params: Annotated[
        Path | None, typer.Option("--params", "-p", help="A JSON or YAML file with further parameters.")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", "-d", help="The model's new description.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write the result there, a .tflite or a folder, and nothing else."
        ),
    ] = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Change the parameters that a trained .tflite carries; without any, take the script's anew."""
    from yzlite_core.contract.values import to_jsonable
    from yzlite_core.functions.update import update_parameters

    changes = {**_from_file(params), **_from_arguments(parameters or ())}
    updated = update_parameters(
        model, changes, description=description, output=output, without=no_plugin or (), trust=trust
    )
    held = updated.parameters
    return Shown(
        {
            "status": "ok",
            "model": model,
            "files": [str(path) for path in updated.files],
            "description": updated.description,
            "parameters": {
                key: value.hex() if isinstance(value, bytes) else to_jsonable(value)
                for key, value in held.items()
            },
            "types": {key: held.dtype(key) for key in held},
        },
        "\n".join(
            [
                f"Description: {updated.description}",
                "Parameters:",
                *(f"  {line}" for line in held.summary().splitlines()),
                *(f"Written: {path}" for path in updated.files),
            ]
        ),
    )


def _from_arguments(given: Sequence[str]) -> dict[str, Any]:
    return dict(parse_setting(text, what="parameter", example="threshold=0.5") for text in given)


def _from_file(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    import json

    import yaml

    read = json.loads if path.suffix == ".json" else yaml.safe_load
    try:
        content = read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path} holds no parameters", hint="it is a mapping of names to values")
    return content
