"""The loops over pixels, compiled. Images are float32 and C-contiguous, and are changed in place.

What the compiler turns into vector instructions are plain loops over arrays that do not depend on each
other, which is why some steps are taken in blocks.
"""

from __future__ import annotations

import math

import numpy as np

from yzlite_core.compiled import compile_kernel
from yzlite_image.geometry import IDENTITY

#: What is beyond the edges of abcd: aaaa|abcd|dddd, dcba|abcd|dcba, abcd|abcd|abcd, or a constant.
FILL_MODES = ("nearest", "reflect", "wrap", "constant")

_BLACK, _UNIT, _WHITE = np.float32(0), np.float32(1), np.float32(255)
_BITS = 24  # after the point of a coordinate in whole numbers
_ONE, _ULP = np.int64(1 << _BITS), np.float32(2.0**-_BITS)
_BLOCK = 128
_kernel = compile_kernel(error_model="numpy")  # no test for a division by zero: there is none


@_kernel
def augment(
    sources: np.ndarray,
    targets: np.ndarray,
    changes: np.ndarray,
    seeds: np.ndarray,
    fill_mode: int,
    cval: np.float32,
    quantiles: np.ndarray,
) -> None:
    """Fill `targets` with the changed images of a batch.

    All in one call, because a thread that gave up the interpreter's lock may wait longer to get it back
    than a single step takes. The fourth channel of four is how opaque a pixel is: it moves with the pixel,
    and its value stays.

    Args:
        sources: Images, float32 of shape (n, height, width, channels).
        targets: Of the same shape.
        changes: float64 of shape (n, 13): the six numbers of `warp`; what is added to all values, their
            factor, and the factor of their distance from the mean; the three numbers of `add_normal`; the
            number of black and white pixels.
        seeds: Of the noise, uint32 of shape (n,).
        fill_mode: See `warp`.
        cval: See `warp`.
        quantiles: See `add_normal`.
    """
    count, height, width, channels = sources.shape
    opacity = np.empty((height, width) if channels == 4 else (0, 0), np.float32)
    for n in range(count):
        a, b, c, d, y, x, amount, brightness, contrast, constant, linear, root, specks = changes[n]
        source, target = sources[n], targets[n]
        if (a, b, c, d, y, x) == IDENTITY:
            target.ravel()[:] = source.ravel()
        else:
            warp(source, target, (a, b, c, d, y, x), fill_mode, cval)
        if channels == 4:
            opacity[:] = target[:, :, 3]
        if amount != 0:
            add_amount(target, np.float32(amount))
        if brightness != 1:
            scale_values(target, np.float32(brightness), _BLACK)
        if contrast != 1:
            scale_contrast(target, np.float32(contrast))
        if specks > 0:
            add_specks(target, round(specks), seeds[n])
        elif constant + linear + root > 0:
            deviation = np.float32(constant), np.float32(linear), np.float32(root)
            add_normal(target, deviation, seeds[n], quantiles)
        if channels == 4:
            target[:, :, 3] = opacity


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
    height, width, channels = shape = source.shape
    pixels, made = source.ravel(), target.ravel()
    corners = np.empty(_BLOCK, np.uint32)
    right, lower = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32)
    across = np.uintp(channels if width > 1 else 0)
    down = np.uintp(width * channels if height > 1 else 0)
    a, b, c, d, shift_y, shift_x = affine
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    for row in range(height):
        y = a * (row - middle_y) - b * middle_x + shift_y + middle_y
        x = c * (row - middle_y) - d * middle_x + shift_x + middle_x
        line = (y, b, x, d)
        first, last = 0, width
        if fill_mode != 0:
            first_y, last_y = _inside(y, b, height, width)
            first_x, last_x = _inside(x, d, width, width)
            first = max(first_y, first_x)
            last = max(first, min(last_y, last_x))
            _fill_edge(pixels, made, shape, row, 0, first, line, fill_mode, cval)
            _fill_edge(pixels, made, shape, row, last, width, line, fill_mode, cval)
        for begin in range(first, last, _BLOCK):
            count = min(_BLOCK, last - begin)
            _find_corners(corners, right, lower, shape, begin, count, line)
            start = (row * width + begin) * channels
            for k in range(channels):
                for n in range(count):
                    corner = np.uintp(corners[n] + np.uint32(k))  # unsigned: not tested for being negative
                    right_weight, lower_weight = right[n], lower[n]
                    left_weight, upper_weight = _UNIT - right_weight, _UNIT - lower_weight
                    above = pixels[corner] * left_weight + pixels[corner + across] * right_weight
                    under = corner + down
                    below = pixels[under] * left_weight + pixels[under + across] * right_weight
                    made[np.uintp(start + n * channels + k)] = above * upper_weight + below * lower_weight


@_kernel
def _inside(start: float, step: float, size: int, columns: int) -> tuple[int, int]:
    """Return which columns, from the first to before the last, have a coordinate inside the image."""
    end = size - 1.0
    if step == 0:
        return (0, columns) if 0 <= start <= end else (0, 0)
    bounds = -start / step, (end - start) / step
    first = math.ceil(min(max(min(bounds), 0.0), float(columns)))
    last = math.floor(min(max(max(bounds) + 1, 0.0), float(columns)))
    while first < last and not 0 <= start + step * first <= end:
        first += 1
    while first < last and not 0 <= start + step * (last - 1) <= end:
        last -= 1
    return first, last


@_kernel
def _find_corners(
    corners: np.ndarray,
    right: np.ndarray,
    lower: np.ndarray,
    shape: tuple[int, int, int],
    first: int,
    count: int,
    line: tuple[float, float, float, float],
) -> None:
    """Find for some pixels of a row from where, and with which weights, their values are taken.

    What is beyond the edge is taken from the edge. Coordinates are whole numbers of 2**-24 pixels, which are
    quick to take apart.

    Args:
        corners: Becomes the place of the upper left one of the four neighbours.
        right: Becomes the weight of the two on the right.
        lower: Becomes the weight of the two that are below.
        shape: Of the image.
        first: The first pixel.
        count: How many pixels.
        line: The coordinates of the row's first pixel and their steps: y, step of y, x, step of x.
    """
    height, width, channels = shape
    end_y, end_x = _ONE * (height - 1), _ONE * (width - 1)
    last_row, last_column = max(height - 2, 0), max(width - 2, 0)  # that have a neighbour below, beside
    y, step_y, x, step_x = _in_ulps(line[0]), _in_ulps(line[1]), _in_ulps(line[2]), _in_ulps(line[3])
    for n in range(count):
        at_y = min(max(y + step_y * (first + n), 0), end_y)
        at_x = min(max(x + step_x * (first + n), 0), end_x)
        i, j = min(at_y >> _BITS, last_row), min(at_x >> _BITS, last_column)
        right[n] = np.float32(at_x - (j << _BITS)) * _ULP
        lower[n] = np.float32(at_y - (i << _BITS)) * _ULP
        corners[n] = np.uint32((i * width + j) * channels)


@_kernel
def _in_ulps(coordinate: float) -> int:
    ulps: int = np.int64(math.floor(coordinate * _ONE + 0.5))
    return ulps


@_kernel
def _fill_edge(
    pixels: np.ndarray,
    made: np.ndarray,
    shape: tuple[int, int, int],
    row: int,
    first: int,
    last: int,
    line: tuple[float, float, float, float],
    fill_mode: int,
    cval: np.float32,
) -> None:
    """Fill the pixels of a row, wherever their neighbours are."""
    height, width, channels = shape
    for column in range(first, last):
        y = _place(line[0] + line[1] * column, height, fill_mode)
        x = _place(line[2] + line[3] * column, width, fill_mode)
        target = np.uintp((row * width + column) * channels)
        if y < 0 or x < 0:
            for k in range(np.uintp(channels)):
                made[target + k] = cval
            continue
        i, j = int(y), int(x)
        lower, right = np.float32(y - i), np.float32(x - j)
        top, bottom = i * width, _next(i, height, fill_mode) * width
        beside = _next(j, width, fill_mode)
        corners = top + j, top + beside, bottom + j, bottom + beside
        for k in range(channels):
            above, below = pixels[corners[0] * channels + k], pixels[corners[2] * channels + k]
            above += (pixels[corners[1] * channels + k] - above) * right
            below += (pixels[corners[3] * channels + k] - below) * right
            made[target + np.uintp(k)] = above + (below - above) * lower


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
    """Multiply the distance of all values from the mean of the grey image, and clip them to 0..255."""
    mean = np.float32(_grey_mean(image))
    scale_values(image, factor, mean - mean * factor)


@_kernel
def _grey_mean(image: np.ndarray) -> float:
    """Return the mean of an image in grey; of another number of channels than 3 and 4 that of all values.

    Source: ITU-R BT.601, the weights by which Pillow turns colours to grey.
    """
    values, channels = image.ravel(), image.shape[2]
    if channels != 3 and channels != 4:
        return _sum(values) / image.size
    total = 0.0
    for n in range(0, values.size, channels):
        total += 0.299 * values[n] + 0.587 * values[n + 1] + 0.114 * values[n + 2]
    return float(total / (values.size // channels))


@_kernel
def _sum(values: np.ndarray) -> float:
    """Return the sum of values, which is taken in several lanes."""
    lanes = np.zeros(_BLOCK)
    whole = values.size // _BLOCK * _BLOCK
    for first in range(0, whole, _BLOCK):
        block = values[first : first + _BLOCK]
        for lane in range(_BLOCK):
            lanes[lane] += block[lane]
    total = 0.0
    for lane in range(_BLOCK):
        total += lanes[lane]
    for n in range(whole, values.size):
        total += values[n]
    return total


@_kernel
def add_normal(
    image: np.ndarray,
    deviation: tuple[np.float32, np.float32, np.float32],
    seed: np.uint32,
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
    places, drawn = np.empty(_BLOCK, np.uint32), np.empty(_BLOCK, np.float32)
    values = image.ravel()
    for first in range(0, values.size, _BLOCK):
        block = values[first : first + _BLOCK]
        for n in range(block.size):
            places[n] = _random_bits(seed, first + n) >> np.uint32(16)
        for n in range(block.size):
            drawn[n] = quantiles[places[n]]
        for n in range(block.size):
            light = max(block[n], _BLACK)
            std = constant + linear * light + root * np.sqrt(light)
            block[n] = min(max(block[n] + std * drawn[n], _BLACK), _WHITE)


@_kernel
def add_specks(image: np.ndarray, count: int, seed: np.uint32) -> None:
    """Turn random pixels white and black in turns, in all their channels."""
    height, width, channels = image.shape
    for n in range(count):
        place = (np.uint64(_random_bits(seed, n)) * np.uint64(height * width)) >> np.uint64(32)
        row, column = place // np.uint64(width), place % np.uint64(width)
        for k in range(channels):
            image[row, column, k] = _BLACK if n % 2 else _WHITE


@_kernel
def _random_bits(seed: np.uint32, number: int) -> np.uint32:
    """Return 32 random bits that follow from a seed and a number: the last step of MurmurHash3 (Appleby)."""
    bits = np.uint32(seed + np.uint32(number) * np.uint32(0x9E3779B9))
    bits = np.uint32(np.uint32(bits ^ (bits >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    bits = np.uint32(np.uint32(bits ^ (bits >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    mixed: np.uint32 = np.uint32(bits ^ (bits >> np.uint32(16)))
    return mixed
