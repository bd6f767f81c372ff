"""Specifications to begin with, each complete as it stands."""
