"""Tests of this directory run in the three worlds of `worlds.py`."""

from tests.http.worlds import anyio_backend, few_authorities, one_authority, world

__all__ = ("anyio_backend", "few_authorities", "one_authority", "world")
