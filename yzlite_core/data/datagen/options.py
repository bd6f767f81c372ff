"""What every data generator can be told, whatever its samples are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from yzlite_core.data.batches import sample_function
from yzlite_core.model import parsers
from yzlite_core.model.settings import Configurable, Setting


class DataGeneratorOptions(Configurable):
    """The settings that data generators have in common; all are keywords of their constructors."""

    # ------------------------------------------------------------------------------- how batches are made
    cores: Setting[int | float] = Setting(
        int | float,
        default=0.25,
        doc="Threads that make batches: a number, a share of the cores (a float up to 1.0), -1 for all.",
        parse=parsers.cores,
        kept=False,
    )
    debug = Setting(
        bool, default=False, doc="Whether batches are made in line, where a debugger stops.", kept=False
    )
    max_batches_pending = Setting(int, default=4, doc="Batches made ahead.", kept=False)
    batch_size = Setting(
        int,
        default=None,
        doc="Samples in a batch, whatever the model or the call says; -1 for all in one.",
        parse=parsers.count,
    )
    max_samples_per_class = Setting(
        int, default=-1, doc="The most samples of each class; -1 for all.", parse=parsers.count
    )
    validation_split = Setting(
        float,
        default=0.0,
        doc="Share of each class that is for validation: its first files. The rest is for training.",
        parse=parsers.share,
    )
    validation_augmentation_enabled = Setting(
        bool, default=True, doc="Whether validation data is changed at random too."
    )
    cache_mb = Setting(
        int,
        default=512,
        doc="Memory in megabytes for samples that are kept as they were decoded, so that each file is read "
        "once, not once an epoch; 0 keeps none.",
        parse=parsers.not_negative,
        kept=False,
    )
    cache_dir: Setting[str | Path | None] = Setting(
        str | Path,
        default=None,
        doc="Folder for a file that keeps those samples in place of memory, mapped into it; the file is gone "
        "when the process ends.",
        kept=False,
    )
    on_bad_file = Setting(
        str,
        default="error",
        doc="What happens where a file is gone or cannot be decoded: 'error' ends with a sentence that names "
        "it; 'skip' leaves it out of its batch, and the run says how many were left out.",
        choices=("error", "skip"),
    )
    dtype: Setting[str | None] = Setting(
        str | None,
        default="float32",
        doc="Type of the samples in a batch; None for float32.",
        parse=parsers.dtype_name,
    )
    function_processes = Setting(
        int,
        default=0,
        doc="Processes in which `preprocessing_function` and the like run: worth it for functions written in "
        "Python alone, which hold up each other in threads. They are to be functions of the script or of a "
        "module, no lambdas; each process loads the script anew, and has a thread that waits for it. 0 calls "
        "the functions in the threads.",
        parse=parsers.not_negative,
        kept=False,
    )
    disable_gpu_in_subprocesses = Setting(
        bool, default=True, doc="Whether the processes of `function_processes` see no GPU.", kept=False
    )

    # ---------------------------------------------------------------------------------- the user's functions
    noaug_preprocessing_function: Setting[Callable[..., Any] | None] = Setting(
        Callable,
        default=None,
        doc="Called with each sample before it is augmented, float32; a function of two arguments is called "
        "with `params` and the sample (see `ParallelProcessParams`). By name it may ask for `class_id`, "
        "`filename` (in the dataset's folder), `batch_index` (its place in the batch), `batch_class_ids`, "
        "`batch_filenames`, and `rng`, a `numpy.random.Generator` with the same numbers for any number of "
        "workers.",
        parse=sample_function,
    )
    preprocessing_function: Setting[Callable[..., Any] | None] = Setting(
        Callable,
        default=None,
        doc="Like `noaug_preprocessing_function`, after augmentation.",
        parse=sample_function,
    )
    get_batch_function: Setting[Callable[..., Any] | None] = Setting(
        Callable,
        default=None,
        doc="Makes the batches in the place of all else: called with (batch_index, filenames, class_ids, "
        "params), returns (batch_index, (x, y)). See `BatchParameters`, and for the rest of what `params` "
        "has `ParallelProcessParams`.",
    )

    # ---------------------------------------------------------------------------------- standardization
    rescale = Setting(float, default=None, doc="Factor of all values; None or 0 for none.")
    samplewise_center = Setting(bool, default=False, doc="Whether a sample's mean is subtracted from it.")
    samplewise_std_normalization = Setting(
        bool, default=False, doc="Whether a sample is centred and divided by its standard deviation."
    )
