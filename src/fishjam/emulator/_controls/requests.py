"""REST requests as a program sees and disturbs them."""

from __future__ import annotations

import json
from typing import Any

from fishjam.emulator._engine import Engine
from fishjam.emulator._rest.bodies import JSON
from fishjam.emulator._rest.faults import Break, Delay, Failure
from fishjam.emulator._rest.request_log import RecordedRequest
from fishjam.emulator._seconds import check_seconds

_PLAIN = "text/plain; charset=utf-8"
DEPRECATION_HEADER = "x-fishjam-api-deprecated"


class RequestControls:
    """Recorded requests, failures on order, and deprecation."""

    _engine: Engine

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests since the start or the last reset: the last 1000, oldest first.

        WHIP and WHEP requests of pages are among them, WebSockets are not.
        """
        return self._engine.request_log.all()

    def fail_next(
        self,
        status: int,
        *,
        times: int = 1,
        operation: str | None = None,
        retry_after: float | str | None = None,
        body: Any = None,
        content_type: str | None = None,
    ) -> None:
        """Answer the next requests with a failure instead of carrying them out.

        Args:
            status: the status of the answer, 200 to 599.
            times: how many requests fail.
            operation: fail only requests for this operation, of REST or `whip`, `whep` or
                `live_connection`; by default any.
            retry_after: the `Retry-After` header: seconds, or its text.
            body: bytes or a text to send as they are, or a value to send as JSON; by default an
                error as the API writes it.
            content_type: the Content-Type; by default JSON, and plain text for bytes and texts.

        Raises:
            ValueError: if an argument is out of its range.

        Example:
            ```python
            emulator.fail_next(503, operation="create_room", retry_after=1)
            ```
        """
        if not 200 <= status <= 599:
            raise ValueError(f"status must be from 200 to 599, not {status}")
        content, default_type = _content(status, body)
        kind = content_type or default_type
        headers = {"content-type": kind} if kind and content != b"" else {}
        if retry_after is not None:
            headers["retry-after"] = str(retry_after)
        failure = Failure(
            times=times, operation=operation, status=status, headers=headers, content=content
        )
        self._engine.faults.add(failure)

    def break_next(
        self, times: int = 1, operation: str | None = None, *, after_effect: bool = False
    ) -> None:
        """Drop the connection of the next requests instead of answering.

        Args:
            times: how many requests get no answer.
            operation: only requests for this operation; by default any.
            after_effect: carry the request out first, so that only its answer is lost.

        Raises:
            ValueError: if an argument is out of its range.
        """
        self._engine.faults.add(Break(times=times, operation=operation, after_effect=after_effect))

    def delay_next(self, seconds: float, *, times: int = 1, operation: str | None = None) -> None:
        """Delay the next requests before anything else happens to them.

        Args:
            seconds: how long, in seconds of real time.
            times: how many requests wait.
            operation: only requests for this operation; by default any.

        Raises:
            ValueError: if an argument is out of its range.
        """
        check_seconds("seconds", seconds, may_be_infinite=True)
        self._engine.faults.add(Delay(times=times, operation=operation, seconds=seconds))

    def deprecate(self, status: str | None, message: str = "") -> None:
        """Mark every answer as one of a deprecated API version, or stop that with None.

        Args:
            status: what the header `x-fishjam-api-deprecated` says: `deprecated`, `unsupported`.
            message: the explanation in the header.
        """
        if status is None:
            self._engine.headers.pop(DEPRECATION_HEADER, None)
        else:
            self._engine.headers[DEPRECATION_HEADER] = json.dumps(
                {"status": status, "message": message}
            )


def _content(status: int, body: Any) -> tuple[bytes | None, str]:
    """Return the bytes of a failure's body and what they are; None leaves both to the API."""
    # HTTP allows no body with these.
    if status in (204, 304):
        return b"", ""
    if body is None:
        return None, ""
    if isinstance(body, str):
        body = body.encode()
    return (body, _PLAIN) if isinstance(body, bytes) else (json.dumps(body).encode(), JSON)
