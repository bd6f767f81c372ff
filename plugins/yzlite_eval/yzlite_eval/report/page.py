"""Make the page: the skeleton, the style, and the sections that have something to show."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template

from yzlite_eval.report.data import ReportData
from yzlite_eval.report.markup import Markup, join, tag
from yzlite_eval.report.sections import SECTIONS, headline


def render(data: ReportData) -> str:
    """Return the report as one HTML page that needs nothing else."""
    package = files("yzlite_eval.report")
    shown = [(section, section.content(data)) for section in SECTIONS]
    present = [(section, content) for section, content in shown if content]
    navigation = tag(
        "nav",
        (tag("a", section.title, href=f"#{section.anchor}") for section, _ in present),
        aria_label="Sections",
    )
    body = [
        tag("section", tag("h2", section.title), content, id=section.anchor) for section, content in present
    ]
    return Template((package / "page.html").read_text(encoding="utf-8")).substitute(
        title=escape(data.name),
        style=Markup((package / "style.css").read_text(encoding="utf-8")),
        header=headline(data),
        navigation=navigation,
        sections=join(body),
    )
