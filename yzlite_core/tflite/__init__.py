"""The room of the .tflite file: read, measure, run, describe and make it.

`model` reads and writes the file, `parameters` what it carries for the firmware, `metrics` and `memory`
say what it costs, `interpreter` runs it, `convert` makes it, `audit` and `summary` look it over. Nothing
here imports TensorFlow or Keras; the one script that does (`_convert_child`) is a process of its own.
"""
