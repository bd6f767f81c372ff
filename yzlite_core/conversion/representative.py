"""The samples that the quantization is calibrated with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from yzlite_core.data.dataset import Dataset
from yzlite_core.data.structures import count, mapped, taken
from yzlite_core.errors import ConversionError, YZLiteError

if TYPE_CHECKING:
    from yzlite_core.model.mixins import TrainMixin

T = TypeVar("T")

#: The inputs of one sample, each of shape (1, ...): a list in the network's order, or a mapping by name.
CalibrationSample = Sequence[np.ndarray] | Mapping[str, np.ndarray]

GENERATE = "generate"
_MAX_SAMPLES = 1000


def max_samples(model: TrainMixin) -> int:
    """Return the most samples that the quantization is calibrated with."""
    return model.tflite_converter.get("representative_dataset_max_samples", _MAX_SAMPLES)


def custom_samples(model: TrainMixin) -> list[CalibrationSample] | None:
    """Return the samples of a script's own representative dataset.

    Returns:
        For each sample its inputs of shape (1, ...): a list in the order of the network's inputs, or a
        mapping by name. None if the setting is not a function or an iterable.

    Raises:
        ConversionError: If it fails, or the setting is something else than it may be.
    """
    wanted = model.tflite_converter.get("representative_dataset", GENERATE)
    if wanted is None or wanted == GENERATE:
        return None
    if isinstance(wanted, str) or not (callable(wanted) or isinstance(wanted, Iterable)):
        raise ConversionError(
            f"tflite_converter['representative_dataset'] is {wanted!r}",
            hint="it takes 'generate', None, or a function that yields lists of input arrays",
        )
    samples: list[CalibrationSample] = []
    try:
        for item in wanted() if callable(wanted) else wanted:
            samples.append(_as_sample(item))
            if len(samples) >= max_samples(model):
                break
    except YZLiteError:
        raise
    except Exception as error:
        raise ConversionError(
            f"The script's representative dataset failed: {type(error).__name__}: {error}"
        ) from error
    return samples


def drawn_samples(dataset: Dataset, limit: int, seed: int) -> list[CalibrationSample]:
    """Draw samples of a dataset: as many of each class as there are, up to a limit, in a random order.

    Args:
        dataset: The data; it is read once.
        limit: The most samples.
        seed: The same seed, data and limit give the same samples.

    Returns:
        For each sample its inputs of shape (1, ...), as `Dataset.batches` gives them.
    """
    rng = np.random.default_rng([seed, *b"representative"])
    drawn = balanced(_labelled(dataset), limit, rng)
    return [drawn[place] for place in rng.permutation(len(drawn))]


def balanced(items: Iterable[tuple[Any, T]], limit: int, rng: np.random.Generator) -> list[T]:
    """Draw items of a stream so that each label has as many of them as possible.

    Keeps no more than `limit` items at a time. Within a label every item has the same chance. The method is
    class-balancing reservoir sampling (Chrysakis and Moens, Online Continual Learning from Imbalanced Data,
    ICML 2020).

    Args:
        items: (label, item) pairs.
        limit: The most items.
        rng: Draws.
    """
    kept: dict[Any, list[T]] = {}
    seen: dict[Any, int] = {}
    full: set[Any] = set()
    count = 0
    for label, item in items:
        own = kept.setdefault(label, [])
        seen[label] = seen.get(label, 0) + 1
        if count < limit:
            own.append(item)
            count += 1
            continue
        most = max(map(len, kept.values()))
        crowded = [name for name, held in kept.items() if len(held) == most]
        full.update(crowded)
        if label not in full:
            largest = kept[crowded[int(rng.integers(len(crowded)))]]
            largest.pop(int(rng.integers(most)))
            own.append(item)
        else:
            place = int(rng.integers(seen[label]))
            if place < len(own):
                own[place] = item
    return [item for held in kept.values() for item in held]


def _labelled(dataset: Dataset) -> Iterator[tuple[Any, CalibrationSample]]:
    for x, y in dataset.batches():
        inputs = x if isinstance(x, (list, dict)) else [x]
        labels = _labels(y)
        for row in range(count(inputs)):
            sample = mapped(np.array, taken(inputs, slice(row, row + 1)))  # copies, which outlive the batch
            yield None if labels is None else labels[row], sample


def _labels(y: Any) -> list[int] | None:
    """Return the class of each sample of a batch, or None if the targets are no classes."""
    if not isinstance(y, np.ndarray) or y.ndim not in (1, 2):
        return None
    if y.ndim == 2 and y.shape[1] > 1:
        is_one_hot = bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())
        return y.argmax(axis=1).tolist() if is_one_hot else None
    whole = y.reshape(-1)
    return whole.astype(int).tolist() if bool((whole == np.round(whole)).all()) else None


def _as_sample(item: Any) -> CalibrationSample:
    if isinstance(item, Mapping):
        return {name: np.asarray(part) for name, part in item.items()}
    return [np.asarray(part) for part in (item if isinstance(item, (list, tuple)) else [item])]
