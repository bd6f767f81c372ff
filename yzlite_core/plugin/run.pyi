"""For plugins that work on models and runs of their own accord: `run.py` says how."""

from yzlite_core.functions.load import trained_tflite as trained_tflite
from yzlite_core.run.prepare import prepare as prepare
from yzlite_core.run.reports import ConvertReport as ConvertReport
from yzlite_core.run.reports import FitReport as FitReport
from yzlite_core.run.reports import ProfileReport as ProfileReport
from yzlite_core.run.stages.load import Data as Data
from yzlite_core.run.stages.load import unloaded_after as unloaded_after
