"""What the command `fishjam emulator` says while it runs."""
