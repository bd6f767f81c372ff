"""The report: one page that shows a run to people, with nothing to fetch from anywhere.

`collect` gathers plain data from a run; `render` makes the page of it. Neither knows the other's side.
"""

from yzlite_eval.report.collect import collect
from yzlite_eval.report.data import ReportData
from yzlite_eval.report.page import render

__all__ = ["ReportData", "collect", "render"]
