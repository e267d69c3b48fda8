"""Scripted servers, shared with the tests of the transport."""

from tests.websocket.conftest import nothing_left, serve

__all__ = ("nothing_left", "serve")
