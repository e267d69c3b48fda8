"""The errors of the SDK, as one tree.

```
FishjamError
├── ConfigurationError                  an unusable ID or token (also a ValueError)
│   └── MissingFishjamIdError
├── ClientClosedError                   a client that was closed (also a RuntimeError)
├── EventLoopError                      not on this event loop (also a RuntimeError)
├── ForkedClientError                   a client of another process (also a RuntimeError)
├── MissingExtraError                   packages are not installed (also an ImportError)
├── FishjamConnectionError              no answer came, or a WebSocket broke
│   ├── FishjamTimeoutError             ... within its time
│   │   └── SocketOpenTimeoutError      a WebSocket was not opened in time (also a SocketOpenError)
│   ├── ResponseTooLargeError           the answer was larger than it may be
│   ├── SocketBrokenError               the connection ended other than in order
│   └── SocketOpenError                 the connection was never made
│       ├── TlsError                    ... because TLS failed
│       ├── ProxyRefusedError           ... because the proxy refused it
│       └── HandshakeRefusedError       ... because the server refused the handshake
│           └── RedirectRefusedError    ... by pointing to another address
├── NotificationDecodeError             not a notification (also a ValueError)
├── WebhookSignatureError               a webhook not signed with your secret
├── NotifierAuthError                   its token was refused (also a RuntimeError)
├── CallbackCancelledError              a function of yours was cancelled, and not by you
├── AgentError                          all that an agent's session raises
│   ├── AgentAuthError                  the agent's token was refused
│   ├── AgentSessionClosedError         it ended in order (also a RuntimeError)
│   ├── AgentConnectionError            it broke (also a FishjamConnectionError)
│   │   └── AgentTimeoutError           no answer in time (also a FishjamTimeoutError)
│   ├── AgentTrackRemovedError          the track was removed (also a RuntimeError)
│   └── AgentBusyError                  two tasks do the same (also a RuntimeError)
├── RecordingError                      a recording is not as far as it has to be
│   ├── RecordingFailedError            ... and never will be
│   └── RecordingTimeoutError           ... after all its time (also a TimeoutError)
├── StaleSdkError                       kept for older code, never raised here
└── HTTPError                           an answer came, and it was a failure
    ├── BadRequestError                 400, 422
    ├── UnauthorizedError               401
    ├── InvalidFishjamCredentialsError  401, 403, 404 to `check_credentials`
    ├── QuotaExceededError              402
    ├── NotFoundError                   404
    │   ├── CompositionNotFoundError
    │   ├── InputNotFoundError
    │   ├── OutputNotFoundError
    │   └── RendererNotFoundError
    ├── ConflictError                   409
    ├── ServiceUnavailableError         503
    └── InternalServerError             every other failure
        ├── ForbiddenError              403
        ├── RateLimitError              429
        ├── ClientError                 other 4xx
        ├── ServerError                 other 5xx
        └── InvalidResponseError        a good status, not the promised answer
```

Each can be built from one text, pickles and copies. None of them ever holds the management token.
What belongs to one optional part is defined there: `EmulatorError` in `fishjam.emulator`,
`WebhookBodyError` and `WebhookHandlerError` in `fishjam.integrations`,
`InvalidGeminiCredentialsError` in `fishjam.integrations.gemini`, and `EngineUnavailableError`,
`EngineRefusedError`, `JobMovedError`, `JobNotStartedError` and `JobDataError` in `fishjam.fleet`,
each a `FishjamError`. Wrong arguments raise `TypeError` or `ValueError`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

__all__ = (
    "AgentAuthError",
    "AgentBusyError",
    "AgentConnectionError",
    "AgentError",
    "AgentSessionClosedError",
    "AgentTimeoutError",
    "AgentTrackRemovedError",
    "BadRequestError",
    "BlockingCallWarning",
    "CallbackCancelledError",
    "ClientClosedError",
    "ClientError",
    "CompositionNotFoundError",
    "ConfigurationError",
    "ConflictError",
    "EventLoopError",
    "FishjamConnectionError",
    "FishjamError",
    "FishjamTimeoutError",
    "ForbiddenError",
    "ForkedClientError",
    "HTTPError",
    "HandshakeRefusedError",
    "InputNotFoundError",
    "InsecureUrlWarning",
    "InternalServerError",
    "InvalidFishjamCredentialsError",
    "InvalidResponseError",
    "MissingExtraError",
    "MissingFishjamIdError",
    "NotFoundError",
    "NotificationDecodeError",
    "NotifierAuthError",
    "OutputNotFoundError",
    "ProxyRefusedError",
    "QuotaExceededError",
    "RateLimitError",
    "RecordingError",
    "RecordingFailedError",
    "RecordingTimeoutError",
    "RedirectRefusedError",
    "RendererNotFoundError",
    "ResponseTooLargeError",
    "ServerError",
    "ServiceUnavailableError",
    "SocketBrokenError",
    "SocketOpenError",
    "SocketOpenTimeoutError",
    "StaleSdkError",
    "TlsError",
    "UnauthorizedError",
    "WebhookSignatureError",
    "error_for_status",
)


class FishjamError(Exception):
    """The base of all errors of this SDK.

    Its text can be shown to anybody: it holds no address, no token and no name of a variable. What
    was being done, where, and what to do about it are notes (PEP 678), which tracebacks show from
    Python 3.11 on, and which `__notes__` holds on every Python.
    """

    if sys.version_info < (3, 11):

        def add_note(self, note: str, /) -> None:
            """Add a note, as every exception can do from Python 3.11 on."""
            if not isinstance(note, str):
                raise TypeError(f"note must be a str, not {type(note).__name__!r}")
            # A new list, because a copy of an error shares the old one.
            self.__notes__ = [*getattr(self, "__notes__", ()), note]


class InsecureUrlWarning(UserWarning):
    """A management token is about to travel over plain http to another machine."""


class BlockingCallWarning(UserWarning):
    """A sync client was called inside a running event loop, which stands still meanwhile.

    Use the async client, or make the call in a thread. Each client warns once. In a notebook,
    whose loop always runs, a cell holds it up anyway, so there is no warning.
    """


# The published SDK raises a ValueError for an empty id, so these errors stay one.
class ConfigurationError(FishjamError, ValueError):
    """A Fishjam ID or a management token that cannot be used; raised before any request."""


class MissingFishjamIdError(ConfigurationError):
    """The Fishjam ID is empty."""

    def __init__(
        self,
        message: str = "The Fishjam ID is empty. Pass the id or the URL of your Fishjam, "
        "or set FISHJAM_ID and use from_env().",
    ) -> None:
        super().__init__(message)


class ClientClosedError(FishjamError, RuntimeError):
    """A method was called on a client that had been closed."""


class EventLoopError(FishjamError, RuntimeError):
    """Something was used on an event loop on which it cannot run.

    The loop is another one than that on which an async client was first used; or it is trio's, and
    what was called needs asyncio.
    """


class ForkedClientError(FishjamError, RuntimeError):
    """A client with an `http_client` of your own was used in another process than at first.

    Its connections belong to that process: both would read from them, and each could get the
    answers of the other. A client without an `http_client` can be used in any process.
    """


class NotificationDecodeError(FishjamError, ValueError):
    """The bytes are not a notification; answer a webhook with 400."""


class WebhookSignatureError(FishjamError):
    """The signature of a webhook is missing or wrong; answer it with 401."""


class NotifierAuthError(FishjamError, RuntimeError):
    """The server refused the notifier's management token; trying again cannot help."""


class CallbackCancelledError(FishjamError):
    """A handler or callback ended with a cancellation that was not requested of its task.

    It awaited something that was cancelled, for example another task; `__cause__` is the
    `CancelledError`. It occurs on asyncio, from Python 3.11 on: Python 3.10 cannot tell it from a
    cancellation from outside, and there it is treated as one.
    """


class StaleSdkError(FishjamError):
    """The server knows a status that the SDK does not; kept so that older code can catch it.

    This SDK never raises it: a value that it does not know is passed on as it is.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        return f"The server sent a status that this SDK does not know: {self.status}"


class FishjamConnectionError(FishjamError):
    """No answer came: the connection could not be made, or it broke.

    `__cause__` is the library's or the system's own error.

    Attributes:
        operation: the API operation, for example "create_room".
        method: the HTTP method, for example "POST".
        url: the address without secrets.
        hint: what to do about it.

    All of them are None on an error that was built by hand.
    """

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        method: str | None = None,
        url: str | None = None,
        hint: str | None = None,
    ) -> None:
        # Only the text: pickle and copy call the class with it alone, then put the attributes back.
        super().__init__(message)
        self.operation = operation
        """The API operation, for example "create_room"."""
        self.method = method
        """The HTTP method, for example "POST"."""
        self.url = url
        """The address without secrets."""
        self.hint = hint
        """What to do about it."""


class FishjamTimeoutError(FishjamConnectionError):
    """No answer came in time; see the `timeout` of the client."""


class ResponseTooLargeError(FishjamConnectionError):
    """The answer was larger than it may be, and reading it was given up.

    A decoded answer may have 64 MiB, unless the client was given another `max_response_size`, and
    up to 100 interim responses (status 1xx) may come before it. Downloads may be of any size.
    """


class SocketBrokenError(FishjamConnectionError):
    """A WebSocket ended other than in order; `__cause__` is the library's or the system's error.

    Attributes:
        code: the close code: the server's, or the one that this side gave when it had to end the
            connection (1002, 1007, 1009, 1011), or 1006 when there was none.
        reason: the text that went with it, often empty.
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
        """The close code: the server's, or the one that this side gave when it had to end the
        connection (1002, 1007, 1009, 1011), or 1006 when there was none.
        """
        self.reason = reason
        """The text that went with it, often empty."""


class SocketOpenError(FishjamConnectionError):
    """No connection was made; `__cause__` is the library's or the system's error."""


class TlsError(SocketOpenError):
    """TLS failed, for example because the server's certificate is not trusted."""


class ProxyRefusedError(SocketOpenError):
    """The proxy refused to connect to the server; `status_code` is its answer."""

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
        retry_after: seconds that the server asks to wait before the next try (`Retry-After`, as a
            rule with 429 or 503), or None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status_code: int | None = None,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(message, url=url)
        self.status_code = status_code
        """The HTTP status, for example 403."""
        self.detail = detail
        """The first KiB of the server's own text."""
        self.headers: dict[str, str] = dict(headers or {})
        """The answer's headers, with names in lower case."""
        self.retry_after = retry_after
        """Seconds that the server asks to wait before the next try (`Retry-After`, as a rule with
        429 or 503), or None.
        """


class RedirectRefusedError(HandshakeRefusedError):
    """The server redirected the handshake; never followed, because the token would go along."""


class SocketOpenTimeoutError(FishjamTimeoutError, SocketOpenError):
    """The connection was not made in time; see `open_timeout`."""


class MissingExtraError(FishjamError, ImportError):
    """Packages of an extra are not installed; the message says which extra to install.

    Under trio, sockets need the extra `trio`.
    """


class AgentError(FishjamError):
    """The base of what an agent's session raises by itself."""


class AgentAuthError(AgentError):
    """The server refused the agent's token.

    Attributes:
        reason: the server's own words, for example "invalid token" or "peer already connected".
    """

    def __init__(self, reason: str = "") -> None:
        # Not the whole sentence, because pickle and copy call the class with what stands here.
        super().__init__(reason)
        self.reason = reason
        """The server's own words, for example "invalid token" or "peer already connected"."""
        self.add_note(
            "An agent's token is good for 24 hours and one connection at a time, while its room "
            "and its peer exist."
        )

    def __str__(self) -> str:
        return f"The server refused the agent: {self.reason or 'no reason given'}."


class AgentSessionClosedError(AgentError, RuntimeError):
    """The session has ended in order: you closed it, the peer was removed or the room stopped."""


class AgentConnectionError(AgentError, FishjamConnectionError):
    """The agent's connection broke, or the other side does not speak as a Fishjam should."""


class AgentTimeoutError(AgentConnectionError, FishjamTimeoutError):
    """No answer came in time: no word after the token, or no image of a track."""


class AgentTrackRemovedError(AgentError, RuntimeError):
    """Something was asked of a track that had been removed."""


class AgentBusyError(AgentError, RuntimeError):
    """Another task does this already: it waits in `receive()`, or plays on the same track."""


class RecordingError(FishjamError):
    """A recording is not as far as it has to be.

    Attributes:
        recording_id: its id.
        status: its last known status, for example "active".

    Both are None on an error that was built by hand.
    """

    def __init__(
        self, message: str = "", *, recording_id: str | None = None, status: str | None = None
    ) -> None:
        super().__init__(message)
        self.recording_id = recording_id
        """Its id."""
        self.status = status
        """Its last known status, for example "active"."""


class RecordingFailedError(RecordingError):
    """The recording has failed: it has no files, and never will have."""


class RecordingTimeoutError(RecordingError, TimeoutError):
    """The recording did not become available in the time that `wait_for_recording` was given."""


class HTTPError(FishjamError):
    """The server answered, and the answer was a failure.

    Its text is the server's own, so that programs can pass it on to their users. An answer that has
    none, or a page of HTML in its place, reads as its status, for example "502 Bad Gateway". The
    management token, where a server repeats it, is replaced by `***`.

    Attributes:
        status_code: the HTTP status, for example 404.
        detail: the server's own text, the same as `str()` of the error.
        method: the HTTP method, for example "POST".
        url: the address without secrets.
        headers: the answer's headers, with names in lower case.
        operation: the API operation, for example "create_room".
        hint: what to do about it; None where the answer says it all.

    All of them are None (`headers` is empty) on an error that was built by hand.
    """

    def __init__(
        self,
        errors: str = "",
        *,
        status_code: int | None = None,
        detail: str | None = None,
        method: str | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        operation: str | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(errors)
        self.status_code = status_code
        """The HTTP status, for example 404."""
        self.detail = detail
        """The server's own text, the same as `str()` of the error."""
        self.method = method
        """The HTTP method, for example "POST"."""
        self.url = url
        """The address without secrets."""
        self.headers: dict[str, str] = dict(headers or {})
        """The answer's headers, with names in lower case."""
        self.operation = operation
        """The API operation, for example "create_room"."""
        self.hint = hint
        """What to do about it; None where the answer says it all."""
        self.retry_after = retry_after
        """Seconds the server asked to wait before the next try (`Retry-After`), or None."""


class BadRequestError(HTTPError):
    """400 or 422: the server does not accept what was sent; `detail` says what is wrong."""


class UnauthorizedError(HTTPError):
    """401: the management token is not good for this Fishjam."""


class InvalidFishjamCredentialsError(HTTPError):
    """The Fishjam ID and the management token do not belong together (`check_credentials`)."""


class QuotaExceededError(HTTPError):
    """402: the account's quota is used up."""


class NotFoundError(HTTPError):
    """404: what the call names does not exist, or no longer."""


class CompositionNotFoundError(NotFoundError):
    """404: the composition does not exist, or no longer."""


class InputNotFoundError(NotFoundError):
    """404: the composition has no such input."""


class OutputNotFoundError(NotFoundError):
    """404: the composition has no such output."""


class RendererNotFoundError(NotFoundError):
    """404: the composition has no such image or font."""


class ConflictError(HTTPError):
    """409: the state of things forbids it, for example a full room."""


class ServiceUnavailableError(HTTPError):
    """503: the service cannot answer now; try again later."""


class InternalServerError(HTTPError):
    """Every other failure; the classes below it tell them apart."""


# These are below InternalServerError because the published SDK raises that for all statuses
# that have no class of their own there: code that catches it goes on to work.
class ForbiddenError(InternalServerError):
    """403: the management token may not do this."""


class RateLimitError(InternalServerError):
    """429: too many requests; `retry_after` says how many seconds to wait, if the server did."""


class ClientError(InternalServerError):
    """Any other 4xx: the server does not take the request as it is."""


class ServerError(InternalServerError):
    """Any other 5xx: something failed on the server's side."""


class InvalidResponseError(InternalServerError):
    """The status was good, but the answer is not what the API promises."""


_BY_STATUS: Mapping[int, type[HTTPError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    402: QuotaExceededError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    # The published SDK has one class for 400 and 422.
    422: BadRequestError,
    429: RateLimitError,
    503: ServiceUnavailableError,
}


def _class_for(status_code: int) -> type[HTTPError]:
    if status_code in _BY_STATUS:
        return _BY_STATUS[status_code]
    # A good status gets here when its answer cannot be read, or when no document promises it.
    family = {2: InvalidResponseError, 4: ClientError, 5: ServerError}
    return family.get(status_code // 100, InternalServerError)


def error_for_status(
    status_code: int, detail: str, not_found: type[HTTPError] | None = None
) -> HTTPError:
    """Build the error of a status code.

    Args:
        status_code: any HTTP status.
        detail: the server's text.
        not_found: the class to use for 404, when it can be told more precisely.
    """
    error_class = not_found if not_found and status_code == 404 else _class_for(status_code)
    return error_class(detail, status_code=status_code, detail=detail)
