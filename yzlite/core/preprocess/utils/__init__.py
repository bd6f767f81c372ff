"""What datasets of all kinds share: lists of files, and normalizing."""

from yzlite.core.preprocess.utils.list_directory import list_dataset_directory as list_dataset_directory
from yzlite.core.preprocess.utils.list_directory import (
    list_valid_filenames_in_directory as list_valid_filenames_in_directory,
)
from yzlite.core.preprocess.utils.list_directory import (
    shuffle_file_list_by_group as shuffle_file_list_by_group,
)
from yzlite.core.preprocess.utils.list_directory import split_file_list as split_file_list
from yzlite_core.compat.normalizing import normalize as normalize
