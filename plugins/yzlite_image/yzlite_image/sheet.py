"""A contact sheet: images before and after, with their labels and what was drawn for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from yzlite_image.looking import Pair
from yzlite_image.saving import has_other_range, image_pixels

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_SIDE: Final = 160  # pixels of the longer side of an image on the sheet
_GAP: Final = 4
_MARGIN: Final = 16
_LABEL, _SMALL = 18, 14  # sizes of letters, in pixels
_LINES: Final = 3  # of what was drawn
_CELL_WIDTH: Final = 2 * _SIDE + _GAP
_CELL_HEIGHT: Final = _LABEL + 6 + _SIDE + 4 + _LINES * (_SMALL + 2)
_PAPER, _INK, _FAINT, _EDGE = "#ffffff", "#16202e", "#5b6778", "#d5dae1"


def contact_sheet(pairs: Sequence[Pair], title: str, columns: int | None = None) -> Image:
    """Return a sheet on which each image stands on the left of what was made of it.

    Args:
        pairs: What is shown.
        title: What stands above.
        columns: Pairs in a row; None for a sheet that is about as wide as it is high.
    """
    from PIL import Image, ImageDraw

    ratio = (_CELL_HEIGHT + _MARGIN) / (_CELL_WIDTH + _MARGIN)
    columns = columns or max(1, round(math.sqrt(len(pairs) * ratio)))
    rows = -(-len(pairs) // columns)
    top = _MARGIN + _LABEL + 4 + _SMALL + _MARGIN
    size = (
        _MARGIN + columns * (_CELL_WIDTH + _MARGIN),
        top + rows * (_CELL_HEIGHT + _MARGIN),
    )
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_MARGIN, _MARGIN), title, _LABEL, _INK, size[0] - 2 * _MARGIN)
    under = "left: as it was read, right: as the network gets to see it, before it is standardized"
    _write(draw, (_MARGIN, _MARGIN + _LABEL + 4), under, _SMALL, _FAINT, size[0] - 2 * _MARGIN)
    for number, pair in enumerate(pairs):
        row, column = divmod(number, columns)
        place = (_MARGIN + column * (_CELL_WIDTH + _MARGIN), top + row * (_CELL_HEIGHT + _MARGIN))
        _draw_pair(sheet, draw, place, pair)
    return sheet


def _draw_pair(sheet: Image, draw: ImageDraw, place: tuple[int, int], pair: Pair) -> None:
    left, top = place
    _write(draw, place, pair.label, _LABEL, _INK, _CELL_WIDTH)
    top += _LABEL + 6
    for number, data in enumerate((pair.before, pair.after)):
        image = _fitted(data)
        x = left + number * (_SIDE + _GAP) + (_SIDE - image.width) // 2
        y = top + (_SIDE - image.height) // 2
        sheet.paste(image, (x, y))
        draw.rectangle((x, y, x + image.width - 1, y + image.height - 1), outline=_EDGE)
    top += _SIDE + 4
    for line in _wrapped(draw, pair.drawn or ("unchanged",)):
        _write(draw, (left, top), line, _SMALL, _FAINT, _CELL_WIDTH)
        top += _SMALL + 2


def _fitted(data: np.ndarray) -> Image:
    """Return an image whose longer side is that of the sheet's places; pixels stay visible as such."""
    from PIL import Image

    shown = (
        data if data.ndim == 3 and data.shape[2] in (1, 3, 4) else data.reshape(*data.shape[:2], -1)[:, :, :1]
    )
    image = Image.fromarray(image_pixels(shown, auto_scale=has_other_range(shown)))
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, _PAPER), image)
    factor = _SIDE / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    how = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX
    return image.convert("RGB").resize(size, how)


def _wrapped(draw: ImageDraw, parts: Sequence[str]) -> list[str]:
    """Return the parts in as many lines as there is room for; what does not fit is counted."""
    font = _font(_SMALL)
    lines = [""]
    for number, part in enumerate(parts):
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        if not lines[-1] or draw.textlength(longer, font) <= _CELL_WIDTH:
            lines[-1] = longer
        elif len(lines) < _LINES:
            lines.append(part)
        else:
            lines[-1] += f" +{len(parts) - number}"
            break
    return lines


def _write(draw: ImageDraw, place: tuple[int, int], text: str, size: int, color: str, width: int) -> None:
    """Write one line of text, shortened to a width in pixels."""
    font = _font(size)
    if draw.textlength(text, font) > width:
        while text and draw.textlength(f"{text}…", font) > width:
            text = text[:-1]
        text += "…"
    draw.text(place, text, color, font)


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
