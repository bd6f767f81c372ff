"""Forwards to the plugin that owns the names below."""
