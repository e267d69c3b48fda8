"""What an event loop's engine has to be able to do; everything else is the same for both."""

from __future__ import annotations

from typing import Protocol

from fishjam._websocket.answer import Answer
from fishjam._websocket.ending import Ending

HANDSHAKE = "waiting for the server's answer to the handshake"


class LineEnded(Exception):  # noqa: N818 - a signal from an engine, never seen outside
    """The connection has ended, and not because `shut()` was called."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


class Progress:
    """How far opening a connection has come, for the message when it goes no further."""

    def __init__(self) -> None:
        self.doing = ""
        """What is being done, to follow "while"."""
        self.answer: Answer | None = None
        """What has come back over HTTP."""
        self.through_proxy = False
        """Whether that answer is the proxy's."""
        self.lost: Exception | None = None
        """What the system said when the connection broke, where the library keeps it to itself."""

    def note(self, doing: str) -> None:
        """Note a step in which nothing comes back over HTTP."""
        self.doing = doing
        self.answer = None

    def ask(self, doing: str, *, through_proxy: bool = False) -> Answer:
        """Note that a request goes out, and return where its answer is to be collected."""
        self.doing = doing
        self.through_proxy = through_proxy
        self.answer = Answer(to_connect=through_proxy)
        return self.answer


class Line(Protocol):
    """One connection as its engine sees it. Cancelling any of these leaves the stream whole."""

    async def send(self, data: bytes) -> None:
        """Send one message; raises `LineEnded`."""
        ...

    async def read(self) -> bytes | str:
        """Wait for the next message, text as str; raises `LineEnded`."""
        ...

    async def ping(self) -> None:
        """Send a ping and wait for its answer; raises `LineEnded`."""
        ...

    async def shut(self, code: int, reason: str) -> None:
        """Send a close frame, unless one went already, and wait for the server to hang up."""
        ...

    async def cut(self) -> None:
        """Let go of the connection at once."""
        ...
