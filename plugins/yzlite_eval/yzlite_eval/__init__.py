"""Evaluation for YZLite: metrics, plots, and one page that shows a run to people."""

from yzlite_eval.mixin import EvaluateAutoEncoderMixin, EvaluateClassifierMixin, EvaluateMixin

__all__ = ["EvaluateAutoEncoderMixin", "EvaluateClassifierMixin", "EvaluateMixin"]
