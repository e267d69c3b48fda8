"""The errors that the emulator raises in the program that embeds it."""

from __future__ import annotations

from fishjam.errors import FishjamError


class EmulatorError(FishjamError, RuntimeError):
    """The emulator cannot do what was asked for, for example listen on a port that is taken."""

    __module__ = "fishjam.emulator"
