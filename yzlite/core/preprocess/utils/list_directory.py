"""Lists of files that datasets of all kinds share."""

from yzlite_core.compat.file_lists import list_dataset_directory as list_dataset_directory
from yzlite_core.compat.file_lists import (
    list_valid_filenames_in_directory as list_valid_filenames_in_directory,
)
from yzlite_core.data.listing import shuffle_file_list_by_group as shuffle_file_list_by_group
from yzlite_core.data.listing import split_file_list as split_file_list
