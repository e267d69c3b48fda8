"""Posting events as webhooks, signed as Fishjam signs them."""

from __future__ import annotations

import anyio
import httpx

from fishjam import Notification, sign_webhook
from fishjam._http.library import new_async_client
from fishjam._http.signals import SendError
from fishjam._network.hosts import NO_PROXIES
from fishjam.cli._listen.printer import Printer
from fishjam.errors import FishjamError
from fishjam.webhooks import SIGNATURE_HEADER, encode_notification

TIMEOUT = 10.0
"""Seconds to wait for the receiver."""

FAILURES = (httpx.HTTPError, SendError, OSError, FishjamError)
"""What sending raises that gets no answer; the last one for certificates that cannot be read."""


class Forwarder:
    """Posts each event once, one after another, and prints the outcome."""

    def __init__(self, http: httpx.AsyncClient, url: str, secret: str, printer: Printer) -> None:
        self._http = http
        self._url = url
        self._secret = secret
        self._printer = printer

    async def forward(self, event: Notification) -> None:
        """Post an event and wait for the answer; a receiver that is down does not end it."""
        body, headers = signed(event, self._secret)
        name = type(event).__name__
        try:
            with anyio.fail_after(TIMEOUT):
                # The body is not read: nothing of it is shown, and it may have no end.
                sent = self._http.stream(
                    "POST", self._url, content=body, headers=headers, timeout=TIMEOUT
                )
                async with sent as answer:
                    status = answer.status_code
        except FAILURES as error:
            # Some errors of httpx, timeouts above all, have no text.
            reason = str(error) or type(error).__name__
            self._printer.note(f"{name} was not delivered: {reason}")
        else:
            self._printer.note(f"{name} was answered with {status}")


def signed(event: Notification, secret: str) -> tuple[bytes, dict[str, str]]:
    """Return an event as the body of a webhook, and the headers that go with it."""
    body = encode_notification(event)
    kind = "application/x-protobuf"
    return body, {"Content-Type": kind, SIGNATURE_HEADER: sign_webhook(body, secret)}


def http_client() -> httpx.AsyncClient:
    """Make a client that uses no proxy and follows no redirects."""
    # The receiver is mostly on this machine, where a proxy of the environment cannot reach it.
    return new_async_client(NO_PROXIES)
