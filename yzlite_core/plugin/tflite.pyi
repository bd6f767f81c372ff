"""For plugins that read or write a .tflite: `tflite.py` says how."""

from yzlite_core.tflite.model import TfliteModel as TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters as TfliteModelParameters
from yzlite_core.tflite.schema import enum_values as enum_values
from yzlite_core.tflite.tensors import TfliteTensor as TfliteTensor
from yzlite_core.tflite.tflm import required_arena as required_arena
