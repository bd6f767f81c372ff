"""What an epoch of training costs on JPEG files, beside one on the same batches held in memory.

The network is that of the original's `image_example1`, the augmentation is full, and the two take turns.
Prints one JSON object, and exits with 1 if the promise is not kept: at most 1.15 times as long.

    python benchmarks/epochs.py
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from generators import AUGMENTATION
from pictures import CLASSES, write_pictures

from yzlite_core import ParallelImageDataGenerator
from yzlite_core.plugin import Batches

FILES = 1600
MOST = 1.15


class Held(keras.utils.PyDataset):
    """Batches that lie in memory, read by Keras as ours are."""

    def __init__(self, batches: list[Any]) -> None:
        super().__init__()
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Any:
        return self._batches[index]


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the medians, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cores", type=int, default=-1, help="threads that make batches; -1 for all cores")
    parser.add_argument("--rounds", type=int, default=5, help="of three measured epochs of each kind")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="yzlite-bench-") as folder:
        batches = jpeg_batches(Path(folder), options.cores)
        network = image_example1()
        held = Held(list(batches))
        seconds_of_epochs(network, held)  # compiles
        seconds: dict[str, list[float]] = {"memory_s": [], "jpeg_s": []}
        for _ in range(options.rounds):
            for name, data in (("memory_s", held), ("jpeg_s", batches)):
                seconds[name] += seconds_of_epochs(network, data)
        batches.shutdown()
    result: dict[str, Any] = {name: round(statistics.median(each), 3) for name, each in seconds.items()}
    pairs = zip(seconds["jpeg_s"], seconds["memory_s"], strict=True)
    result["ratio"] = round(statistics.median(jpeg / memory for jpeg, memory in pairs), 3)
    result["kept"] = {f"an epoch on files takes at most {MOST} times as long": result["ratio"] <= MOST}
    print(json.dumps(result, indent=2))
    return 0 if all(result["kept"].values()) else 1


def jpeg_batches(folder: Path, cores: int) -> Batches:
    """Return augmented batches of 1,600 files."""
    each = -(-FILES // len(CLASSES))
    write_pictures(folder / "pictures", each)
    for path in sorted((folder / "pictures").rglob("*.jpg"))[FILES:]:
        path.unlink()
    generator = ParallelImageDataGenerator(cores=cores, max_batches_pending=8, **AUGMENTATION)
    return generator.flow_from_directory(
        folder / "pictures", target_size=(96, 96), color_mode="grayscale", classes=CLASSES, batch_size=32
    )


def image_example1() -> Any:
    """Return the network, compiled."""
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((96, 96, 1)),
            layers.Conv2D(24, 3, strides=2, activation="relu"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Conv2D(24, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )
    network.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return network


class Clock(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Measures each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """An epoch begins."""
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """An epoch has ended."""
        self.seconds.append(time.perf_counter() - self._started)


def seconds_of_epochs(network: Any, data: Any) -> list[float]:
    """Train some epochs, and return how long each but the first of them took."""
    clock = Clock()
    network.fit(data, epochs=4, shuffle=False, verbose=0, callbacks=[clock])
    return clock.seconds[1:]


if __name__ == "__main__":
    sys.exit(main())
