"""`yzlite quantize MODEL`."""

from __future__ import annotations

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


@command
def main(
    model: r.Model,
    test: r.Test = False,
    seed: r.Seed = 42,
    settings: r.Set = None,
    output: r.Output = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Convert a trained model to .tflite, and update its archive."""
    return r.run_stages(
        model,
        ["convert", "archive"],
        test=test,
        seed=seed,
        settings=settings,
        output=output,
        without=no_plugin,
        trust=trust,
        json=json,
    )
