"""The room of the .tflite file: read, verify, change, measure, run and describe it.

`file` reads and writes it, `parameters` what it carries for the firmware, `metrics` and `arena` say what it
costs, `interpreter` runs it, `summary` looks it over, and `model` is all of that in one class. Nothing here
imports TensorFlow or Keras.
"""
