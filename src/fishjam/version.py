"""The version of this package."""

from fishjam._version import __version__

__all__ = ("get_version",)


def get_version() -> str:
    """Return the version of this package, for example "0.31.2"."""
    return __version__
