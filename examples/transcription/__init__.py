"""Live transcription: what everybody in a room says, as text."""
