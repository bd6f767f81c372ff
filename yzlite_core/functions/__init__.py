"""What can be done with a model: one way for commands and for scripts.

A command turns its options into a `Request` and prints what comes back; a function of a script, which may
have the original's signature (`yzlite_core.compat.functions`), does the same and returns it.
"""
