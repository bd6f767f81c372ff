"""The room of the .tflite file: read, verify, change, measure, run and describe it.

`model` is the file as an object, `parameters` what it carries for the firmware, `metrics` and `arena` say
what it costs, `interpreter` runs it, `summary` looks it over. Nothing here imports TensorFlow or Keras.
"""
