"""The check that nothing is left behind, shared with the tests of the transport."""

from tests.websocket.conftest import nothing_left

__all__ = ("nothing_left",)
