"""What somebody needs to know to repeat a training."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import importlib_metadata

from yzlite_core.contract.plugins import Plugins
from yzlite_core.data.dataset import Dataset, hash_arrays
from yzlite_core.run.reports import PluginReport, Provenance
from yzlite_core.run.run import Run
from yzlite_core.support.clock import build_time
from yzlite_core.support.determinism import tensorflow_threads
from yzlite_core.support.files import sha256

_PACKAGES = ("tensorflow", "keras", "numpy", "ai-edge-litert", "yzlite-core")


def provenance_of(run: Run, datasets: Mapping[str, Dataset], run_id: str) -> Provenance:
    """Return what is known of a training.

    Args:
        run: The run that trains.
        datasets: What it has loaded, by subset.
        run_id: The training's; see `identity`.
    """
    return {
        "model": run.model.name,
        "run": run_id,
        "seed": run.seed,
        "tensorflow_threads": tensorflow_threads(),
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(build_time())),
        "versions": {"python": platform.python_version()}
        | {name: importlib_metadata.version(name) for name in _PACKAGES},
        "platform": f"{platform.system()} {platform.machine()}",
        "plugins": plugin_list(run.plugins),
        "script_sha256": script_hash(run),
        "dataset_sha256": {name: data.fingerprint for name, data in sorted(datasets.items())},
        "generated_data": any(data.generated for data in datasets.values()),
    }


def identity(run: Run, keras_model: Any) -> str:
    """Return the id of a training: equal for the same script, seed and weights, and for nothing else."""
    parts = (script_hash(run), str(run.seed), hash_arrays(*keras_model.get_weights()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def script_hash(run: Run) -> str:
    """Return the SHA-256 of the specification script."""
    return sha256(Path(run.model.model_specification_path))


def plugin_list(plugins: Plugins) -> list[PluginReport]:
    """Return the plugins as the JSON of `yzlite run` lists them."""
    return [{"name": r.name, "dist": r.dist, "version": r.version, "state": r.state} for r in plugins.records]
