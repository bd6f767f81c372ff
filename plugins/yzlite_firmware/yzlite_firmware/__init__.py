"""Firmware for YZLite: what an engineer needs of a `.tflite`, as C source with all that the device must know.

`cli` is the command `export`. `project` asks every plugin for files and puts them into a folder; `plugin`
answers with those of `sources`: the model, its parameters as constants (`parameters`), the resolver of its
operators (`operators`) and an example. `c_text` writes C's literals and names.
"""
