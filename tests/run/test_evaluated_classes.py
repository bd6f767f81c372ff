"""Which classes an evaluation may be asked for."""

from __future__ import annotations

import pytest

from yzlite_core.errors import UsageError
from yzlite_core.functions.perform import perform
from yzlite_core.run.request import Request

SCRIPT = """
import numpy as np
from yzlite_core import DatasetMixin, TrainMixin, YZLiteModel
from yzlite_core.plugin import Sampling, hookimpl

class Levels(YZLiteModel, TrainMixin, DatasetMixin):
    def load_dataset(self, subset, test=False, classes=None, **kwargs):
        self.y = np.array([0, 1, 0, 1, 0, 1]) if classes is None else np.array([0, 1])
        self.x = np.zeros((len(self.y), 2), "float32")

my_model = Levels()
my_model.classes = ["a", "b"]
"""

SAMPLED = """
@hookimpl
def yzlite_evaluation_sampling(model):
    return Sampling(classes=("a", "b"))
"""


@pytest.mark.parametrize(
    ("hooks", "classes", "message"),
    [
        (SAMPLED, ("b",), r"--classes names b alone, and an auto-encoder tells normal data from others"),
        (SAMPLED, ("b", "b"), r"--classes names b alone"),
        ("", ("a", "b"), r"levels is evaluated with all its classes"),
    ],
)
def test_classes_that_cannot_be_evaluated_are_refused(make_script, yzlite_cache, hooks, classes, message):
    script = make_script("levels", SCRIPT + hooks)
    with pytest.raises(UsageError, match=message):
        perform(Request(str(script), stages=("load",), classes=classes)).checked()


def test_classes_are_wanted_of_the_evaluation_data_alone(make_script, yzlite_cache):
    script = make_script("levels", SCRIPT + SAMPLED)
    data = perform(Request(str(script), stages=("load",), classes=("b", "a"))).checked().products.data
    assert data is not None
    assert [len(data.loaded[subset].x) for subset in ("training", "evaluation")] == [6, 2]
