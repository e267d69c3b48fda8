"""The state of the emulator, without I/O: rooms, streams, recordings, compositions, tokens."""
