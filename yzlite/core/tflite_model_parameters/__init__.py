"""`yzlite.core.tflite_model_parameters`: what a .tflite carries for the firmware."""

from yzlite_core import TFLITE_METADATA_TAG as TFLITE_METADATA_TAG
from yzlite_core import TfliteModelParameters as TfliteModelParameters
