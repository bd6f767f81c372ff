"""Folders of samples as `tf.data.Dataset`."""

from yzlite_core.compat.tf_datasets import enable_numpy_behavior as enable_numpy_behavior
from yzlite_core.compat.tf_datasets import load_audio_directory as load_audio_directory
from yzlite_core.compat.tf_datasets import load_image_directory as load_image_directory
from yzlite_core.compat.tf_datasets import parallel_process as parallel_process
