"""The REST APIs of the emulator, from the bytes of a request to those of its answer."""
