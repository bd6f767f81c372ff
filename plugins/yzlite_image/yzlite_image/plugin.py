"""The image plugin's hook implementations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from yzlite_core.plugin import hookimpl
from yzlite_core.plugin.files import replacing

if TYPE_CHECKING:
    import numpy as np

    from yzlite_core.plugin import Dataset, Problem, Run, Sampling, ShownSample, YZLiteModel
    from yzlite_image.mixin import ImageDatasetMixin

YZLITE_CONTRACT = 1

_SHOWN, _COLUMNS = 12, 3  # images in the report


@hookimpl
def yzlite_load_dataset(
    model: YZLiteModel, subset: str, limit: int | None, seed: int, sampling: Sampling
) -> Dataset | None:
    """Load a subset of an image model, unless its class loads its data itself."""
    images = _image_model(model)
    if images is None or images.loads_itself:
        return None
    return images.load_subset(subset, limit, seed, sampling)


@hookimpl
def yzlite_check_model(model: YZLiteModel) -> Sequence[Problem] | None:
    """Say what in an image model cannot work."""
    images = _image_model(model)
    if images is None or images.loads_itself:
        return None
    from yzlite_image.checks import problems

    return list(problems(images))


@hookimpl
def yzlite_after_fit(model: YZLiteModel, dataset: Dataset, run: Run) -> None:
    """Draw some training images beside what the augmentation makes of them, for the report."""
    if _image_model(model) is None or not getattr(dataset.x, "transforms", ()):
        return
    from yzlite_image.looking import augmented_pairs
    from yzlite_image.sheet import contact_sheet

    pairs = augmented_pairs(dataset, _SHOWN, run.seed)
    sheet = contact_sheet(pairs, f"{model.name}: {len(pairs)} training images", columns=_COLUMNS)
    with replacing(run.paths.augmentation) as temporary:
        sheet.save(temporary, "PNG")


@hookimpl
def yzlite_model_parameters(model: YZLiteModel) -> Mapping[str, Any] | None:
    """Embed how images are standardized, so that firmware can do the same."""
    images = _image_model(model)
    return None if images is None or images.datagen is None else images.datagen.model_parameters


@hookimpl
def yzlite_show_sample(model: YZLiteModel, x: np.ndarray) -> ShownSample | None:
    """Show an image as the network gets it."""
    if _image_model(model) is None:
        return None
    from yzlite_core.plugin import ShownSample, picture_of

    return ShownSample(picture_of(x))


def _image_model(model: object) -> ImageDatasetMixin | None:
    from yzlite_image.mixin import ImageDatasetMixin

    return model if isinstance(model, ImageDatasetMixin) else None
