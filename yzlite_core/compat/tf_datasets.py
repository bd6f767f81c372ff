"""Folders of samples as `tf.data.Dataset`, with the arguments that scripts of the original expect."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from yzlite_core.compat.file_lists import list_dataset_directory
from yzlite_core.contract.lazy_exports import borrow
from yzlite_core.data.batches import Processes, worker_count
from yzlite_core.data.listing import ListValidFilenames, Split
from yzlite_core.support.files import cache_dir, replacing

if TYPE_CHECKING:
    import tensorflow as tf

_UNKNOWN, _SILENCE = "_unknown_", "_silence_"  # classes that may have no folder
_SILENCE_RATE = 16000


def load_audio_directory(
    directory: str | os.PathLike[str],
    classes: Sequence[str],
    unknown_class_percentage: float = 1.0,
    silence_class_percentage: float = 1.0,
    class_counts: dict[str, int] | None = None,
    onehot_encode: bool = False,
    shuffle: bool = False,
    seed: int | None = None,
    split: Split | None = None,
    max_samples_per_class: int = -1,
    sample_rate_hz: int | None = None,
    return_audio_data: bool = False,
    return_audio_sample_rate: bool = False,
    white_list_formats: Sequence[str] | None = None,
    follow_links: bool = False,
    shuffle_index_directory: str | os.PathLike[str] | None = None,
    list_valid_filenames_in_directory_function: ListValidFilenames | None = None,
    process_samples_function: Callable[..., Any] | None = None,
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """Return a folder of class folders of sound as two datasets: the samples, and their class ids.

    `_unknown_` among the classes is drawn from all other folders; `_silence_` is a file of zeros, one second.

    Args:
        directory: See `list_dataset_directory`, as all that is not named here.
        classes: See there.
        unknown_class_percentage: See there.
        silence_class_percentage: `empty_class_percentage` there.
        class_counts: See there.
        onehot_encode: Give classes as int32 of shape (classes,) in the place of ids.
        shuffle: See there.
        seed: See there.
        split: See there.
        max_samples_per_class: See there.
        sample_rate_hz: Sample rate of sound that is returned, in Hz; None or -1 for that of the file.
        return_audio_data: Give the sound, float32 of shape (n,) in -1 to 1, in the place of the path.
        return_audio_sample_rate: Give (sound, sample rate).
        white_list_formats: Suffixes; None for wav.
        follow_links: See there.
        shuffle_index_directory: See there.
        list_valid_filenames_in_directory_function: See there.
        process_samples_function: See there.

    Raises:
        DatasetError: If a folder is missing or empty.
    """
    import tensorflow as tf

    rate = None if sample_rate_hz in (None, -1) else sample_rate_hz
    paths, ids = list_dataset_directory(
        directory,
        classes,
        unknown_class_percentage=unknown_class_percentage,
        unknown_class_label=_UNKNOWN if _UNKNOWN in classes else None,
        empty_class_percentage=silence_class_percentage,
        empty_class_label=_SILENCE if _SILENCE in classes else None,
        class_counts=class_counts,
        shuffle=shuffle,
        seed=seed,
        split=split,
        max_samples_per_class=max_samples_per_class,
        white_list_formats=white_list_formats or ["wav"],
        follow_links=follow_links,
        shuffle_index_directory=shuffle_index_directory,
        return_absolute_paths=True,
        list_valid_filenames_in_directory_function=list_valid_filenames_in_directory_function,
        process_samples_function=process_samples_function,
    )
    silence = str(_silence(rate or _SILENCE_RATE)) if None in paths else ""
    samples = tf.data.Dataset.from_tensor_slices([path or silence for path in paths])
    if return_audio_data:
        types = (tf.float32, tf.int32)

        def read(path: Any) -> Any:
            sound, of_file = tf.numpy_function(lambda name: _sound(name.decode(), rate), [path], types)
            sound.set_shape([None])
            of_file.set_shape([])
            return (sound, of_file) if return_audio_sample_rate else sound

        samples = samples.map(read)
    return samples, _labels(ids, len(classes), onehot_encode)


def load_image_directory(
    directory: str | os.PathLike[str],
    classes: Sequence[str],
    unknown_class_percentage: float = 1.0,
    class_counts: dict[str, int] | None = None,
    onehot_encode: bool = False,
    shuffle: bool = False,
    seed: int | None = None,
    split: Split | None = None,
    max_samples_per_class: int = -1,
    return_image_data: bool = False,
    white_list_formats: Sequence[str] | None = None,
    follow_links: bool = False,
    shuffle_index_directory: str | os.PathLike[str] | None = None,
    list_valid_filenames_in_directory_function: ListValidFilenames | None = None,
    process_samples_function: Callable[..., Any] | None = None,
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """Return a folder of class folders of images as two datasets: the samples, and their class ids.

    Args:
        directory: See `list_dataset_directory`, as all that is not named here.
        classes: See there; `_unknown_` is drawn from all other folders.
        unknown_class_percentage: See there.
        class_counts: See there.
        onehot_encode: Give classes as int32 of shape (classes,) in the place of ids.
        shuffle: See there.
        seed: See there.
        split: See there.
        max_samples_per_class: See there.
        return_image_data: Give the pixels, uint8 of shape (height, width, channels), not the path.
        white_list_formats: Suffixes; None for png and jpg.
        follow_links: See there.
        shuffle_index_directory: See there.
        list_valid_filenames_in_directory_function: See there.
        process_samples_function: See there.

    Raises:
        DatasetError: If a folder is missing or empty.
    """
    import tensorflow as tf

    paths, ids = list_dataset_directory(
        directory,
        classes,
        unknown_class_percentage=unknown_class_percentage,
        unknown_class_label=_UNKNOWN if _UNKNOWN in classes else None,
        class_counts=class_counts,
        shuffle=shuffle,
        seed=seed,
        split=split,
        max_samples_per_class=max_samples_per_class,
        white_list_formats=white_list_formats or ["png", "jpg"],
        follow_links=follow_links,
        shuffle_index_directory=shuffle_index_directory,
        return_absolute_paths=True,
        list_valid_filenames_in_directory_function=list_valid_filenames_in_directory_function,
        process_samples_function=process_samples_function,
    )
    samples = tf.data.Dataset.from_tensor_slices(paths)
    if return_image_data:

        def read(path: Any) -> Any:
            pixels = tf.numpy_function(lambda name: _pixels(name.decode()), [path], tf.uint8)
            pixels.set_shape([None, None, None])
            return pixels

        samples = samples.map(read)
    return samples, _labels(ids, len(classes), onehot_encode)


def parallel_process(
    dataset: tf.data.Dataset,
    callback: Callable[..., Any],
    dtype: Any = np.float32,
    n_jobs: int | float = 4,
    job_batch_size: int | None = None,
    pool: Processes | None = None,
    name: str = "ParallelProcess",
    env: Mapping[str, str] | None = None,
    disable_gpu_in_subprocesses: bool = True,
) -> tuple[tf.data.Dataset, Processes]:
    """Let processes call a function on each element of a dataset.

    Args:
        dataset: What is worked on.
        callback: A function at the top level of the script or of a module; called with the components of an
            element as NumPy values (strings are bytes), returns an array of one shape for all.
        dtype: Type of what it returns; several, if it returns as many arrays.
        n_jobs: Processes: a number, a share of the cores, or -1 for all.
        job_batch_size: Elements that are handed out together; None for as many as there are processes.
        pool: Processes that are there already.
        name: What TensorFlow calls the step.
        env: Environment variables of the processes.
        disable_gpu_in_subprocesses: Whether the processes see no GPU.

    Returns:
        The dataset of the results, and the processes, whose `shutdown()` ends them.

    Raises:
        DatasetError: If the processes could not find the function.
    """
    import tensorflow as tf

    count = worker_count(n_jobs)
    processes = pool or Processes(count, gpu=not disable_gpu_in_subprocesses, environment=env or {})
    call = processes.calling(callback)
    several = isinstance(dtype, (tuple, list))

    def work(*columns: Any) -> Any:
        with ThreadPoolExecutor(count) as waiting:
            results = list(waiting.map(call, *columns))
        if not several:
            return np.stack([np.asarray(result, dtype) for result in results])
        return [np.stack([np.asarray(result[n], kind) for result in results]) for n, kind in enumerate(dtype)]

    made = dataset.batch(job_batch_size or count).map(
        lambda *columns: tf.numpy_function(work, columns, dtype, name=name)
    )
    return made.unbatch(), processes


def enable_numpy_behavior() -> bool:
    """Give TensorFlow's tensors the methods and the types of NumPy's arrays; return whether that was done."""
    import tensorflow as tf

    tf.experimental.numpy.experimental_enable_numpy_behavior()
    return True


def _labels(ids: Sequence[int], count: int, onehot: bool) -> tf.data.Dataset:
    import tensorflow as tf

    labels = np.asarray(ids, np.int32)
    return tf.data.Dataset.from_tensor_slices(np.eye(count, dtype=np.int32)[labels] if onehot else labels)


def _sound(path: str, sample_rate: int | None) -> tuple[np.ndarray, np.int32]:
    sound, of_file = borrow("read_audio_file")(path, return_sample_rate=True)
    if sample_rate is None:
        return sound, np.int32(of_file)
    adjusted = borrow("adjust_length")(sound, sample_rate, of_file, trim_threshold_db=None)
    return adjusted, np.int32(sample_rate)


def _pixels(path: str) -> np.ndarray:
    pixels: np.ndarray = borrow("read_image_file")(path, return_numpy=True)
    return pixels


def _silence(sample_rate: int) -> Path:
    """Return a file of one second without a sound."""
    path = cache_dir() / "silence" / f"{sample_rate}hz.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary, wave.open(str(temporary), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(sample_rate)
            file.writeframes(bytes(2 * sample_rate))
    return path
