"""RunPaths: where the files of a run are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yzlite_core.model.places import ORIGIN, PROVENANCE


@dataclass(frozen=True)
class RunPaths:
    """The files that a run writes.

    Attributes:
        root: The log directory, or a folder that is gone when the run is over.
        name: The model's name.
        archive: Where the archive is written.
        is_private: Whether `root` is gone when the run is over.
    """

    root: Path
    name: str
    archive: Path
    is_private: bool = False

    @property
    def train(self) -> Path:
        """The folder of the history, the log and the checkpoints."""
        return self.root / "train"

    @property
    def eval(self) -> Path:
        """The folder of the evaluation, with a folder for each of `keras` and `tflite`."""
        return self.root / "eval"

    @property
    def script(self) -> Path:
        """The copy of the specification script."""
        return self.root / f"{self.name}.py"

    @property
    def keras(self) -> Path:
        """The trained Keras model."""
        return self.root / f"{self.name}.keras"

    @property
    def tflite(self) -> Path:
        """The quantized model."""
        return self.root / f"{self.name}.tflite"

    @property
    def float32_tflite(self) -> Path:
        """The model with float weights."""
        return self.root / f"{self.name}.float32.tflite"

    @property
    def quantization_report(self) -> Path:
        """How much precision each layer loses by its quantization."""
        return self.root / "quantization_report.csv"

    @property
    def history(self) -> Path:
        """Each metric's value for each epoch."""
        return self.train / "training-history.json"

    @property
    def augmentation(self) -> Path:
        """A picture of what the augmentation makes of samples, if the plugin of their kind draws one."""
        return self.train / "augmentation.png"

    @property
    def log(self) -> Path:
        """What the run said."""
        return self.train / "log.txt"

    @property
    def settings(self) -> Path:
        """The settings in force."""
        return self.root / "settings.json"

    @property
    def provenance(self) -> Path:
        """Versions, plugins, seed, threads and hashes."""
        return self.root / PROVENANCE

    @property
    def reports(self) -> Path:
        """What the stages but the evaluation have reported."""
        return self.root / "reports.json"

    @property
    def origin(self) -> Path:
        """Where the script and its data are on this machine; never archived."""
        return self.root / ORIGIN

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.root / "report.html"
