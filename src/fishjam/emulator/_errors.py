"""What the emulator raises to the program that embeds it."""

from __future__ import annotations

from fishjam.errors import FishjamError


class EmulatorError(FishjamError, RuntimeError):
    """The emulator was used in a way that cannot work, such as a port that is taken."""

    __module__ = "fishjam.emulator"
