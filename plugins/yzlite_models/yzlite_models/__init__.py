"""Reference models and named datasets for YZLite.

`models` holds specification scripts, found by `yzlite list` and run by name; `datasets` holds the data
that a specification asks for by name. Importing this package imports neither.
"""
