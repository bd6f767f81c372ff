"""Forwards to yzlite-models."""

from yzlite_core import rock_paper_scissors_v1 as rock_paper_scissors_v1
