"""The decisions of all webhook receivers, without I/O: refuse a request, or call handlers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from fishjam._protocol.secrets import checked_secrets
from fishjam.errors import FishjamError, NotificationDecodeError, WebhookSignatureError
from fishjam.events import Notification
from fishjam.integrations._handlers import WebhookHandler, WebhookHandlers
from fishjam.webhooks import receive_webhook

MAX_BODY = 4 * 1024 * 1024
"""How many bytes the body of a webhook may have, unless you say otherwise: 4 MiB."""

Call = tuple[Callable[[Any], object], Notification]

_log = logging.getLogger("fishjam")


_READ_BEFORE = (
    "The body of this webhook was read before, or the sender went away too early, so its signature "
    "cannot be checked. Let what reads bodies (a middleware, a hook, a dependency) leave this path "
    "out, or keep the whole body in the request. The webhook is answered with 500, and Fishjam "
    "repeats it."
)
_DIGITS = 15
"""Python refuses to read numbers of thousands of digits; no size has more digits than this."""


class WebhookBodyError(FishjamError):
    """The body of a webhook was not there any more, or not all of it; Fishjam repeats the webhook.

    That is a fault of the application or of the connection, not of the sender's signature, which an
    answer of 401 would say.
    """

    __module__ = "fishjam.integrations"


class RefusedError(Exception):
    """A request that is answered with a failure; `text` gives the sender the reason."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text + "\n"
        # RFC 9110 demands this header with 405.
        self.headers = {"Allow": "POST"} if status == 405 else {}


class WebhookFleet(Protocol):
    """What a receiver needs of a `fishjam.fleet.Fleet`."""

    async def submit_webhook(
        self, headers: Mapping[str, str], body: bytes, secret: str | Iterable[str]
    ) -> bool:
        """Write the events of a webhook."""
        ...

    def submit_webhook_blocking(
        self, headers: Mapping[str, str], body: bytes, secret: str | Iterable[str]
    ) -> bool:
        """Write the events of a webhook."""
        ...


# Not inside the class, where it would be one more thing that a fleet has to have.
WebhookFleet.__module__ = "fishjam.integrations"


class Receiver:
    """Decides what to do with a request, from its method, headers and body."""

    def __init__(
        self,
        handler: WebhookHandler | WebhookHandlers | None,
        secret: str | Iterable[str],
        max_body: int,
        fleet: WebhookFleet | None = None,
        *,
        blocking: bool = False,
    ) -> None:
        if (handler is None) == (fleet is None):
            raise TypeError("fishjam_webhook takes either a handler or fleet=...")
        self.max_body = max_body
        self._handler = handler
        self._fleet = fleet
        self._blocking = blocking
        self._secrets = checked_secrets(secret)

    def check_head(self, method: str, headers: Mapping[str, str]) -> None:
        """Raise `RefusedError` for what can be refused before the body is read."""
        if method != "POST":
            raise refused(405, "Fishjam sends its webhooks with POST.")
        self.check_size(_announced(headers))

    def check_size(self, size: int) -> None:
        """Raise `RefusedError` when a body has more bytes than it may."""
        if size > self.max_body:
            raise refused(413, f"The body has more than {self.max_body} bytes.")

    def calls(self, headers: Mapping[str, str], body: bytes) -> list[Call]:
        """Return the handlers to call, each with its event, in order, or raise `RefusedError`.

        Raises `WebhookBodyError` when the body is not all there.
        """
        # Some frameworks read the body themselves, and then this is the first look at its size.
        self.check_size(len(body))
        if len(body) < _announced(headers):
            raise WebhookBodyError(_READ_BEFORE)
        try:
            events = receive_webhook(headers, body, self._secrets)
        except WebhookSignatureError as error:
            if not body and not headers.get("content-length"):
                # It came in chunks, of which none is left. Fishjam sends no empty webhooks.
                raise WebhookBodyError(_READ_BEFORE) from error
            raise refused(401, str(error)) from error
        except NotificationDecodeError as error:
            raise refused(400, str(error)) from error
        if self._fleet is not None:
            # Once for all events: they are written as they were sent, together.
            submit = self._submission(self._fleet, headers, body)
            return [(submit, event) for event in events[:1]]
        return [(handler, event) for event in events for handler in self._matching(event)]

    def _submission(
        self, fleet: WebhookFleet, headers: Mapping[str, str], body: bytes
    ) -> Callable[[Any], object]:
        if self._blocking:
            return lambda _: fleet.submit_webhook_blocking(headers, body, self._secrets)

        async def submit(_: Notification) -> None:
            await fleet.submit_webhook(headers, body, self._secrets)

        return submit

    def _matching(self, event: Notification) -> Sequence[Callable[[Any], object]]:
        if isinstance(self._handler, WebhookHandlers):
            return self._handler.matching(event)
        return [] if self._handler is None else [self._handler]


def _announced(headers: Mapping[str, str]) -> int:
    """Return how many bytes the request says that its body has, 0 when it does not say."""
    length = headers.get("content-length", "")
    if not length.isdecimal():
        return 0
    return int(length) if len(length) <= _DIGITS else 10**_DIGITS


def refused(status: int, text: str) -> RefusedError:
    """Log that a request is refused, and return the error to raise."""
    _log.warning("a webhook was refused with %d: %s", status, text)
    return RefusedError(status, text)
