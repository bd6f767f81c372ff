"""How a model is built, trained and converted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypedDict

from yzlite_core.errors import ModelError
from yzlite_core.model.mixins import converter
from yzlite_core.model.parsers import at_least_one
from yzlite_core.model.settings import Configurable, OptionGroup, Setting

Mode = Literal["auto", "min", "max"]


class LearningRateSchedule(TypedDict, total=False):
    """Options of `keras.callbacks.LearningRateScheduler`."""

    schedule: Callable[..., float]
    verbose: int


class ReduceLROnPlateau(TypedDict, total=False):
    """Options of `keras.callbacks.ReduceLROnPlateau`."""

    monitor: str
    factor: float
    patience: int
    mode: Mode
    min_delta: float
    cooldown: int
    min_lr: float
    verbose: int


class TensorBoard(TypedDict, total=False):
    """Options of `keras.callbacks.TensorBoard`; the log directory is set by the run."""

    log_dir: str
    histogram_freq: int
    write_graph: bool
    write_images: bool
    write_steps_per_second: bool
    update_freq: str | int
    profile_batch: int | str | tuple[int, int]
    embeddings_freq: int
    embeddings_metadata: Any


class Checkpoint(TypedDict, total=False):
    """Which epoch's weights are the best, and kept."""

    monitor: str
    save_best_only: bool
    save_weights_only: bool
    mode: Mode
    save_freq: Literal["epoch"] | int
    options: Any
    verbose: int


class EarlyStopping(TypedDict, total=False):
    """Options of `keras.callbacks.EarlyStopping`."""

    monitor: str
    min_delta: float
    patience: int
    mode: Mode
    baseline: float | None
    restore_best_weights: bool
    start_from_epoch: int
    verbose: int


def _no_builder(model: Any) -> Any:
    raise ModelError(
        f"{model.name} has no build_model_function",
        hint="set my_model.build_model_function to a function that takes the model and returns a "
        "compiled keras.Model",
    )


def _epochs(value: Any) -> Any:
    return value if value == -1 else at_least_one(value)


def _function(value: Any) -> Any:
    if hasattr(value, "compile") and hasattr(value, "fit"):
        raise ValueError("takes the function itself, not the network that it returns")
    return value


def _objects(value: Any) -> Any:
    classes = [item for item in value if isinstance(item, type)] if isinstance(value, (list, tuple)) else []
    if classes:
        raise ValueError(f"takes objects, not the class {classes[0].__name__}: write {classes[0].__name__}()")
    return value


class _ScheduleGroup(OptionGroup[LearningRateSchedule]):
    """Takes the schedule function itself, too."""

    def __set__(self, instance: object, value: LearningRateSchedule | Callable[..., float] | None) -> None:
        super().__set__(instance, {"schedule": value} if callable(value) else value)


class TrainMixin(Configurable):
    """Training and conversion."""

    build_model_function: Setting[Callable[[Any], Any]] = Setting(
        Callable,
        default=_no_builder,
        doc="Takes the model, returns a compiled `keras.Model`.",
        parse=_function,
    )
    epochs = Setting(
        int,
        default=100,
        doc="Passes over the training data; -1 trains until early stopping ends it.",
        parse=_epochs,
    )
    batch_size = Setting(int, default=32, doc="Samples in a training batch.", parse=at_least_one)
    optimizer: Setting[Any] = Setting(object, default="adam", doc="Name or object of a Keras optimizer.")
    metrics: Setting[list[Any] | tuple[Any, ...]] = Setting(
        list[Any] | tuple[Any, ...],
        factory=lambda: ["accuracy"],
        doc="Names or objects of Keras metrics.",
    )
    loss: Setting[Any] = Setting(
        str | Callable[..., Any] | dict[str, Any] | list[Any],
        default="categorical_crossentropy",
        doc="Name, object or function of a Keras loss.",
    )
    checkpoints_enabled = Setting(
        bool, default=True, doc="Whether the state of training is kept after each epoch, to resume from."
    )
    train_callbacks: Setting[list[Any] | tuple[Any, ...]] = Setting(
        list[Any] | tuple[Any, ...],
        factory=list,
        doc="Further Keras callbacks; one given here takes the place of the setting of its kind.",
        parse=_objects,
    )
    lr_schedule = _ScheduleGroup(
        LearningRateSchedule,
        doc="The learning rate of each epoch: a dictionary, or the schedule function itself.",
    )
    reduce_lr_on_plateau: OptionGroup[ReduceLROnPlateau] = OptionGroup(
        ReduceLROnPlateau,
        doc="Lower the learning rate when a metric stops improving; off until a key is set, and while "
        "`lr_schedule` is set.",
    )
    tensorboard: OptionGroup[TensorBoard] = OptionGroup(
        TensorBoard, doc="Write logs for TensorBoard into `train/tensorboard`; off until a key is set."
    )
    checkpoint: OptionGroup[Checkpoint] = OptionGroup(
        Checkpoint,
        doc="Which epoch's weights are kept. Where the default monitor does not exist, `val_loss` and "
        "then `loss` take its place.",
        defaults={
            "monitor": "val_accuracy",
            "save_best_only": True,
            "save_weights_only": True,
            "mode": "auto",
            "save_freq": "epoch",
            "options": None,
            "verbose": 0,
        },
    )
    early_stopping: OptionGroup[EarlyStopping] = OptionGroup(
        EarlyStopping, doc="End training when a metric stops improving; off until a key is set."
    )
    tflite_converter: OptionGroup[converter.TfliteConverter] = OptionGroup(
        converter.TfliteConverter,
        doc="How the trained network is converted. Names may be strings, TensorFlow's enums or types; "
        "`per_tensor_dense` gives the weights of a dense layer one scale, for TensorFlow Lite Micro of "
        "before September 2024.",
        defaults=converter.DEFAULTS,
        kept=False,
    )
    on_training_complete: Setting[Callable[[Any], None] | None] = Setting(
        Callable, default=None, doc="Called with the training results; what it raises is logged."
    )
    on_save_keras_model: Setting[Callable[..., Any] | None] = Setting(
        Callable,
        default=None,
        doc="Called with (my_model, keras_model, logger) before the Keras model is saved; returns the "
        "Keras model to save and convert.",
    )
    train_kwargs: Setting[dict[str, Any]] = Setting(
        dict[str, Any], factory=dict, doc="Further arguments of `keras.Model.fit`; they win."
    )

    @property
    def checkpoints_dir(self) -> str:
        """The folder of the weights after each epoch, from which training can be resumed."""
        return str(self._train_folder / "checkpoints")

    def get_checkpoint_path(self, epoch: int | None = None) -> str | None:
        """Return the file of the weights after an epoch, or None if they are not kept.

        Args:
            epoch: The number of the epoch, from 1; None for the last one that is kept.
        """
        from yzlite_core.model.weights import checkpoint_path, kept_epochs

        kept = kept_epochs(self._train_folder)
        wanted = epoch if epoch is not None else max(kept, default=0)
        return str(checkpoint_path(self._train_folder, wanted)) if wanted in kept else None

    @property
    def weights_dir(self) -> str:
        """The folder of the weights that were the best so far."""
        return str(self._train_folder / "weights")

    @property
    def weights_file_format(self) -> str:
        """How their files are called, e.g. `weights-{epoch:03d}-{val_accuracy:.4f}.weights.h5`."""
        suffix = ".weights.h5" if self.checkpoint.get("save_weights_only", True) else ".keras"
        monitor = self.checkpoint.get("monitor", "val_accuracy")
        return f"weights-{{epoch:03d}}-{{{monitor}:.4f}}{suffix}"

    def get_weights_path(self, name: str | None = None) -> str:
        """Return a file of weights, e.g. for `keras_model.load_weights`.

        Args:
            name: A path, the name of a file in `weights_dir`, or `best` (as None): the weights that
                `checkpoint` judged to be the best.

        Raises:
            ArtefactNotFoundError: If there are no such weights; names those that there are.
        """
        from yzlite_core.model.weights import find_weights

        monitor = self.checkpoint.get("monitor", "val_accuracy")
        mode = self.checkpoint.get("mode", "auto")
        return str(find_weights(Path(self.weights_dir), name, monitor, mode))

    @property
    def _train_folder(self) -> Path:
        log_dir: str = getattr(self, "log_dir")  # noqa: B009 # of YZLiteModel, which every model derives from too
        return Path(log_dir) / "train"
