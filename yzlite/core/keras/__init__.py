"""`yzlite.core.keras`: names of Keras, imported when they are used."""

from yzlite_core.compat.keras_names import __getattr__ as __getattr__
