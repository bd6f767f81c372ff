"""The door for plugins that read, measure or write a .tflite; it needs no TensorFlow.

The parameters that travel in the file, for example::

    >>> from yzlite_core.plugin.tflite import TfliteModelParameters, enum_values
    >>> parameters = TfliteModelParameters(salt=0.02, classes=["still", "moving"])
    >>> TfliteModelParameters.deserialize(parameters.serialize())["classes"]
    ['still', 'moving']
    >>> enum_values("BuiltinOperator")["CONV_2D"]
    3

`TfliteModel.load_flatbuffer_file(path)` reads a file, and `required_arena` says what memory it needs.
"""

from __future__ import annotations

from yzlite_core.contract.stub import handed_out

__all__, __getattr__, __dir__ = handed_out(__name__)
