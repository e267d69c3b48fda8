"""What all webhook receivers decide, without I/O: refuse a request, or call these handlers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fishjam._protocol.secrets import checked_secrets
from fishjam.errors import NotificationDecodeError, WebhookSignatureError
from fishjam.events import Notification
from fishjam.integrations._handlers import WebhookHandler, WebhookHandlers
from fishjam.webhooks import receive_webhook

MAX_BODY = 4 * 1024 * 1024
"""How many bytes the body of a webhook may have, unless you say otherwise: 4 MiB."""

Call = tuple[Callable[[Any], object], Notification]

_log = logging.getLogger("fishjam")


class RefusedError(Exception):
    """A request that is answered with a failure; `text` tells the sender why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text + "\n"
        self.headers = {"Allow": "POST"} if status == 405 else {}


class Receiver:
    """Tells what to do with a request, from its method, headers and body."""

    def __init__(
        self, handler: WebhookHandler | WebhookHandlers, secret: str | Iterable[str], max_body: int
    ) -> None:
        self.max_body = max_body
        self._handler = handler
        self._secrets = checked_secrets(secret)

    def check_head(self, method: str, headers: Mapping[str, str]) -> None:
        """Raise `RefusedError` for what can be refused before the body is read."""
        if method != "POST":
            raise refused(405, "Fishjam sends its webhooks with POST.")
        length = headers.get("content-length", "")
        if length.isdecimal():
            self.check_size(int(length))

    def check_size(self, size: int) -> None:
        """Raise `RefusedError` when a body has more bytes than it may."""
        if size > self.max_body:
            raise refused(413, f"The body has more than {self.max_body} bytes.")

    def calls(self, headers: Mapping[str, str], body: bytes) -> list[Call]:
        """Return what is to be called with what, in order, or raise `RefusedError`."""
        self.check_size(len(body))
        try:
            events = receive_webhook(headers, body, self._secrets)
        except WebhookSignatureError as error:
            raise refused(401, str(error)) from error
        except NotificationDecodeError as error:
            raise refused(400, str(error)) from error
        return [(handler, event) for event in events for handler in self._matching(event)]

    def _matching(self, event: Notification) -> Sequence[Callable[[Any], object]]:
        if isinstance(self._handler, WebhookHandlers):
            return self._handler.matching(event)
        return [self._handler]


def refused(status: int, text: str) -> RefusedError:
    """Log that a request is refused, and return the error to raise."""
    _log.warning("a webhook was refused with %d: %s", status, text)
    return RefusedError(status, text)
