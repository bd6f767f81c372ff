"""The stages of a run, one function each, and the only callers of hooks during one."""
