"""How the core trains with Keras; everything here is imported when a run needs it."""
