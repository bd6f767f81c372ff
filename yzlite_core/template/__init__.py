"""What `yzlite new` and `yzlite new-plugin` copy; nothing here is imported."""
