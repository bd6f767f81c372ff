"""The sections of the page, each a function from the data to markup, or None if it has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from yzlite_core.plugin import Picture, Signal
from yzlite_eval.report import text
from yzlite_eval.report.charts import COLORS, Line, legend, line_chart, sparkline
from yzlite_eval.report.data import Evaluation, ReportData, Sample, Training
from yzlite_eval.report.evaluation import evaluation, metric_name
from yzlite_eval.report.markup import Markup, data_uri, join, tag
from yzlite_eval.report.pictures import lines, png
from yzlite_eval.report.tables import cell, table


def headline(data: ReportData) -> Markup:
    """Return the page's header: what the model is, the numbers that matter, and what to know about them."""
    version = f"version {data.version}" if data.version else None
    facts = (
        tag("div", tag("dt", name), tag("dd", value), tag("dd", note, class_="note"))
        for name, value, note in _facts(data)
    )
    return tag(
        "header",
        tag("p", "YZLite report", version and f" · {version}", class_="eyebrow"),
        tag("h1", data.name),
        tag("p", data.description, class_="lead") if data.description else None,
        tag("dl", facts),
        (tag("p", note, class_="notice", role="note") for note in data.notes),
    )


def _facts(data: ReportData) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and note of each of the numbers that matter."""
    if data.evaluations:
        yield _quality(data.evaluations[0], data.evaluations[-1])
    if data.profile is not None:
        profile = data.profile
        yield "Flash", text.size(profile.flash_bytes), "the .tflite"
        if profile.arena_bytes is not None:
            how = "measured" if profile.arena_is_measured else "estimated"
            yield "RAM", text.size(profile.arena_bytes), how
        yield "MACs", text.short(profile.macs), "an inference"
    if data.training is not None:
        training = data.training
        yield "Training", text.duration(training.seconds), text.number_of(training.epochs, "epoch")


def _quality(first: Evaluation, last: Evaluation) -> tuple[str, str, str]:
    samples = text.number_of(last.samples, "sample")
    if last.accuracy is None:
        name, value = next(iter(last.metrics.items()), ("samples", last.samples))
        return f"{metric_name(name)}, {last.label}", text.decimal(value), samples
    note = samples
    if first is not last and first.accuracy is not None:
        note = f"{first.label} {text.percent(first.accuracy)}"
    return f"Accuracy, {last.label}", text.percent(last.accuracy), note


def _data(data: ReportData) -> Markup | None:
    if not data.counts:
        return None
    names = list(dict.fromkeys(name for counts in data.counts.values() for name in counts))
    most = max((n for counts in data.counts.values() for n in counts.values()), default=0)
    rows = [
        [
            name,
            *(
                cell(text.count(number), bar=number / max(most, 1))
                for number in (counts.get(name, 0) for counts in data.counts.values())
            ),
        ]
        for name in names
    ]
    rows.append(["all", *(text.count(sum(counts.values())) for counts in data.counts.values())])
    return table("Samples of each class", ["class", *data.counts], rows)


def _samples(data: ReportData) -> Markup | None:
    groups = (
        ("One of each class", data.samples),
        ("The mistakes with the highest scores", data.mistakes),
    )
    sheets = [
        (tag("h3", title), tag("ul", map(_sample, samples), class_="sheet"))
        for title, samples in groups
        if samples
    ]
    told = tag("p", f"What the {data.samples_by} network takes them for, and its score.") if sheets else None
    augmented = _augmentation(data)
    return join(told, sheets, augmented) if sheets or augmented else None


def _augmentation(data: ReportData) -> Markup | None:
    if data.augmentation is None:
        return None
    shown = tag(
        "img",
        src=data_uri(data.augmentation, "image/png"),
        alt="Training samples, each beside what the augmentation makes of it",
        loading="lazy",
    )
    return join(tag("h3", "What training sees"), tag("div", shown, class_="wide"))


def _sample(sample: Sample) -> Markup:
    is_right = sample.actual == sample.predicted
    verdict = "✓" if is_right else f"✗ taken for {sample.predicted}"
    player = None
    if sample.wav is not None:
        player = tag(
            "audio",
            src=data_uri(sample.wav, "audio/wav"),
            controls=True,
            preload="none",
            aria_label=f"Play a sample of {sample.actual}",
        )
    return tag(
        "li",
        tag("div", _look(sample), class_="frame"),
        _key(sample.look),
        player,
        tag("strong", sample.actual, title=sample.file or None),
        tag("span", verdict, " ", text.percent(sample.score, 0), class_="good" if is_right else "bad"),
    )


def _look(sample: Sample) -> Markup | None:
    if isinstance(sample.look, Picture):
        source = data_uri(png(sample.look), "image/png")
        return tag("img", src=source, alt=f"A sample of {sample.actual}", loading="lazy")
    return None if sample.look is None else sparkline(lines(sample.look))


def _key(look: Picture | Signal | None) -> Markup | None:
    """Return what the lines of a signal are, and how long it lasts, as far as that is known."""
    if not isinstance(look, Signal):
        return None
    names = legend((f"c{number % COLORS}", axis) for number, axis in enumerate(look.axes))
    lasts = tag("small", text.duration(look.seconds)) if look.seconds else None
    return join(names if look.axes else None, lasts)


def _training(data: ReportData) -> Markup | None:
    training = data.training
    if training is None:
        return None
    names = list(dict.fromkeys(name.removeprefix("val_") for name in training.history))
    told = f"{text.number_of(training.epochs, 'epoch')} in {text.duration(training.seconds)}"
    if training.best_epoch is not None:
        told += f"; the charts mark epoch {training.best_epoch}, whose weights were kept ({training.best})"
    charts = (_history_chart(training, name) for name in names)
    return join(tag("p", f"{told}."), tag("div", charts, class_="charts"))


def _history_chart(training: Training, name: str) -> Markup:
    history = training.history
    both = ((name, "training"), (f"val_{name}", "validation"))
    pairs = [(key, label) for key, label in both if key in history]
    lines = [
        Line(range(1, len(history[key]) + 1), history[key], f"c{number}")
        for number, (key, _) in enumerate(pairs)
    ]
    chart = line_chart(f"{name} over the epochs", lines, "epoch", "", marked_x=training.best_epoch)
    keys = legend((f"c{number}", label) for number, (_, label) in enumerate(pairs))
    return tag("figure", tag("figcaption", name), chart, keys if len(pairs) > 1 else None)


def _network(data: ReportData) -> Markup | None:
    profile = data.profile
    if profile is None:
        return None
    arena = "measured with TensorFlow Lite Micro" if profile.arena_is_measured else "estimated"
    memory = [["Flash: the .tflite", f"{text.count(profile.flash_bytes)} bytes"]]
    if profile.arena_bytes is not None:
        memory.append([f"RAM: the arena, {arena}", f"{text.count(profile.arena_bytes)} bytes"])
    memory.append(["Multiply-accumulates of an inference", text.count(profile.macs)])
    memory.append(["Operations of an inference", text.count(profile.ops)])
    most_macs = max((layer.macs or 0 for layer in profile.layers), default=0) or 1
    most_bytes = max((layer.bytes for layer in profile.layers), default=0) or 1
    rows = [
        [
            layer.name,
            cell("unknown")
            if layer.macs is None
            else cell(text.count(layer.macs), bar=layer.macs / most_macs),
            cell(text.count(layer.bytes), bar=layer.bytes / most_bytes),
            layer.output_shape,
        ]
        for layer in profile.layers
    ]
    heads = ("layer", "MACs", "bytes", "output")
    return join(
        table("Memory and work", ("what", "amount"), memory),
        table(f"The {len(rows)} layers", heads, rows) if rows else None,
        _losses(data),
    )


def _losses(data: ReportData) -> Markup | None:
    if not data.losses:
        return None
    worst = data.losses[0].rmse_per_scale or 1
    rows = [
        [
            loss.layer,
            loss.operator,
            f"{loss.range:.4g}",
            cell(f"{loss.rmse_per_scale:.2f}", bar=loss.rmse_per_scale / worst),
        ]
        for loss in data.losses
    ]
    heads = ("layer", "operator", "range", "RMSE in steps")
    return table("What the quantization costs; rounding alone costs 0.29 steps", heads, rows)


def _settings(data: ReportData) -> Markup | None:
    if not data.settings:
        return None
    chosen = [(row.path, row.value) for row in data.settings if row.is_set]
    defaults = [(row.path, row.value) for row in data.settings if not row.is_set]
    heads = ("setting", "value")
    return join(
        table("Set by the specification", heads, chosen, "words") if chosen else None,
        tag(
            "details",
            tag("summary", f"{len(defaults)} defaults"),
            table("Defaults", heads, defaults, "words"),
        ),
    )


def _provenance(data: ReportData) -> Markup | None:
    if not data.provenance:
        return None
    return table("What somebody needs to repeat this run", ("what", "value"), data.provenance, "words")


@dataclass(frozen=True)
class Section:
    """One section of the page."""

    anchor: str
    title: str
    content: Callable[[ReportData], Markup | None]


SECTIONS = (
    Section("evaluation", "Evaluation", evaluation),
    Section("samples", "Samples", _samples),
    Section("training", "Training", _training),
    Section("data", "Data", _data),
    Section("network", "Network", _network),
    Section("settings", "Settings", _settings),
    Section("provenance", "Provenance", _provenance),
)
