"""`yzlite.core.tflite_model`: a .tflite, its layers and tensors."""

from yzlite_core.tflite.api import *
from yzlite_core.tflite.api import __all__ as __all__
