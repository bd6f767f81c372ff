"""Data: what is loaded, listed, split, put into batches and changed on its way."""
