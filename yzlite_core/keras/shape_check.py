"""Whether a network and its training data fit together: said before Keras says it less clearly."""

from __future__ import annotations

from typing import Any

from yzlite_core.data.dataset import Dataset
from yzlite_core.data.streams import is_tf_data
from yzlite_core.data.structures import leaves, listed, mapped
from yzlite_core.errors import TrainingError
from yzlite_core.support.source_location import line_of, line_of_function

Shape = tuple[int | None, ...]  # without the batch


def refuse_misfits(model: Any, keras_model: Any, dataset: Dataset) -> None:
    """Compare the shapes of the data with those of the network.

    Only what can be told without making a batch is compared: arrays, and a `tf.data.Dataset`.

    Raises:
        TrainingError: If they do not fit together.
    """
    shapes = _shapes(dataset)
    if shapes is None or not getattr(keras_model, "inputs", None):
        return
    x, y = shapes
    _compare_inputs(model, keras_model, x)
    if isinstance(y, tuple) and len(keras_model.outputs) == 1:
        _compare_labels(model, keras_model, y)


def _shapes(dataset: Dataset) -> tuple[Any, Any] | None:
    """Return the shapes of inputs and targets in a batch, in the structure of the data."""
    if dataset.in_memory:
        parts = (dataset.x, dataset.y)
    elif is_tf_data(dataset.x):
        spec = dataset.x.element_spec
        parts = (*(spec if isinstance(spec, tuple) else (spec,)), None)[:2]
    else:
        return None
    x, y = (None if part is None else mapped(lambda leaf: tuple(leaf.shape), listed(part)) for part in parts)
    return x, y


def _compare_inputs(model: Any, keras_model: Any, x: Any) -> None:
    wanted = {tensor.name: tuple(tensor.shape) for tensor in keras_model.inputs}
    if isinstance(x, dict):
        missing = [name for name in wanted if name not in x]
        if missing:
            raise TrainingError(
                f"The data has no input {', '.join(map(repr, missing))}, only {', '.join(map(repr, x))}"
                f"{line_of(model, 'x')}",
                hint="the names are those of the network's keras.Input layers",
            )
        given = [x[name] for name in wanted]
    else:
        given = list(leaves(x))
    if len(given) != len(wanted):
        raise TrainingError(
            f"The network has {len(wanted)} inputs, but the data has {len(given)}{line_of(model, 'x')}",
            hint="a list of arrays is one array for each input; for a list of samples write np.stack(...)",
        )
    for (name, shape), own in zip(wanted.items(), given, strict=True):
        if len(own) == len(shape) - 1 and _fits(own, shape[1:]):
            raise TrainingError(
                f"The data comes sample by sample, not in batches{line_of(model, 'x')}",
                hint="end the pipeline with .batch(my_model.batch_size)",
            )
        if not _fits(own[1:], shape[1:]) and not _fits_with_another_axis(own[1:], shape[1:]):
            where = line_of(model, "input_shape") or line_of_function(model.build_model_function)
            raise TrainingError(
                f"The network's input '{name}' takes samples of the shape {shape[1:]}, but the data has "
                f"{own[1:]}{where}",
                hint="set my_model.input_shape to the shape of one sample",
            )


def _compare_labels(model: Any, keras_model: Any, y: Shape) -> None:
    loss = keras_model.loss
    name = (
        loss if isinstance(loss, str) else str(getattr(loss, "name", getattr(loss, "__name__", "")))
    ).lower()
    output = tuple(keras_model.outputs[0].shape)
    columns, width = (y[1] if len(y) == 2 else 1 if len(y) == 1 else None), output[-1]
    if len(output) != 2 or columns is None or width is None:
        return
    where = line_of(model, "loss") or line_of_function(model.build_model_function)
    sparse = "sparse" in name
    if sparse and columns > 1:
        raise TrainingError(
            f"The loss {name} takes class ids, but the labels are rows of {columns} numbers{where}",
            hint="use the loss 'categorical_crossentropy'",
        )
    if "categorical" in name and not sparse and columns == 1 < width:
        raise TrainingError(
            f"The loss {name} takes one-hot rows, but the labels are class ids{where}",
            hint="use the loss 'sparse_categorical_crossentropy', or keras.utils.to_categorical",
        )
    if not sparse and columns != width and "crossentropy" in name:
        raise TrainingError(
            f"The network has {width} outputs, but the labels have {columns} columns"
            f"{line_of(model, 'classes') or where}",
            hint="let the last layer have my_model.n_classes units, and my_model.classes name every class",
        )


def _fits(own: Shape, wanted: Shape) -> bool:
    pairs = zip(own, wanted, strict=False)
    return len(own) == len(wanted) and all(a is None or b is None or a == b for a, b in pairs)


def _fits_with_another_axis(own: Shape, wanted: Shape) -> bool:
    """Tell whether Keras makes it fit by adding or dropping a last axis of length 1."""
    return _fits((*own, 1), wanted) or _fits(own, (*wanted, 1))
