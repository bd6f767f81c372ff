"""How a model is evaluated: declarations only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yzlite_core.plugin import Configurable, Setting
from yzlite_core.plugin.settings import parsers


def _at_least_one_or_all(value: Any) -> Any:
    return value if value == -1 else parsers.at_least_one(value)


class EvaluateMixin(Configurable):
    """Evaluation of any model, by a function of your own or by the metrics it was compiled with."""

    eval_steps_per_epoch: Setting[int | None] = Setting(
        int,
        default=None,
        doc="Batches of the evaluation data that are evaluated; None for all.",
        parse=parsers.at_least_one,
        kept=False,
    )
    eval_custom_function: Setting[Callable[..., Any] | None] = Setting(
        Callable,
        default=None,
        doc="Evaluates in place of the built-in evaluation: called with (my_model) and those of the keywords "
        "`built_model`, `eval_dir`, `show` and `logger` that it takes; returns `EvaluationResults`.",
        kept=False,
    )


class EvaluateClassifierMixin(EvaluateMixin):
    """Evaluation of a classifier: accuracy, precision, recall, ROC and the confusion matrix."""

    eval_shuffle = Setting(
        bool,
        default=False,
        doc="Whether the loader shuffles the evaluation data, so that `eval_max_samples_per_class` keeps "
        "other samples than the first ones.",
        kept=False,
    )
    eval_augment = Setting(
        bool,
        default=False,
        doc="Whether the loader augments the evaluation data as it does training data.",
        kept=False,
    )
    eval_max_samples_per_class = Setting(
        int,
        default=-1,
        doc="The most samples of each class that are evaluated; -1 for all.",
        parse=_at_least_one_or_all,
        kept=False,
    )


class EvaluateAutoEncoderMixin(EvaluateClassifierMixin):
    """Evaluation of an auto-encoder: how well its reconstruction error tells normal from abnormal."""

    scoring_function: Setting[Callable[..., Any] | None] = Setting(
        Callable,
        default=None,
        doc="Takes one sample and its reconstruction (`original`, `decoded`, arrays of one shape) and "
        "returns the anomaly score, higher for more abnormal. None: by the model's loss, `mse` or `mae`.",
        kept=False,
    )
    eval_classes: Setting[list[str] | tuple[str, ...]] = Setting(
        list[str] | tuple[str, ...],
        factory=lambda: ["normal", "abnormal"],
        doc="The classes of the evaluation data; the first is the normal one, all others are abnormal.",
        kept=False,
    )

    def get_scoring_function(self) -> Callable[..., Any]:
        """Return the function that scores one sample: `scoring_function`, or the one that fits the loss.

        Raises:
            ModelError: If there is none and the loss is neither `mse` nor `mae`.
        """
        from yzlite_eval.scoring import scoring_function_of

        return self.scoring_function or scoring_function_of(getattr(self, "loss", None))
