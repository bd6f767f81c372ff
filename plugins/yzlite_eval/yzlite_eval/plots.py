"""Plots as PNG files: the same data give the same bytes.

Only matplotlib's object interface is used: no global figure, no window, no change of its settings.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from yzlite_core.plugin import Best
from yzlite_core.plugin.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curve = Sequence[Any]  # numbers; None where they are undefined

_PALETTE = ("#2563eb", "#dc6803", "#059669", "#c11574", "#7a5af8", "#0e7490", "#65a30d", "#b42318", "#475467")
_INK, _GRID = "#1d2939", "#e4e7ec"
_LAST_OF_LATIN = "\u024f"
_WIDE_FONTS = (  # parts of the names of fonts for many scripts, on Linux, macOS and Windows
    *("CJK", "Noto Sans", "WenQuanYi", "Droid Sans Fallback", "Unifont", "Arial Unicode"),
    *("PingFang", "Hiragino", "Apple SD Gothic", "Microsoft YaHei", "Yu Gothic", "Malgun"),
)
_IN_LEGEND = 24  # names that fit beside the axes in one column


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, without the name and version of the software, and return its path.

    Names in other scripts than matplotlib's own font knows are written in a font of the machine; if it has
    none, their characters are boxes.
    """
    _choose_fonts(figure)
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from")
        figure.savefig(temporary, dpi=120, metadata={"Software": None})
    return path


def save_all(
    figures: Mapping[str, Figure],
    directory: Path,
    name: str,
    told: Callable[[str, Figure], None] | None = None,
) -> tuple[Path, ...]:
    """Write figures as `<name>-<key>.png` and return their paths; `told` is called with each before."""
    for key, figure in figures.items():
        if told is not None:
            told(key, figure)
    return tuple(save(figure, directory / f"{name}-{key}.png") for key, figure in figures.items())


def roc(
    classes: Sequence[str], curves: Sequence[Mapping[str, Curve]], areas: Sequence[float | None]
) -> Figure:
    """Draw ROC curves, with their areas in the legend; a class without one is left out."""
    figure, axes = _figure("ROC", "False positive rate", "True positive rate", classes)
    axes.plot([0, 1], [0, 1], color="#98a2b3", linewidth=1, linestyle=(0, (4, 4)))
    lines = [
        (f"{name}  {area:.3f}", axes.plot(curve["fpr"], curve["tpr"], color=color, clip_on=False)[0])
        for name, curve, area, color in zip(classes, curves, areas, _colors(len(classes)), strict=True)
        if area is not None
    ]
    _unit_square(axes)
    _legend(axes, lines, "Class, area")
    return figure


def precision_vs_recall(
    classes: Sequence[str], precision: Sequence[Curve], recall: Sequence[Curve]
) -> Figure:
    """Draw precision over recall."""
    figure, axes = _figure("Precision and recall", "Recall", "Precision", classes)
    _legend(axes, _curves(axes, classes, recall, precision), "Class")
    _unit_square(axes)
    return figure


def rate(title: str, classes: Sequence[str], thresholds: Sequence[float], rates: Sequence[Curve]) -> Figure:
    """Draw a rate over the threshold."""
    figure, axes = _figure(title, "Threshold", title, classes)
    _legend(axes, _curves(axes, classes, [thresholds] * len(classes), rates), "Class")
    _unit_square(axes)
    return figure


def both_rates(
    classes: Sequence[str], thresholds: Sequence[float], tpr: Sequence[Curve], fpr: Sequence[Curve]
) -> Figure:
    """Draw the true (solid) and false (dashed) positive rate over the threshold."""
    title = "True (solid) and false (dashed) positive rate"
    figure, axes = _figure(title, "Threshold", "Rate", classes)
    lines = _curves(axes, classes, [thresholds] * len(classes), tpr)
    _curves(axes, classes, [thresholds] * len(classes), fpr, linestyle=(0, (4, 2)))
    _legend(axes, lines, "Class")
    _unit_square(axes)
    return figure


def confusion_matrix(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> Figure:
    """Draw the confusion matrix: counts, coloured by their share of the true class."""
    matrix = np.asarray(counts)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = max(4.5, 0.42 * len(classes) + 2.5)
    figure, axes = _figure("Confusion matrix", "Predicted class", "True class", (), (size + 0.7, size))
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(False)
    axes.set_xticks(range(len(classes)), classes, rotation=90, parse_math=False)
    axes.set_yticks(range(len(classes)), classes, parse_math=False)
    font = 11 if len(classes) <= 8 else 8 if len(classes) <= 20 else 6
    for row, column in np.argwhere(matrix > 0):
        ink = "white" if shares[row, column] > 0.65 else _INK
        axes.text(column, row, str(matrix[row, column]), ha="center", va="center", color=ink, fontsize=font)
    bar = figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03)
    bar.set_label("Share of the true class", color=_INK)
    bar.outline.set_visible(False)
    return figure


def histogram(scores: Mapping[str, Sequence[float]], threshold: float) -> Figure:
    """Draw how the anomaly scores of each class are distributed."""
    figure, axes = _figure("Anomaly scores", "Score", "Share of the class", list(scores))
    edges = np.histogram_bin_edges(np.concatenate([np.asarray(s) for s in scores.values()]), bins=40)
    lines = []
    for (name, values), color in zip(scores.items(), _colors(len(scores)), strict=True):
        shares = np.histogram(values, edges)[0] / max(len(values), 1)
        lines.append((name, axes.stairs(shares, edges, fill=True, alpha=0.35, color=color)))
        axes.stairs(shares, edges, color=color)
    axes.axvline(threshold, color=_INK, linewidth=1, linestyle=(0, (4, 2)))
    _legend(axes, lines, "Class")
    return figure


def history(metrics: Mapping[str, Sequence[float]], best: Best | None = None) -> Figure:
    """Draw every metric over the epochs, beside its validation counterpart.

    Args:
        metrics: For each metric its value after each epoch; `val_<metric>` is the counterpart.
        best: The epoch whose weights were kept; a line marks it.
    """
    from matplotlib.ticker import MaxNLocator

    names = list(dict.fromkeys(name.removeprefix("val_") for name in metrics))
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure = _empty_figure((5.2 * columns, 3.4 * rows))
    for position, name in enumerate(names, start=1):
        axes = figure.add_subplot(rows, columns, position)
        _style(axes, name, "Epoch", "")
        lines = []
        pairs = ((name, "training"), (f"val_{name}", "validation"))
        for (key, label), color in zip(pairs, _PALETTE, strict=False):
            if key in metrics:
                epochs = range(1, len(metrics[key]) + 1)
                marker = "o" if len(epochs) == 1 else None
                lines.append((label, axes.plot(epochs, metrics[key], color=color, marker=marker)[0]))
        if best is not None:
            axes.axvline(best.epoch, color="#98a2b3", linewidth=1, linestyle=(0, (4, 4)))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _legend(axes, lines, None)
    return figure


def _curves(
    axes: Axes, classes: Sequence[str], xs: Sequence[Curve], ys: Sequence[Curve], **style: Any
) -> list[tuple[str, Any]]:
    """Draw a line for each class that has numbers, and return them with their names."""
    lines = []
    for name, x, y, color in zip(classes, xs, ys, _colors(len(classes)), strict=True):
        if None not in x and None not in y:
            lines.append((name, axes.plot(x, y, color=color, clip_on=False, **style)[0]))
    return lines


def _figure(
    title: str, x: str, y: str, names: Sequence[str], size: tuple[float, float] | None = None
) -> tuple[Figure, Axes]:
    columns = -(-len(names) // _IN_LEGEND)
    figure = _empty_figure(size or (5.6 + 1.9 * columns, 5.2))
    axes = figure.add_subplot()
    _style(axes, title, x, y)
    return figure, axes


def _empty_figure(size: tuple[float, float]) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained", facecolor="white")


def _style(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, loc="left", color=_INK, fontweight="bold", fontsize=12, parse_math=False)
    axes.set_xlabel(x, color=_INK)
    axes.set_ylabel(y, color=_INK)
    axes.tick_params(colors=_INK, length=0)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_facecolor("white")
    for spine in axes.spines.values():
        spine.set_visible(False)


def _unit_square(axes: Axes) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")


def _choose_fonts(figure: Figure) -> None:
    """Let texts that need it fall back to the machine's fonts; others stay, and so do their bytes."""
    from matplotlib.font_manager import fontManager
    from matplotlib.text import Text

    foreign = [text for text in figure.findobj(Text) if max(text.get_text(), default="") > _LAST_OF_LATIN]
    if foreign:
        installed = {font.name for font in fontManager.ttflist}
        fallbacks = sorted(name for name in installed if any(word in name for word in _WIDE_FONTS))
        for text in foreign:
            text.set_fontfamily(["DejaVu Sans", *fallbacks])


def _colors(count: int) -> list[Any]:
    if count <= len(_PALETTE):
        return list(_PALETTE[:count])
    from matplotlib import colormaps

    return list(colormaps["turbo"](np.linspace(0.05, 0.95, count)))


def _legend(axes: Axes, lines: Sequence[tuple[str, Any]], title: str | None) -> None:
    """Name the lines beside the axes, or inside if `title` is None.

    The names are set afterwards: matplotlib drops labels that begin with an underscore, and takes what
    stands between dollar signs for formulas.
    """
    place: dict[str, Any] = {"loc": "best"}
    if title is not None:
        place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "title": title, "alignment": "left"}
    columns = max(1, -(-len(lines) // _IN_LEGEND))
    legend = axes.legend(
        [line for _, line in lines],
        [str(number) for number in range(len(lines))],
        frameon=False,
        labelcolor=_INK,
        fontsize=9,
        ncols=columns,
        **place,
    )
    for text, (name, _) in zip(legend.get_texts(), lines, strict=True):
        text.set_parse_math(False)
        text.set_text(name)
