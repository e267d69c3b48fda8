"""What the engine of an event loop must be able to do; everything else is the same for both."""

from __future__ import annotations

from typing import Protocol

from fishjam._websocket.close_info import CloseInfo
from fishjam._websocket.http_response import HttpResponseReader

HANDSHAKE = "waiting for the server's answer to the handshake"


class ConnectionEnded(Exception):  # noqa: N818 - a signal from an engine, never seen outside
    """The connection has ended, and not because `close()` was called."""

    def __init__(self, close_info: CloseInfo) -> None:
        super().__init__(close_info)
        self.close_info = close_info


class Progress:
    """How far opening a connection has come, for the error if it fails."""

    def __init__(self) -> None:
        self.doing = ""
        """What is being done, to follow "while"."""
        self.response: HttpResponseReader | None = None
        """What has come back over HTTP."""
        self.through_proxy = False
        """Whether that is the proxy's response."""
        self.lost: Exception | None = None
        """The system's error when the connection broke, where the library does not pass it on."""

    def note(self, doing: str) -> None:
        """Note a step in which nothing comes back over HTTP."""
        self.doing = doing
        self.response = None

    def ask(self, doing: str, *, through_proxy: bool = False) -> HttpResponseReader:
        """Note that a request goes out, and return the reader for its response."""
        self.doing = doing
        self.through_proxy = through_proxy
        self.response = HttpResponseReader(to_connect=through_proxy)
        return self.response


class EngineConnection(Protocol):
    """One connection as its engine sees it. Cancelling any of these leaves the stream whole."""

    async def send(self, data: bytes) -> None:
        """Send one message; raises `ConnectionEnded`."""
        ...

    async def read(self) -> bytes | str:
        """Wait for the next message, text as str; raises `ConnectionEnded`."""
        ...

    async def ping(self) -> None:
        """Send a ping and wait for its answer; raises `ConnectionEnded`."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame, unless one went already, and wait for the server to hang up.

        Calling it again, after it was cancelled, waits on.
        """
        ...

    async def abort(self) -> None:
        """Drop the connection at once; again, too, when it is gone already."""
        ...
