"""The states a WebSocket can be in when it does not do what it was asked, as errors.

```
FishjamError
├── SocketClosedError (also a RuntimeError)       closed by us
├── SocketEndedError                              closed in order by the server
├── SocketBusyError (also a RuntimeError)         somebody else is receiving already
├── UnexpectedText                                a text message came; the connection goes on
├── MissingExtraError (also an ImportError)       the engine of this event loop is not installed
└── FishjamConnectionError
    ├── SocketBrokenError                         the connection ended in any other way
    └── SocketOpenError                           the connection was never made
        ├── TlsError                              ... no secure connection came about
        ├── ProxyRefusedError                     ... the proxy said no
        ├── HandshakeRefusedError                 ... the server said no
        │   └── RedirectRefusedError              ... the server pointed elsewhere
        └── SocketOpenTimeoutError (also a FishjamTimeoutError)
```

Each can be built from one text, pickles and copies.
"""

from __future__ import annotations

from collections.abc import Mapping

from fishjam.errors import FishjamConnectionError, FishjamError, FishjamTimeoutError


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


class MissingExtraError(FishjamError, ImportError):
    """The packages that this event loop needs are not installed; the message names the extra."""


class SocketBrokenError(FishjamConnectionError):
    """The connection is gone, and not in order; `__cause__` is what the library or the system said.

    Attributes:
        code: the close code: the server's, or the one that this side gave when it had to end the
            connection (1002, 1007, 1009, 1011), or 1006 when there was none.
        reason: the words that went with it, often empty.
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: int | None = None,
        reason: str = "",
        url: str | None = None,
    ) -> None:
        super().__init__(message, url=url)
        self.code = code
        self.reason = reason


class SocketOpenError(FishjamConnectionError):
    """The connection could not be made; `__cause__` is what the library or the system said."""


class TlsError(SocketOpenError):
    """No secure connection came about, for example because the certificate is not trusted."""


class ProxyRefusedError(SocketOpenError):
    """The proxy did not open a way to the server; `status_code` is its answer."""

    def __init__(
        self, message: str = "", *, status_code: int | None = None, url: str | None = None
    ) -> None:
        super().__init__(message, url=url)
        self.status_code = status_code


class HandshakeRefusedError(SocketOpenError):
    """The server answered the WebSocket handshake with another HTTP status than 101.

    Attributes:
        status_code: the HTTP status, for example 403.
        detail: the first KiB of the server's own text.
        headers: the answer's headers, with names in lower case.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status_code: int | None = None,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(message, url=url)
        self.status_code = status_code
        self.detail = detail
        self.headers: dict[str, str] = dict(headers or {})


class RedirectRefusedError(HandshakeRefusedError):
    """The server pointed to another address, which is never followed: a token might go with it."""


class SocketOpenTimeoutError(FishjamTimeoutError, SocketOpenError):
    """The connection was not made in time; see `open_timeout`."""
