"""Line charts as inline SVG: they take their colours from the page, and so go dark with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yzlite_eval.report.markup import Markup, tag

COLORS = 8  # the page's style names as many
FAINT = "faint"

# As wide as a phone, so that the text has its true size there.
_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 360, 42, 10, 12, 36


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        x: Horizontal values.
        y: Vertical values; None is a gap at the ends.
        color: A class of the page's style: `c0` to `c7`, or `faint`.
        is_dashed: Whether it is drawn with dashes.
    """

    x: Sequence[float]
    y: Sequence[float | None]
    color: str
    is_dashed: bool = False

    @property
    def points(self) -> list[tuple[float, float]]:
        """The points that have a number."""
        return [(x, y) for x, y in zip(self.x, self.y, strict=True) if y is not None]


def line_chart(
    title: str,
    lines: Sequence[Line],
    x_label: str,
    y_label: str,
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    marked_x: float | None = None,
    height: int = 240,
) -> Markup:
    """Return a line chart.

    Args:
        title: What it shows, for those who cannot see it.
        lines: The lines; later ones are drawn over earlier ones.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical axis.
        x_range: Its ends; None fits the lines.
        y_range: Its ends; None fits the lines.
        marked_x: Where an upright line marks something.
        height: In units of which the width has 360.
    """
    points = [point for line in lines for point in line.points]
    x_scale = _Scale(x_range or _extent(x for x, _ in points), _LEFT, _WIDTH - _RIGHT)
    y_scale = _Scale(y_range or _padded(_extent(y for _, y in points)), height - _BOTTOM, _TOP)
    marker = []
    if marked_x is not None:
        at = x_scale.at(marked_x)
        marker = [tag("line", class_="marked", x1=at, x2=at, y1=_TOP, y2=height - _BOTTOM)]
    return tag(
        "svg",
        tag("title", title),
        _grid(x_scale, y_scale, height),
        tag(
            "text",
            x_label,
            class_="axis",
            x=(_LEFT + _WIDTH - _RIGHT) / 2,
            y=height - 4,
            text_anchor="middle",
        ),
        tag(
            "text",
            y_label,
            class_="axis",
            transform=f"translate(10 {(_TOP + height - _BOTTOM) / 2}) rotate(-90)",
            text_anchor="middle",
        ),
        marker,
        (_drawn(line, x_scale, y_scale) for line in lines),
        class_="chart",
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
    )


def legend(names: Iterable[tuple[str, str]]) -> Markup:
    """Return the key of a chart, from (color, name) pairs."""
    keys = (tag("li", tag("i", class_=f"key {color}"), name) for color, name in names)
    return tag("ul", keys, class_="legend")


def sparkline(channels: Sequence[Sequence[float]]) -> Markup:
    """Return signals of 0 to 1 as lines without axes."""
    drawn = []
    for number, channel in enumerate(channels):
        step = 96 / max(len(channel) - 1, 1)
        path = " ".join(f"{position * step:.1f},{60 - 56 * y:.1f}" for position, y in enumerate(channel))
        drawn.append(tag("polyline", points=path, class_=f"line c{number % COLORS}"))
    return tag("svg", drawn, class_="signal", viewBox="0 0 96 64", aria_hidden="true")


@dataclass(frozen=True)
class _Scale:
    """Maps values to positions."""

    values: tuple[float, float]
    start: float
    end: float

    def at(self, value: float) -> float:
        low, high = self.values
        return round(self.start + (value - low) / (high - low) * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[float]:
        """Between three and seven round values."""
        low, high = self.values
        rough = (high - low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = min((1, 2, 5, 10), key=lambda factor: abs(factor * power - rough)) * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        return [round(number * step, 12) for number in range(first, last + 1)]


def _grid(x_scale: _Scale, y_scale: _Scale, height: int) -> list[Markup]:
    drawn = []
    for value in y_scale.ticks:
        at = y_scale.at(value)
        drawn.append(tag("line", class_="grid", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=at, y2=at))
        drawn.append(tag("text", f"{value:g}", class_="tick", x=_LEFT - 6, y=at + 4, text_anchor="end"))
    bottom = height - _BOTTOM
    for value in x_scale.ticks:
        at = x_scale.at(value)
        drawn.append(tag("line", class_="grid", x1=at, x2=at, y1=_TOP, y2=bottom))
        drawn.append(tag("text", f"{value:g}", class_="tick", x=at, y=bottom + 15, text_anchor="middle"))
    return drawn


def _drawn(line: Line, x_scale: _Scale, y_scale: _Scale) -> Markup:
    places = [(x_scale.at(x), y_scale.at(y)) for x, y in line.points]
    if len(places) == 1:
        return tag("circle", cx=places[0][0], cy=places[0][1], r=4, class_=f"dot {line.color}")
    dashes = " dashed" if line.is_dashed else ""
    return tag(
        "polyline", points=" ".join(f"{x:g},{y:g}" for x, y in places), class_=f"line {line.color}{dashes}"
    )


def _extent(values: Iterable[float]) -> tuple[float, float]:
    known = list(values) or [0.0]
    low, high = min(known), max(known)
    if high > low:
        return low, high
    around = abs(low) / 2 or 0.5
    return low - around, high + around


def _padded(extent: tuple[float, float]) -> tuple[float, float]:
    low, high = extent
    return low - 0.04 * (high - low), high + 0.04 * (high - low)
