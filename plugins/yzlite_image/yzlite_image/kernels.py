"""The loops over pixels, compiled. Images are C-contiguous; those that are changed in place are float32.

What the compiler turns into vector instructions are plain loops over arrays that do not depend on each
other, which is why some steps are taken in blocks.
"""

from __future__ import annotations

import math

import numpy as np

from yzlite_core.plugin.data import compile_kernel
from yzlite_image.geometry import IDENTITY

#: What is beyond the edges of abcd: aaaa|abcd|dddd, dcba|abcd|dcba, abcd|abcd|abcd, or a constant.
FILL_MODES = ("nearest", "reflect", "wrap", "constant")

_BLACK, _UNIT, _WHITE = np.float32(0), np.float32(1), np.float32(255)
_TINY = np.float32(1e-6)  # keeps a uniform image from a division by zero
_BLOCK = 128
_LANES = 384  # a multiple of 3 and of 4, so that a lane is of one channel
_NUMBERS = np.arange(_BLOCK, dtype=np.uint32)
_STEPS = _NUMBERS.astype(np.float32)
_BYTE, _WORD = np.uint32(0xFF), np.uint32(0xFFFF)
_kernel = compile_kernel(error_model="numpy")  # no test for a division by zero: there is none


@_kernel
def augment(
    sources: np.ndarray,
    targets: np.ndarray,
    changes: np.ndarray,
    fill_mode: int,
    cval: np.float32,
    quantiles: np.ndarray,
    quads: np.ndarray | None,
) -> None:
    """Fill `targets` with the changed images of a batch.

    All in one call, because a thread that gave up the interpreter's lock may wait longer to get it back
    than a single step takes. The fourth channel of four is how opaque a pixel is: it moves with the pixel,
    and its value stays.

    Args:
        sources: Images, uint8 or float32 of shape (n, height, width, channels).
        targets: float32 of the same shape.
        changes: `yzlite_image.augmentation.CHANGES` of shape (n,).
        fill_mode: See `warp`.
        cval: See `warp`.
        quantiles: See `add_normal`.
        quads: See `warp`.
    """
    count, height, width, channels = sources.shape
    opacity = np.empty((height, width) if channels == 4 else (0, 0), np.float32)
    for n in range(count):
        change, source, target = changes[n], sources[n], targets[n]
        a, b, c, d, y, x = change.affine
        if (a, b, c, d, y, x) == IDENTITY:
            target.ravel()[:] = source.ravel()
        else:
            warp(source, target, (a, b, c, d, y, x), fill_mode, cval, quads)
        if channels == 4:
            opacity[:] = target[:, :, 3]
        if change.amount != 0:
            add_amount(target, np.float32(change.amount))
        if change.brightness != 1:
            scale_values(target, np.float32(change.brightness), _BLACK)
        if change.contrast != 1:
            scale_contrast(target, np.float32(change.contrast))
        constant, linear, root = change.noise.deviation
        if change.noise.specks > 0:
            add_specks(target, round(change.noise.specks * height * width), change.seed)
        elif constant + linear + root > 0:
            deviation = np.float32(constant), np.float32(linear), np.float32(root)
            add_normal(target, deviation, change.seed, quantiles)
        if channels == 4:
            target[:, :, 3] = opacity


@_kernel
def warp(
    source: np.ndarray,
    target: np.ndarray,
    affine: tuple[float, float, float, float, float, float],
    fill_mode: int,
    cval: np.float32,
    quads: np.ndarray | None,
) -> None:
    """Fill `target` by bilinear interpolation in `source`.

    Args:
        source: Image, uint8 or float32 of shape (height, width, channels).
        target: float32 of the same shape.
        affine: `(a, b, c, d, y, x)`: the pixel at (r, q) from the centre takes the value at
            (a r + b q + y, c r + d q + x) from the centre.
        fill_mode: Index into `FILL_MODES`.
        cval: The constant.
        quads: Memory for as many uint32 as the image has values, if they are uint8; None if they are float32.
    """
    height, width, channels = shape = source.shape
    pixels, made = source.ravel(), target.ravel()
    corners, packed = np.empty(_BLOCK, np.uint32), np.empty(_BLOCK, np.uint32)
    right, lower = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32)
    blended = np.empty(_BLOCK, np.float32)
    if quads is not None:
        _pack_neighbours(pixels, quads, shape)
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
                if quads is not None:
                    _blend_quads(quads, packed, blended, corners, right, lower, k, count)
                else:
                    _blend(pixels, blended, corners, right, lower, k, count, shape)
                for n in range(count):
                    made[np.uintp(start + n * channels + k)] = blended[n]


@_kernel
def _neighbours(shape: tuple[int, int, int]) -> tuple[np.uintp, np.uintp]:
    """Return how far apart neighbours are in memory: beside and below each other; 0 where there is none."""
    height, width, channels = shape
    return np.uintp(channels if width > 1 else 0), np.uintp(width * channels if height > 1 else 0)


@_kernel
def _pack_neighbours(pixels: np.ndarray, quads: np.ndarray, shape: tuple[int, int, int]) -> None:
    """Put each byte and its neighbours on the right and below into one number, which is read at once."""
    height, width, channels = shape
    across, down = _neighbours(shape)
    count = np.uintp(max(width - 1, 1) * channels)
    for row in range(max(height - 1, 1)):
        start = np.uintp(row * width * channels)
        corner, right = pixels[start : start + count], pixels[start + across : start + across + count]
        lower = pixels[start + down : start + down + count]
        last = pixels[start + down + across : start + down + across + count]
        packed = quads[start : start + count]
        for n in range(count):
            above = np.uint32(corner[n]) | np.uint32(right[n]) << np.uint32(8)
            packed[n] = above | np.uint32(lower[n]) << np.uint32(16) | np.uint32(last[n]) << np.uint32(24)


@_kernel
def _blend_quads(
    quads: np.ndarray,
    packed: np.ndarray,
    blended: np.ndarray,
    corners: np.ndarray,
    right: np.ndarray,
    lower: np.ndarray,
    k: int,
    count: int,
) -> None:
    """Interpolate channel `k` of some pixels as `_blend` does, between packed bytes."""
    for n in range(count):
        packed[n] = quads[np.uintp(corners[n] + np.uint32(k))]
    for n in range(count):
        quad, right_weight, lower_weight = packed[n], right[n], lower[n]
        left_weight, upper_weight = _UNIT - right_weight, _UNIT - lower_weight
        above = _byte(quad, 0) * left_weight + _byte(quad, 8) * right_weight
        below = _byte(quad, 16) * left_weight + _byte(quad, 24) * right_weight
        blended[n] = above * upper_weight + below * lower_weight


@_kernel
def _byte(quad: np.uint32, shift: int) -> np.float32:
    byte: np.float32 = np.float32(np.int32((quad >> np.uint32(shift)) & _BYTE))
    return byte


@_kernel
def _blend(
    pixels: np.ndarray,
    blended: np.ndarray,
    corners: np.ndarray,
    right: np.ndarray,
    lower: np.ndarray,
    k: int,
    count: int,
    shape: tuple[int, int, int],
) -> None:
    """Interpolate channel `k` of some pixels.

    Args:
        pixels: The values of the image, float32.
        blended: Become those of the pixels.
        corners: See `_find_corners`.
        right: See there.
        lower: See there.
        k: The channel.
        count: How many pixels.
        shape: Of the image.
    """
    across, down = _neighbours(shape)
    for n in range(count):
        corner = np.uintp(corners[n] + np.uint32(k))  # unsigned: not tested for being negative
        right_weight, lower_weight = right[n], lower[n]
        left_weight, upper_weight = _UNIT - right_weight, _UNIT - lower_weight
        above = pixels[corner] * left_weight + pixels[corner + across] * right_weight
        under = corner + down
        below = pixels[under] * left_weight + pixels[under + across] * right_weight
        blended[n] = above * upper_weight + below * lower_weight


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

    What is beyond the edge is taken from the edge. Coordinates are float32: of an image of a thousand
    pixels they are off by a ten-thousandth of a pixel at most, and still lead nowhere but into the image.

    Args:
        corners: Becomes the place of the upper left one of the four neighbours.
        right: Becomes the weight of the two on the right.
        lower: Becomes the weight of the two that are below.
        shape: Of the image.
        first: The first pixel.
        count: How many pixels, up to a block.
        line: The coordinates of the row's first pixel and their steps: y, step of y, x, step of x.
    """
    height, width, channels = np.int32(shape[0]), np.int32(shape[1]), np.int32(shape[2])
    last_row, last_column = max(height - 2, 0), max(width - 2, 0)  # that have a neighbour below, beside
    y, step_y = np.float32(line[0] + line[1] * first), np.float32(line[1])
    x, step_x = np.float32(line[2] + line[3] * first), np.float32(line[3])
    end_y, end_x = np.float32(height - 1), np.float32(width - 1)
    for n in range(count):
        at_y = min(max(y + step_y * _STEPS[n], _BLACK), end_y)
        at_x = min(max(x + step_x * _STEPS[n], _BLACK), end_x)
        i, j = min(np.int32(at_y), np.int32(last_row)), min(np.int32(at_x), np.int32(last_column))
        lower[n] = at_y - np.float32(i)
        right[n] = at_x - np.float32(j)
        corners[n] = np.uint32((i * width + j) * channels)


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
            above = np.float32(pixels[corners[0] * channels + k])
            below = np.float32(pixels[corners[2] * channels + k])
            above += (np.float32(pixels[corners[1] * channels + k]) - above) * right
            below += (np.float32(pixels[corners[3] * channels + k]) - below) * right
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
    channels = image.shape[2]
    lanes, total = _lane_sums(image.ravel()), 0.0
    if channels != 3 and channels != 4:
        return float(lanes.sum() / image.size)
    for red in range(0, _LANES, channels):
        total += 0.299 * lanes[red] + 0.587 * lanes[red + 1] + 0.114 * lanes[red + 2]
    return float(total / (image.size // channels))


@_kernel
def _lane_sums(values: np.ndarray) -> np.ndarray:
    """Return the sums of the values that are `_LANES` apart."""
    lanes = np.zeros(_LANES)
    whole = values.size // _LANES * _LANES
    for first in range(0, whole, _LANES):
        block = values[first : first + _LANES]
        for lane in range(_LANES):
            lanes[lane] += block[lane]
    for n in range(whole, values.size):
        lanes[n - whole] += values[n]
    return lanes


@_kernel
def normalize(samples: np.ndarray, std: bool) -> None:
    """Subtract from each sample its mean and, if asked for, divide it by its standard deviation.

    Args:
        samples: float32 of shape (n, values).
        std: Whether to divide.
    """
    sums, squares = np.empty(_BLOCK), np.empty(_BLOCK)
    for n in range(len(samples)):
        values = samples[n]
        size = values.size
        sums[:] = 0.0
        squares[:] = 0.0
        whole = size // _BLOCK * _BLOCK
        for first in range(0, whole, _BLOCK):
            block = values[first : first + _BLOCK]
            for lane in range(_BLOCK):
                value = np.float64(block[lane])
                sums[lane] += value
                squares[lane] += value * value
        for place in range(whole, size):
            sums[place - whole] += values[place]
            squares[place - whole] += np.float64(values[place]) * values[place]
        mean = sums.sum() / size
        factor = _UNIT
        if std:
            factor = _UNIT / (np.float32(math.sqrt(max(squares.sum() / size - mean * mean, 0.0))) + _TINY)
        middle = np.float32(mean)
        for place in range(size):
            values[place] = (values[place] - middle) * factor


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
    bits, drawn = np.empty(_BLOCK, np.uint32), np.empty(2 * _BLOCK, np.float32)
    low, high = drawn[:_BLOCK], drawn[_BLOCK:]
    values = image.ravel()
    for first in range(0, values.size, drawn.size):
        block = values[first : first + drawn.size]
        for n in range(_BLOCK):  # a number that is known is quicker than that of the values
            bits[n] = _random_bits(seed, np.uint32(first) + _NUMBERS[n])
        for n in range(_BLOCK):
            low[n] = quantiles[bits[n] & _WORD]
        for n in range(_BLOCK):
            high[n] = quantiles[bits[n] >> np.uint32(16)]
        if linear == 0 and root == 0:
            for n in range(block.size):
                block[n] = min(max(block[n] + constant * drawn[n], _BLACK), _WHITE)
            continue
        for n in range(block.size):
            light = max(block[n], _BLACK)
            std = constant + linear * light + root * np.sqrt(light)
            block[n] = min(max(block[n] + std * drawn[n], _BLACK), _WHITE)


@_kernel
def add_specks(image: np.ndarray, count: int, seed: np.uint32) -> None:
    """Turn random pixels white and black in turns, in all their channels."""
    height, width, channels = image.shape
    for n in range(count):
        place = (np.uint64(_random_bits(seed, np.uint32(n))) * np.uint64(height * width)) >> np.uint64(32)
        row, column = place // np.uint64(width), place % np.uint64(width)
        for k in range(channels):
            image[row, column, k] = _BLACK if n % 2 else _WHITE


@_kernel
def _random_bits(seed: np.uint32, number: np.uint32) -> np.uint32:
    """Return 32 random bits that follow from a seed and a number: the last step of MurmurHash3 (Appleby)."""
    bits = np.uint32(seed + number * np.uint32(0x9E3779B9))
    bits = np.uint32(np.uint32(bits ^ (bits >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    bits = np.uint32(np.uint32(bits ^ (bits >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    mixed: np.uint32 = np.uint32(bits ^ (bits >> np.uint32(16)))
    return mixed
