"""Posting events as webhooks, signed as Fishjam signs them."""

from __future__ import annotations

import httpx

from fishjam import Notification, sign_webhook
from fishjam.cli._listen.printer import Printer
from fishjam.webhooks import SIGNATURE_HEADER, encode_notification

TIMEOUT = 10.0
"""Seconds to wait for the receiver."""


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
            answer = await self._http.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            # Some errors of httpx, timeouts above all, have no text.
            reason = str(error) or type(error).__name__
            self._printer.note(f"{name} was not delivered: {reason}")
        else:
            self._printer.note(f"{name} was answered with {answer.status_code}")


def signed(event: Notification, secret: str) -> tuple[bytes, dict[str, str]]:
    """Return an event as the body of a webhook, and the headers that go with it."""
    body = encode_notification(event)
    kind = "application/x-protobuf"
    return body, {"Content-Type": kind, SIGNATURE_HEADER: sign_webhook(body, secret)}


def http_client() -> httpx.AsyncClient:
    """Make a client that uses no proxy and follows no redirects."""
    # The receiver is mostly on this machine, where a proxy of the environment cannot reach it.
    return httpx.AsyncClient(trust_env=False, timeout=TIMEOUT, follow_redirects=False)
