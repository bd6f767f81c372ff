"""The addresses that existing scripts use; each forwards to the package that owns the name."""
