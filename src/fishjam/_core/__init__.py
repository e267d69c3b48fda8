"""What generated code and every floor above it share: pure functions and values, no I/O."""
