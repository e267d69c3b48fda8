"""The control interface of the emulator for programs that embed it, by subject."""
