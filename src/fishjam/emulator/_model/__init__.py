"""What the emulator knows: rooms, streams, recordings, compositions, a plain model without I/O."""
