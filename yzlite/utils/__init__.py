"""Helpers that existing scripts use."""
