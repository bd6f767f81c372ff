"""The stages of a run: functions of values, each with the hooks that it calls."""
