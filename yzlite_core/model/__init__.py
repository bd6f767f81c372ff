"""A model specification: settings, the model and its mixins, and how a script is found and loaded."""
