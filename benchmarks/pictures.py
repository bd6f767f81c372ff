"""Pictures for benchmarks: blurred shapes of three classes in class folders, as grayscale JPEG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

CLASSES = ("rock", "paper", "scissor")


def write_pictures(folder: Path, each: int, side: int = 96, seed: int = 1) -> Path:
    """Write a dataset, and return its folder.

    Args:
        folder: The dataset's folder.
        each: Pictures of each class.
        side: Height and width in pixels.
        seed: Of what is drawn.
    """
    rng = np.random.default_rng(seed)
    for label in CLASSES:
        (folder / label).mkdir(parents=True)
        for number in range(each):
            _drawn(label, side, rng).save(folder / label / f"{number:04d}.jpg", quality=90)
    return folder


def _drawn(label: str, side: int, rng: np.random.Generator) -> Image.Image:
    picture = Image.fromarray(rng.integers(0, 90, (side, side), np.uint8))
    draw, light = ImageDraw.Draw(picture), int(rng.integers(150, 256))
    x, y = rng.uniform(0.35, 0.65, 2) * side
    size = rng.uniform(0.15, 0.3) * side
    if label == "rock":
        draw.ellipse((x - size, y - size, x + size, y + size), fill=light)
    elif label == "paper":
        draw.rectangle((x - size, y - size * 0.7, x + size, y + size * 0.7), fill=light)
    else:
        for lean in (-0.6, 0.6):
            draw.line((x, y + size, x + lean * size, y - size), fill=light, width=max(2, side // 12))
    return picture.filter(ImageFilter.GaussianBlur(1))
