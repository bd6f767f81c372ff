"""What commands do, as functions: one module each, built on `prepare` and `execute`.

Each takes a model object, a script's path, an archive's path or a name; `python my_model.py` calls them on
the model that the script has just made.
"""
