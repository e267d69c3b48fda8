"""What the emulator knows: rooms, peers, streams and recordings, a plain model without any I/O."""
