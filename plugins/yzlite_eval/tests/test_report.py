from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from yzlite_core.contract.shown import Picture, Signal
from yzlite_core.contract.values import EvaluationResults
from yzlite_eval.autoencoder import AutoEncoderEvaluationResults
from yzlite_eval.report import ReportData, collect, render
from yzlite_eval.report import text as texts
from yzlite_eval.report.charts import Line, line_chart
from yzlite_eval.report.data import Sample
from yzlite_eval.report.markup import Markup, join, tag
from yzlite_eval.report.pictures import clip, lines, png

_VOID = {"meta", "link", "img", "br", "col"}


class Page(HTMLParser):
    """A page's elements; fails on a closing tag that does not fit."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def collected(run: Any, results: Any = None) -> ReportData:
    return collect(run.model, results or run.results, run, run.reports, run.provenance)


@pytest.fixture
def data(finished_run: Any) -> ReportData:
    return collected(finished_run)


@pytest.fixture
def html(data: ReportData) -> str:
    return render(data)


def addresses(page: Page) -> Iterator[str]:
    for _, attributes in page.elements:
        for name in ("src", "href", "srcset", "poster", "action", "data"):
            if attributes.get(name) is not None:
                yield str(attributes[name])


def test_page_needs_nothing_else(html: str) -> None:
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html
    assert "url(" not in html
    assert {address.partition(":")[0].partition("#")[0] for address in addresses(Page(html))} <= {"data", ""}
    assert not Page(html).named("script")


def test_page_has_every_section(html: str) -> None:
    page = Page(html)
    sections = [section["id"] for section in page.named("section")]
    expected = ["evaluation", "samples", "training", "data", "network", "settings", "provenance"]
    assert sections == expected
    assert [link["href"] for link in page.named("a")] == [f"#{name}" for name in expected]


def test_page_shows_the_numbers(html: str) -> None:
    text = Page(html).text.replace("\u202f", " ")
    for shown in (
        "my_model",
        "A model for tests.",
        "70.00 %",
        "19.0 kB",
        "9.63 kB",
        "336 k",
        "3 epochs in 12.5 s",
        "estimated",
        "val_accuracy 0.75",
        "Op0-CONV_2D",
        "1 \u00d7 4 \u00d7 4 \u00d7 8",
        "versions: python",
        "eval 0.1.0",
        "batch_size",
    ):
        assert shown in text, shown


def test_page_is_accessible(html: str) -> None:
    page = Page(html)
    assert page.named("html")[0]["lang"] == "en"
    assert all(image["alt"] for image in page.named("img"))
    assert len(page.named("img")) == 11  # three classes and eight mistakes
    assert all(head["scope"] in ("row", "col") for head in page.named("th"))
    assert len(page.named("caption")) == len(page.named("table")) >= 8
    charts = [svg for svg in page.named("svg") if svg.get("role") == "img"]
    assert len(charts) == len(page.named("title")) - 1 == 4
    assert len(page.named("h1")) == 1


def test_page_is_the_same_each_time(finished_run: Any, html: str) -> None:
    assert render(collected(finished_run)) == html


def test_picture_of_the_augmentation_is_in_the_page(finished_run: Any, html: str) -> None:
    assert "What training sees" not in html
    finished_run.paths.augmentation.parent.mkdir(parents=True, exist_ok=True)
    finished_run.paths.augmentation.write_bytes(b"a picture")
    page = Page(render(collected(finished_run)))
    assert "What training sees" in page.text
    held = base64.b64encode(b"a picture").decode()
    assert f"data:image/png;base64,{held}" in [image["src"] for image in page.named("img")]


def test_what_a_run_says_is_escaped(finished_run: Any) -> None:
    evil = "<script>alert(1)</script>"
    finished_run.model.classes = [evil, '"x"', "a & b"]
    finished_run.model.train_kwargs = {"note": evil}
    for results in finished_run.results.values():
        results["classes"] = list(finished_run.model.classes)
    finished_run.reports["load"]["training"] = {evil: 1, '"x"': 2}
    page = Page(render(collected(finished_run)))
    assert not page.named("script")
    assert evil in page.text


def test_empty_data_still_makes_a_page() -> None:
    page = Page(render(ReportData("bare")))
    assert page.named("section") == []
    assert "bare" in page.text


@pytest.mark.parametrize("missing", [field.name for field in fields(ReportData) if field.name != "name"])
def test_each_part_may_be_missing(data: ReportData, missing: str) -> None:
    bare = ReportData("bare")
    Page(render(replace(data, **{missing: getattr(bare, missing)})))


def test_drop_from_float_to_int8_is_marked(data: ReportData) -> None:
    first, last = data.evaluations
    worse = replace(last, accuracy=last.accuracy - 0.2)
    page = Page(render(replace(data, evaluations=(first, worse))))
    assert [cell["class"] for cell in page.named("td") if "bad" in (cell.get("class") or "")] == ["bad"]
    assert "\u221220.00" in page.text


def test_one_sample_more_or_less_is_not_marked(data: ReportData) -> None:
    first, last = data.evaluations
    worse = replace(last, accuracy=last.accuracy - 1 / last.samples)
    page = Page(render(replace(data, evaluations=(first, worse))))
    assert not [cell for cell in page.named("td") if "bad" in (cell.get("class") or "")]


def test_what_the_quantization_costs_is_shown_where_it_was_measured(finished_run: Any) -> None:
    finished_run.reports["convert"]["quantization"] = [
        {"layer": "dense/MatMul", "operator": "FULLY_CONNECTED", "rmse_per_scale": 1.28, "range": 2.5},
        {"layer": "conv/Relu", "operator": "CONV_2D", "rmse_per_scale": 0.31, "range": 6.0},
    ]
    text = Page(render(collected(finished_run))).text
    assert "What the quantization costs" in text
    assert text.index("dense/MatMul") < text.index("1.28") < text.index("conv/Relu")


def test_work_of_an_unknown_operator_is_unknown(finished_run: Any) -> None:
    finished_run.reports["profile"]["layers"][0]["macs"] = None
    text = Page(render(collected(finished_run))).text
    assert "unknown" in text


def test_notes_come_first(finished_run: Any) -> None:
    finished_run.reports["evaluate"]["subset"] = "validation"
    finished_run.provenance["generated_data"] = True
    finished_run.reports["convert"].update(int8=False, float_tensors=["a", "b"])
    found = collected(finished_run)
    assert len(found.notes) == 3
    assert [evaluation.label for evaluation in found.evaluations] == ["float", ".tflite"]
    text = Page(render(found)).text
    for shown in ("generated by code", "also chose the checkpoint", "2 tensors are float"):
        assert 0 < text.index(shown) < text.index("Evaluation")


def test_report_of_an_autoencoder(finished_run: Any) -> None:
    results = AutoEncoderEvaluationResults("m", ["normal", "worn", "broken"])
    results.calculate([0, 0, 1, 2], [1.0, 2.0, 3.0, 4.0])
    found = collected(finished_run, {"keras": results})
    assert [curve.name for curve in found.evaluations[0].roc] == ["worn", "broken", "all"]
    assert "ROC AUC" in Page(render(found)).text


def test_report_of_any_other_model(finished_run: Any) -> None:
    results = EvaluationResults("m", samples=5, metrics={"mae": 0.25})
    page = Page(render(collected(finished_run, {"keras": results})))
    assert "mae, float" in page.text
    assert "0.2500" in page.text


def test_sound_is_embedded_and_playable(data: ReportData) -> None:
    page = Page(render(replace(data, samples=[Sample("yes", "no", 0.75, "a.wav", wav=b"RIFF")])))
    (player,) = page.named("audio")
    assert player["src"] == "data:audio/wav;base64," + base64.b64encode(b"RIFF").decode()
    assert "controls" in player
    assert player["aria-label"] == "Play a sample of yes"


def test_what_is_heard_is_short() -> None:
    assert clip(b"x") == b"x"
    assert clip(bytes(200_001)) is clip(None) is None


@pytest.mark.parametrize(
    ("shape", "is_heatmap", "size"),
    [
        ((20, 30), False, (30, 20)),
        ((20, 30), True, (30, 20)),
        ((20, 30, 3), False, (30, 20)),
        ((20, 30, 4), False, (30, 20)),
        ((1000, 500), False, (84, 167)),
    ],
)
def test_png(shape: tuple[int, ...], is_heatmap: bool, size: tuple[int, int]) -> None:
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    with Image.open(io.BytesIO(png(Picture(pixels, is_heatmap)))) as image:
        assert image.size == size
        drawn = np.asarray(image)
    channels = np.atleast_3d(pixels[::6, ::6] if shape[0] == 1000 else pixels)
    off = np.abs(drawn[:, :, : channels.shape[2]].astype(int) - channels)
    assert (off.max() <= 1) == (not is_heatmap)


def test_signal_has_a_line_for_each_channel() -> None:
    assert lines(Signal(np.array([[0.0], [5.0], [10.0]]))) == ((0, 0.5, 1),)
    assert np.shape(lines(Signal(np.random.default_rng(0).normal(size=(500, 3))))) == (3, 160)
    assert lines(Signal(np.ones((4, 2)))) == ((0,) * 4,) * 2


def test_signal_is_drawn_with_the_names_of_its_axes_and_its_length(data: ReportData) -> None:
    motion = Signal(np.random.default_rng(0).normal(size=(100, 3)), axes=("x", "y", "up"), rate_hz=50)
    moment = Signal(np.zeros((1, 9)))
    shown = [Sample("still", "still", 0.75, look=motion), Sample("still", "moving", 0.5, look=moment)]
    html = render(replace(data, samples=shown, mistakes=()))
    page = Page(html)
    first, second = re.findall('<svg class="signal".*?</svg>', html)
    assert re.findall('class="line (c[0-9])"', first) == ["c0", "c1", "c2"]
    assert len(re.findall("<polyline", second)) == 9
    keys = re.findall('class="key (c[0-9])"></i>(.*?)<', html)
    assert [key for key in keys if key[1] in ("x", "y", "up")] == [("c0", "x"), ("c1", "y"), ("c2", "up")]
    assert "x y up 2 s still" in page.text.replace("\u202f", " ")


def test_nothing_is_shown_of_what_cannot_be_shown(data: ReportData) -> None:
    page = Page(render(replace(data, samples=[Sample("still", "still", 0.75)], mistakes=())))
    assert not page.named("img")
    assert "still" in page.text


def test_chart_places_points() -> None:
    chart = line_chart(
        "t", [Line([0, 1], [0, 1], "c0")], "x", "y", x_range=(0, 1), y_range=(0, 1), height=240
    )
    (points,) = re.findall(r'points="([^"]*)"', chart)
    assert points == "42,204 350,12"


def test_chart_of_a_constant_of_one_point_and_of_gaps() -> None:
    assert "<circle" in line_chart("t", [Line([1], [0.5], "c0")], "x", "y")
    flat = line_chart("t", [Line([1, 2], [3, 3], "c0")], "x", "y")
    assert "nan" not in flat
    gaps = line_chart("t", [Line([1, 2, 3], [1, None, 3], "c0")], "x", "y")
    assert len(re.findall(r'points="([^"]*)"', gaps)[0].split()) == 2


def test_markup_escapes_what_is_not_markup() -> None:
    assert tag("p", "<b>", Markup("<i>"), None, ["a", 1], class_='"x"', hidden=True, title=None) == (
        '<p class="&quot;x&quot;" hidden>&lt;b&gt;<i>a1</p>'
    )
    assert tag("img", aria_label="x") == '<img aria-label="x">'
    assert join("a & b") == "a &amp; b"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (texts.percent(0.12345), "12.35 %"),
        (texts.percent(None), "\u2013"),
        (texts.points(-0.0312, 1), "\u22123.1"),
        (texts.points(0.00001, 1), "\u00b10.0"),
        (texts.points(0.5, 1), "+50.0"),
        (texts.decimal(0.99), "0.9900"),
        (texts.decimal(-1234.5), "\u22121234"),
        (texts.decimal(None), "\u2013"),
        (texts.size(45776), "45.8 kB"),
        (texts.size(12), "12 B"),
        (texts.short(2656768), "2.66 M"),
        (texts.count(1234567), "1,234,567"),
        (texts.duration(41.26), "41.3 s"),
        (texts.duration(201), "3.4 min"),
        (texts.duration(7500), "2.1 h"),
        (texts.value_text({"a": (1, 2)}), '{"a": [1, 2]}'),
        (texts.value_text("x" * 5000)[-2:], "x…"),
    ],
)
def test_numbers_for_people(shown: str, expected: str) -> None:
    assert shown.replace("\u202f", " ") == expected


def test_constant_small_value_has_an_axis_of_its_size():
    chart = line_chart("rate", [Line([1], [0.003], "c0")], "epoch", "")
    assert ">0.003<" in chart


@pytest.mark.parametrize(("value", "shown"), [(1, "1 epoch"), (0, "0 epochs"), (1200, "1,200 epochs")])
def test_number_of(value, shown):
    assert texts.number_of(value, "epoch") == shown
