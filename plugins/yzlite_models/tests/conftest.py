pytest_plugins = ["yzlite_core.testing.fixtures"]
