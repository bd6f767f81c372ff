"""Which weights are kept: the best by direction, by stand-in, by batch."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from yzlite_core.errors import TrainingError
from yzlite_core.model.weights import WEIGHTS_FOLDER

pytestmark = pytest.mark.slow  # imports Keras

OPTIONS = {
    "monitor": "val_loss", "mode": "auto", "save_freq": "epoch", "save_best_only": True,
    "save_weights_only": True, "verbose": 0,
}  # fmt: skip


class Network:
    """Weights that are a text."""

    metrics = ()
    weights = "begun"

    def save_weights(self, path):
        path.write_text(self.weights)

    def load_weights(self, path):
        self.weights = path.read_text()


@pytest.fixture
def checkpoint(fake_run, tmp_path):
    """A function (options) that makes a checkpoint of a network, and the run that hears of it."""
    from yzlite_core.keras.checkpoint import BatchCheckpoint, BestCheckpoint

    def make(*, chosen=True, **options):
        run = fake_run()
        folder = run.paths.train / WEIGHTS_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        given = {**OPTIONS, **options}
        kind = BestCheckpoint if given["save_freq"] == "epoch" else BatchCheckpoint
        made = kind(given, chosen=chosen, where="checkpoint['monitor'] (mine.py, line 3)", run=run)
        made.set_model(Network())
        return made, run

    return make


def measure(checkpoint, monitor, values):
    for epoch, value in enumerate(values):
        checkpoint.model.weights = f"of epoch {epoch + 1}"
        checkpoint.on_epoch_end(epoch, {monitor: value})


def names(run):
    return sorted(path.name for path in (run.paths.train / WEIGHTS_FOLDER).glob("weights-*"))


@pytest.mark.parametrize(
    ("monitor", "mode", "epoch"),
    [
        ("val_loss", "auto", 2),
        ("val_accuracy", "auto", 3),
        ("val_accuracy", "min", 2),
        ("val_loss", "max", 3),
    ],
)
def test_best_is_by_direction(checkpoint, monitor, mode, epoch):
    made, _ = checkpoint(monitor=monitor, mode=mode)
    measure(made, monitor, [0.5, 0.2, 0.8, 0.3])
    assert (made.best.epoch, made.best.monitor) == (epoch, monitor)
    network = Network()
    made.restore(network)
    assert network.weights == f"of epoch {epoch}"


def test_direction_that_a_metric_tells_itself_wins(checkpoint):
    made, _ = checkpoint(monitor="val_mystery")
    made.model.metrics = [SimpleNamespace(name="mystery", _direction="up")]
    measure(made, "val_mystery", [0.5, 0.8])
    assert made.best.epoch == 2


def test_all_weights_are_kept_where_asked_for(checkpoint):
    made, run = checkpoint(save_best_only=False)
    measure(made, "val_loss", [0.5, 0.8])
    made.forget_worse([])
    assert names(run) == ["weights-001-0.5000.weights.h5", "weights-002-0.8000.weights.h5"]
    assert made.best.epoch == 1


def test_metric_takes_the_place_of_one_that_nobody_chose(checkpoint):
    made, run = checkpoint(chosen=False)
    measure(made, "loss", [0.5, 0.4])
    assert (made.best.epoch, made.best.monitor) == (2, "loss")
    assert run.said == ["There is no val_loss; the best epoch is chosen by loss"]
    made, _ = checkpoint(chosen=False)
    with pytest.raises(TrainingError, match="cannot be told: training measures only accuracy"):
        measure(made, "accuracy", [0.5])


def test_chosen_metric_that_is_not_measured_is_a_sentence(checkpoint):
    made, _ = checkpoint(monitor="val_los")
    with pytest.raises(TrainingError, match=r"line 3\) is 'val_los', but.*val_loss.*did you mean 'val_loss'"):
        measure(made, "val_loss", [0.5])


def test_worse_weights_go_but_for_those_that_a_kept_epoch_had(checkpoint):
    made, run = checkpoint()
    measure(made, "val_loss", [0.5, 0.4, 0.3])
    made.forget_worse([1])
    assert names(run) == ["weights-001-0.5000.weights.h5", "weights-003-0.3000.weights.h5"]


def test_missing_file_is_a_sentence(checkpoint):
    made, run = checkpoint()
    measure(made, "val_loss", [0.5])
    (run.paths.train / WEIGHTS_FOLDER / names(run)[0]).unlink()
    with pytest.raises(TrainingError, match=r"weights-001-0.5000.weights.h5 are gone.*without --resume"):
        made.restore(Network())


def test_what_is_remembered_goes_on(checkpoint):
    made, _ = checkpoint()
    measure(made, "val_loss", [0.5, 0.2])
    again, run = checkpoint()
    again.set_state(made.get_state())
    assert again.best == made.best
    other, run = checkpoint(monitor="val_accuracy")
    other.set_state(made.get_state())
    assert other.best is None
    assert run.warned == ["The best epoch is chosen by val_accuracy from here on, before by val_loss"]


def test_batches_are_counted_over_epochs_and_interruptions(checkpoint):
    made, run = checkpoint(save_freq=3, monitor="loss", save_best_only=False)
    for epoch in range(2):
        made.on_epoch_begin(epoch)
        for batch in range(4):
            made.on_train_batch_end(batch, {"loss": 1.0})
        made.on_epoch_end(epoch, {"loss": 9.0})
    assert [name[:18] for name in names(run)] == ["weights-001-b00002", "weights-002-b00001"]
    again, run = checkpoint(save_freq=3, monitor="loss", save_best_only=False)
    again.set_state(made.get_state())
    again.on_epoch_begin(2)
    again.on_train_batch_end(0, {"loss": 1.0})
    assert names(run)[-1].startswith("weights-003-b00000")


def test_several_batches_of_one_call_are_counted(checkpoint):
    made, run = checkpoint(save_freq=4, monitor="loss")
    made.on_epoch_begin(0)
    made.on_train_batch_end(2, {"loss": 1.0})
    assert names(run) == []
    made.on_train_batch_end(5, {"loss": 1.0})
    assert names(run) == ["weights-001-b00005-1.0000.weights.h5"]
