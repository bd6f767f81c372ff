"""What a firmware engineer needs of a `.tflite`: C source with everything that the device must know.

`c_text` writes C's literals and names, `operators` knows the resolver of TensorFlow Lite Micro, `parameters`
turns embedded parameters into constants, and `project` puts the files together.
"""
