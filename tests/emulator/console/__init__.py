"""What `fishjam emulator` says while it runs."""
