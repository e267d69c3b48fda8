"""The library that audio is read and converted with, loaded when it is first needed."""

from __future__ import annotations

from types import ModuleType

from fishjam.errors import MissingExtraError


def load() -> ModuleType:
    """Return the module `av`; the first time takes a tenth of a second or two.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        # Not at the top: the package is large, so only extras bring it, and slow to import.
        import av
    except ImportError as error:
        raise MissingExtraError(
            "Reading and converting audio needs the package av: "
            'pip install "fishjam-server-sdk[audio]"'
        ) from error
    return av
