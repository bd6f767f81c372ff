"""Tables that scroll sideways on a phone, and the cells with a bar in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from yzlite_eval.report.markup import Markup, tag
from yzlite_eval.report.text import count


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], kind: str = "numbers") -> Markup:
    """Return a table whose first column names the rows.

    Args:
        caption: What it holds.
        heads: The columns' names.
        rows: For each row its cells: made by `cell`, or text.
        kind: `numbers` (aligned to the right) or `words`.
    """
    body = [
        tag("tr", tag("th", first, scope="row"), (c if isinstance(c, Markup) else tag("td", c) for c in rest))
        for first, *rest in rows
    ]
    return scrolling(
        caption,
        tag(
            "table",
            tag("caption", tag("span", caption)),
            tag("thead", tag("tr", (tag("th", head, scope="col") for head in heads))),
            tag("tbody", body),
            class_=kind,
        ),
    )


def cell(text: Any, *, bar: float | None = None, tone: str = "") -> Markup:
    """Return a table cell.

    Args:
        text: What it says.
        bar: Length of a bar under the text, 0 to 1.
        tone: `bad`, `good` or nothing.
    """
    style = None if bar is None else f"--share:{bar:.3g}"
    classes = " ".join(name for name in (tone, "" if bar is None else "bar") if name)
    return tag("td", text, class_=classes or None, style=style)


def matrix(caption: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> Markup:
    """Return a confusion matrix: counts, coloured by their share of the row."""
    rows = []
    for name, row in zip(names, counts, strict=True):
        total = max(sum(row), 1)
        rows.append(tag("tr", tag("th", name, scope="row"), (_heat(value, value / total) for value in row)))
    columns = (tag("th", tag("span", name), scope="col") for name in names)
    heads = tag("tr", tag("td", "true ↓ predicted →"), columns)
    dense = " dense" if len(names) > 14 else ""
    return scrolling(
        caption,
        tag(
            "table",
            tag("caption", tag("span", caption)),
            tag("thead", heads),
            tag("tbody", rows),
            class_=f"matrix{dense}",
        ),
    )


def scrolling(label: str, content: Markup) -> Markup:
    """Return content in a box that scrolls sideways, also with the keyboard."""
    return tag("div", content, class_="scroll", role="region", tabindex="0", aria_label=label)


def _heat(value: int, share: float) -> Markup:
    classes = "hot" if share > 0.5 else "none" if not value else None
    return tag("td", count(value), class_=classes, style=f"--share:{share:.3g}" if value else None)
