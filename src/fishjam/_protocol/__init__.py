"""The protobuf protocol: bytes to events and back, without any I/O."""
