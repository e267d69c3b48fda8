"""What a program may do to the emulator behind the API's back, by subject."""
