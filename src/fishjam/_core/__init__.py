"""Values and functions that all other parts share; no I/O, no clock, no thread, no queue."""
