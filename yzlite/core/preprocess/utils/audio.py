"""Forwards to yzlite-audio."""

from yzlite_core import adjust_length as adjust_length
from yzlite_core import apply_frontend as apply_frontend
from yzlite_core import read_audio_file as read_audio_file
from yzlite_core import write_audio_file as write_audio_file
