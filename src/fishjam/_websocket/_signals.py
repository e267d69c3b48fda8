"""Signals between the socket engines and what stands on them; users never meet one of these.

```
FishjamError
├── SocketClosedError (also a RuntimeError)       closed by this side
├── SocketEndedError                              closed in order by the server
├── SocketBusyError (also a RuntimeError)         another task is receiving already
└── UnexpectedText                                a text message came; the connection goes on
```

Each can be built from one text, pickles and copies. What users can catch is in `fishjam.errors`.
"""

from __future__ import annotations

from fishjam.errors import FishjamError


class SocketClosedError(FishjamError, RuntimeError):
    """The socket was closed by this side: `aclose()` was called, or its context was left."""


class SocketEndedError(FishjamError):
    """The server closed the connection in order.

    Attributes:
        code: the close code: 1000, 1001, or 1005 when the server gave none.
        reason: the server's words, often empty.
    """

    def __init__(self, message: str = "", *, code: int | None = None, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class SocketBusyError(FishjamError, RuntimeError):
    """Another task is receiving from this socket; it is not disturbed."""


class UnexpectedText(FishjamError):  # noqa: N818 - it is news about one message, not a failure
    """A text message came where only binary ones make sense; the next `receive()` goes on.

    `text` holds the message.
    """

    def __init__(self, message: str = "", *, text: str = "") -> None:
        super().__init__(message)
        self.text = text
