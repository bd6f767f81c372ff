"""A specification that needs the core alone: three classes of noise at different levels."""

# @yzlite_model
import keras
import numpy as np

from yzlite_core import DatasetMixin, TrainMixin, YZLiteModel


class Blobs(YZLiteModel, TrainMixin, DatasetMixin):
    """Generic arrays in memory."""

    GENERATED = True

    def load_dataset(self, subset: str, test: bool = False, **kwargs: object) -> None:
        """Make arrays; each subset from a generator of its own."""
        rng = np.random.default_rng(["training", "validation", "evaluation"].index(subset))
        labels = rng.integers(0, 3, 240)
        noise = rng.normal(scale=0.3, size=(240, 8, 8, 1))
        self.x = (noise + labels[:, None, None, None]).astype("float32")
        self.y = np.eye(3, dtype="float32")[labels]
        if subset == "training":
            self.validation_split = 0.25


my_model = Blobs()
my_model.version = 3
my_model.description = "Three levels of noise"
my_model.classes = ["low", "middle", "high"]
my_model.input_shape = (8, 8, 1)
my_model.epochs = 2
my_model.early_stopping["monitor"] = "val_loss"
my_model.model_parameters["volume_db"] = 5.0


def build(my_model: Blobs) -> keras.Model:
    """A tiny network with a random layer, so that seeds matter."""
    keras_model = keras.Sequential(
        [
            keras.layers.InputLayer(my_model.input_shape),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(my_model.n_classes, activation="softmax"),
        ]
    )
    keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)
    return keras_model


my_model.build_model_function = build
