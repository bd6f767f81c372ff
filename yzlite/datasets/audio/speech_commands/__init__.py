"""Forwards to yzlite-models."""

from yzlite_core import speech_commands_v2 as speech_commands_v2
