"""The contract between the core and its plugins: hooks, values, and how plugins are found and called."""
