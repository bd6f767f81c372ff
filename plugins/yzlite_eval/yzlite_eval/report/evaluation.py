"""The section of the evaluation: float beside int8."""

from __future__ import annotations

from collections.abc import Sequence

from yzlite_eval.report import text
from yzlite_eval.report.charts import COLORS, FAINT, Line, legend, line_chart
from yzlite_eval.report.data import Evaluation, ReportData
from yzlite_eval.report.markup import Markup, join, tag
from yzlite_eval.report.tables import cell, matrix, table

# What one sample more or less decides is no finding.
_NOTICEABLE_SHARE, _NOTICEABLE_SAMPLES = 0.01, 2

_SIDE_BY_SIDE = 8  # classes of confusion matrices that fit beside each other

_METRICS = {"roc_auc_avg": "ROC AUC, mean", "f1_avg": "F1, mean", "roc_auc": "ROC AUC", "loss": "Loss"}


def evaluation(data: ReportData) -> Markup | None:
    """Return the section, or None if nothing was evaluated."""
    found = data.evaluations
    if not found:
        return None
    return join(
        _overall(found),
        _each_class(found) if found[-1].classes else None,
        tag("div", _roc_charts(found), class_="charts"),
        _confusions([one for one in found if one.confusion]),
    )


def metric_name(key: str) -> str:
    """Return what people call a metric."""
    return _METRICS.get(key, key)


def _overall(found: Sequence[Evaluation]) -> Markup:
    last = found[-1]
    labels = [one.label for one in found]
    rows: list[list[str | Markup]] = []
    if last.accuracy is not None:
        accuracies = [one.accuracy for one in found]
        rows.append(["Accuracy", *map(text.percent, accuracies), *_change(accuracies, last.samples, 2)])
    for key in last.metrics:
        values = [one.metrics.get(key) for one in found]
        rows.append([metric_name(key), *map(text.decimal, values), *([""] if len(found) > 1 else [])])
    caption = f"{' beside '.join(labels)}, {text.number_of(last.samples, 'sample')}"
    if len(found) > 1:
        caption += "; changes in percentage points"
    return table(caption, ["measure", *labels, *_change_head(found)], rows)


def _each_class(found: Sequence[Evaluation]) -> Markup:
    last = found[-1]
    rows: list[list[str | Markup]] = []
    for number, row in enumerate(last.classes):
        recalls = [one.classes[number].recall for one in found]
        rows.append(
            [
                row.name,
                text.count(row.samples),
                *(text.percent(recall, 1) for recall in recalls),
                *_change(recalls, row.samples, 1),
                cell(text.percent(row.precision, 1), bar=row.precision or 0),
                cell(text.percent(row.f1, 1), bar=row.f1 or 0),
                text.decimal(row.auc),
            ]
        )
    recall_heads = [f"recall, {one.label}" for one in found]
    heads = ["class", "samples", *recall_heads, *_change_head(found), "precision", "F1", "ROC AUC"]
    return table(f"Each class; precision, F1 and ROC AUC of {last.label}", heads, rows)


def _change_head(found: Sequence[Evaluation]) -> list[str]:
    return ["change"] if len(found) > 1 else []


def _change(shares: Sequence[float | None], samples: int, digits: int) -> list[Markup]:
    """Return the cell of the change from the first share to the last; none for a single one."""
    if len(shares) < 2:
        return []
    first, last = shares[0], shares[-1]
    if first is None or last is None:
        return [cell(text.DASH)]
    change = last - first
    noticeable = abs(change) >= _NOTICEABLE_SHARE and round(abs(change) * samples) >= _NOTICEABLE_SAMPLES
    return [cell(text.points(change, digits), tone=("bad" if change < 0 else "good") if noticeable else "")]


def _roc_charts(found: Sequence[Evaluation]) -> list[Markup]:
    """Return a chart for each evaluation; of many classes the worst are named, the others stay faint."""
    worst = sorted(found[-1].roc, key=lambda curve: curve.area or 0)[:COLORS]
    names = [curve.name for curve in found[-1].roc if curve in worst]
    colors = {name: f"c{number}" for number, name in enumerate(names)}
    return [_roc(one, colors) for one in found if one.roc]


def _roc(one: Evaluation, colors: dict[str, str]) -> Markup:
    others = [curve for curve in one.roc if curve.name not in colors]
    named = [curve for curve in one.roc if curve.name in colors]
    lines = [Line((0, 1), (0, 1), FAINT, is_dashed=True)]
    lines += [Line(curve.x, curve.y, FAINT) for curve in others]
    lines += [Line(curve.x, curve.y, colors[curve.name]) for curve in named]
    keys = [(colors[curve.name], f"{curve.name} {curve.area or 0:.3f}") for curve in named]
    keys += [(FAINT, f"{len(others)} other classes")] if others else []
    title = f"ROC, {one.label}"
    chart = line_chart(
        f"{title}: true positive rate over false positive rate",
        lines,
        "false positive rate",
        "true positive rate",
        x_range=(0, 1),
        y_range=(0, 1),
        height=330,
    )
    heading = tag("figcaption", title, tag("small", " and the area under each curve"))
    return tag("figure", heading, chart, legend(keys))


def _confusions(found: Sequence[Evaluation]) -> Markup:
    matrices = [
        matrix(f"Confusion matrix, {one.label}", [row.name for row in one.classes], one.confusion)
        for one in found
    ]
    is_small = all(len(one.classes) <= _SIDE_BY_SIDE for one in found)
    return tag("div", (tag("figure", m) for m in matrices), class_="charts" if is_small else "charts wide")
