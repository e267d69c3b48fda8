"""The emulator's own page: one document, with its style and its scripts in it."""
