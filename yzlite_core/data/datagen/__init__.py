"""What data generators and the datasets that they read have in common, whatever the samples are.

A plugin for a kind of samples derives its generator from `DataGenerator`, its dataset's mixin from
`yzlite_core.plugin.DataGeneratorDatasetMixin`, and tells a `SubsetLoader` how samples are read::

    class MotionDataGenerator(DataGenerator):
        formats = ("csv",)

Nothing here imports TensorFlow or Keras.
"""

from yzlite_core.data.datagen.checks import data_problems, is_known
from yzlite_core.data.datagen.generator import DEFAULT_SEED, DataGenerator
from yzlite_core.data.datagen.labels import CLASS_MODES, Targets, encode_labels
from yzlite_core.data.datagen.loading import SampleSet, SubsetLoader
from yzlite_core.data.datagen.naming import FolderData, NamedData, folder_data, folder_of, named_data
from yzlite_core.data.datagen.options import DataGeneratorOptions
from yzlite_core.data.datagen.params import ParallelProcessParams
from yzlite_core.data.datagen.standardize import Standardizer

__all__ = [
    "CLASS_MODES",
    "DEFAULT_SEED",
    "DataGenerator",
    "DataGeneratorOptions",
    "FolderData",
    "NamedData",
    "ParallelProcessParams",
    "SampleSet",
    "Standardizer",
    "SubsetLoader",
    "Targets",
    "data_problems",
    "encode_labels",
    "folder_data",
    "folder_of",
    "is_known",
    "named_data",
]
