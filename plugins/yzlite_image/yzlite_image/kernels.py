"""The loops over pixels, compiled. What changes an image changes it in place: float32, C-contiguous."""

from __future__ import annotations

import numpy as np

from yzlite_core.compiled import compile_kernel
from yzlite_image.geometry import IDENTITY

#: What is beyond the edges of abcd: aaaa|abcd|dddd, dcba|abcd|dcba, abcd|abcd|abcd, or a constant.
FILL_MODES = ("nearest", "reflect", "wrap", "constant")

_BLACK, _WHITE = np.float32(0), np.float32(255)
_kernel = compile_kernel(error_model="numpy")  # no test for a division by zero: there is none


@_kernel
def augment(
    source: np.ndarray,
    target: np.ndarray,
    affine: tuple[float, float, float, float, float, float],
    fill_mode: int,
    cval: np.float32,
    values: tuple[np.float32, np.float32, np.float32],
    noise: tuple[np.float32, np.float32, np.float32],
    specks: int,
    seed: np.uint64,
    quantiles: np.ndarray,
) -> None:
    """Change `target`, which is a copy of `source`.

    All in one call, because a thread that gave up the interpreter's lock may wait longer to get it back
    than a single step takes.

    Args:
        source: Image, float32 of shape (height, width, channels).
        target: Of the same shape, C-contiguous.
        affine: See `warp`.
        fill_mode: See `warp`.
        cval: See `warp`.
        values: What is added to all values, their factor, and the factor of their distance from the mean.
        noise: See `add_normal`; three zeros for none.
        specks: The number of black and white pixels.
        seed: Of the noise.
        quantiles: See `add_normal`.
    """
    amount, brightness, contrast = values
    if affine != IDENTITY:
        warp(source, target, affine, fill_mode, cval)
    if amount != 0:
        add_amount(target, amount)
    if brightness != 1:
        scale_values(target, brightness, _BLACK)
    if contrast != 1:
        scale_contrast(target, contrast)
    if specks > 0:
        add_specks(target, specks, seed)
    elif noise[0] + noise[1] + noise[2] > 0:
        add_normal(target, noise, seed, quantiles)


@_kernel
def warp(
    source: np.ndarray,
    target: np.ndarray,
    affine: tuple[float, float, float, float, float, float],
    fill_mode: int,
    cval: np.float32,
) -> None:
    """Fill `target` by bilinear interpolation in `source`.

    Args:
        source: Image, float32 of shape (height, width, channels).
        target: Of the same shape.
        affine: `(a, b, c, d, y, x)`: the pixel at (r, q) from the centre takes the value at
            (a r + b q + y, c r + d q + x) from the centre.
        fill_mode: Index into `FILL_MODES`.
        cval: The constant.
    """
    height, width, channels = source.shape
    a, b, c, d, shift_y, shift_x = affine
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    for row in range(height):
        first_y = a * (row - middle_y) - b * middle_x + shift_y + middle_y
        first_x = c * (row - middle_y) - d * middle_x + shift_x + middle_x
        for column in range(width):
            y = _place(first_y + b * column, height, fill_mode)
            x = _place(first_x + d * column, width, fill_mode)
            if y < 0 or x < 0:
                for k in range(channels):
                    target[row, column, k] = cval
                continue
            i, j = int(y), int(x)
            down, across = np.float32(y - i), np.float32(x - j)
            top, bottom = np.uintp(i), np.uintp(_next(i, height, fill_mode))  # unsigned indices are not
            left, right = np.uintp(j), np.uintp(_next(j, width, fill_mode))  # tested for being negative
            for k in range(channels):
                upper, lower = source[top, left, k], source[bottom, left, k]
                upper += (source[top, right, k] - upper) * across
                lower += (source[bottom, right, k] - lower) * across
                target[row, column, k] = upper + (lower - upper) * down


@_kernel
def _place(p: float, size: int, fill_mode: int) -> float:
    """Return where in the image, from 0 to below `size`, a coordinate is found, or -1 for the constant."""
    if 0 <= p <= size - 1:
        return p
    if fill_mode == 3:
        return -1.0
    if fill_mode == 2:
        p %= size
        return p if p < size else 0.0  # what is left of a tiny negative number is rounded up
    if fill_mode == 1:
        p = abs(p + 0.5) % (2.0 * size)
        p = min(p, 2.0 * size - p) - 0.5
    return min(max(p, 0.0), size - 1.0)


@_kernel
def _next(index: int, size: int, fill_mode: int) -> int:
    """Return the index of the neighbour on the right or below."""
    if index + 1 < size:
        return index + 1
    return 0 if fill_mode == 2 else index


@_kernel
def add_amount(image: np.ndarray, amount: np.float32) -> None:
    """Add to all values, and clip them to the smallest and the largest that there were."""
    values = image.ravel()
    low = high = values[0]
    for value in values:
        low, high = min(low, value), max(high, value)
    for n in range(values.size):
        values[n] = min(max(values[n] + amount, low), high)


@_kernel
def scale_values(image: np.ndarray, factor: np.float32, offset: np.float32) -> None:
    """Multiply all values, add the offset, and clip them to 0..255."""
    values = image.ravel()
    for n in range(values.size):
        values[n] = min(max(values[n] * factor + offset, _BLACK), _WHITE)


@_kernel
def scale_contrast(image: np.ndarray, factor: np.float32) -> None:
    """Multiply the distance of all values from their mean, and clip them to 0..255."""
    total = 0.0
    for value in image.ravel():
        total += value
    mean = np.float32(total / image.size)
    scale_values(image, factor, mean - mean * factor)


@_kernel
def add_normal(
    image: np.ndarray,
    deviation: tuple[np.float32, np.float32, np.float32],
    seed: np.uint64,
    quantiles: np.ndarray,
) -> None:
    """Add normal noise, and clip the values to 0..255.

    Args:
        image: The image.
        deviation: (c, l, r): the standard deviation of a value v is c + l v + r sqrt(v).
        seed: Of the noise.
        quantiles: 65,536 equally likely values of the standard normal distribution, float32.
    """
    constant, linear, root = deviation
    values = image.ravel()
    state, bits = seed, np.uint64(0)
    for n in range(values.size):
        if n % 4 == 0:
            state += np.uint64(0x9E3779B97F4A7C15)
            bits = _mixed(state)
        light = max(values[n], _BLACK)
        std = constant + linear * light + root * np.sqrt(light)
        values[n] = min(max(values[n] + std * quantiles[bits & np.uint64(0xFFFF)], _BLACK), _WHITE)
        bits >>= np.uint64(16)


@_kernel
def add_specks(image: np.ndarray, count: int, seed: np.uint64) -> None:
    """Turn random pixels white and black in turns, in all their channels."""
    height, width, channels = image.shape
    state = seed
    for n in range(count):
        state += np.uint64(0x9E3779B97F4A7C15)
        place = _mixed(state) % np.uint64(height * width)
        row, column = place // np.uint64(width), place % np.uint64(width)
        for k in range(channels):
            image[row, column, k] = _BLACK if n % 2 else _WHITE


@_kernel
def _mixed(state: np.uint64) -> np.uint64:
    """Return the random bits of a state of SplitMix64.

    Source: Steele, Lea and Flood (2014): Fast splittable pseudorandom number generators.
    """
    bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.uint64 = bits ^ (bits >> np.uint64(31))
    return mixed
