"""The ground beside the errors: files, clocks, consoles, child processes; nothing here knows of models."""
