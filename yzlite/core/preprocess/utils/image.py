"""Forwards to yzlite-image."""

from yzlite_core import UniqueImageDatabase as UniqueImageDatabase
from yzlite_core import read_image_file as read_image_file
from yzlite_core import write_image_file as write_image_file
