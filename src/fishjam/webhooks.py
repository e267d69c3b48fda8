"""Webhooks: checking their signatures, and reading the events in them."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

from fishjam._core.stack import warn_from
from fishjam._protocol.notifications import decode, decode_as_sent
from fishjam._protocol.notifications import encode as encode_notification
from fishjam._protocol.notifications import encode_batch as encode_notifications
from fishjam._protocol.secrets import checked_secrets
from fishjam.errors import WebhookSignatureError
from fishjam.events import Notification

__all__ = (
    "SIGNATURE_HEADER",
    "decode_server_notifications",
    "encode_notification",
    "encode_notifications",
    "receive_binary",
    "receive_webhook",
    "sign_webhook",
    "verify_webhook_signature",
)

SIGNATURE_HEADER = "x-fishjam-signature-256"
"""The header that holds the signature of a webhook."""

_PREFIX = "sha256="
# Fishjam writes the digits in lower case, as `hexdigest` does.
_SIGNATURE = re.compile(r"(sha256=)?[0-9a-f]{64}")


def receive_webhook(
    headers: Mapping[str, str], body: bytes, secret: str | Iterable[str]
) -> list[Notification]:
    """Check the signature of a webhook, then read the events in it, in order.

    Args:
        headers: the request's headers; the case of their names does not matter.
        body: the raw body, byte for byte as it was received.
        secret: your webhook secret; several while you change from an old one to a new one.

    Returns:
        The events: one, several when Fishjam sends them in batches, or none that this SDK knows.

    Raises:
        WebhookSignatureError: the signature is missing or wrong; answer 401.
        NotificationDecodeError: the body is not a notification; answer 400.
        ConfigurationError: there is no secret, or an empty one.
        TypeError: the body is not made of bytes, because it was parsed or decoded before.

    Example:
        >>> for event in receive_webhook(request.headers, body, "webhook-secret"):
        ...     print(event)
    """
    secrets = checked_secrets(secret)
    body = _raw(body)
    signature = _header(headers)
    if signature is None:
        raise WebhookSignatureError(
            f"The request has no {SIGNATURE_HEADER} header. Does it come from Fishjam, and does "
            "your proxy pass the header on?"
        )
    # All secrets are tried, so that the time taken does not tell which one fits.
    fits = [verify_webhook_signature(body, signature, accepted) for accepted in secrets]
    if not any(fits) and not _SIGNATURE.fullmatch(str(signature).strip()):
        raise WebhookSignatureError(
            f"The {SIGNATURE_HEADER} header holds no signature of Fishjam: that is sha256= and 64 "
            "hexadecimal digits."
        )
    if not any(fits):
        raise WebhookSignatureError(
            "The signature does not fit the body. Is it the right webhook secret, and the raw "
            "body rather than one that was parsed and written again?"
        )
    return decode(body)


def decode_server_notifications(binary: bytes) -> list[Notification]:
    """Read the events of a webhook's body, or of a frame of the notification socket.

    A member of a batch that cannot be read is logged and left out. The signature is not looked at:
    see `receive_webhook`.

    Args:
        binary: the bytes, as they were received.

    Raises:
        NotificationDecodeError: the bytes are not a notification.
        TypeError: something else than bytes was given.
    """
    return decode(_raw(binary))


def receive_binary(binary: bytes) -> Notification | list[Notification] | None:
    """Read a webhook's body; the older name, which is deprecated.

    Returns a single event, a list for a batch, or None when there is nothing to be told. Use
    `receive_webhook`, which checks the signature too, or `decode_server_notifications`.
    """
    warn_from(
        "receive_binary is deprecated: use receive_webhook or decode_server_notifications",
        DeprecationWarning,
    )
    return decode_as_sent(_raw(binary))


def verify_webhook_signature(body: bytes, signature: str, secret: str) -> bool:
    """Tell whether a signature fits a body; takes the same time whether it does or not.

    Args:
        body: the raw body.
        signature: the value of the signature header, with or without `sha256=`.
        secret: your webhook secret.

    Returns:
        False also for a missing signature, one that is not ASCII text, and an empty secret.

    Raises:
        TypeError: the body is not made of bytes.
    """
    # `compare_digest` raises for text that is not ASCII, and anybody can sign with an empty key.
    if not isinstance(signature, str) or not signature.isascii() or not secret:
        return False
    # Fishjam may leave the prefix out.
    given = signature.strip().removeprefix(_PREFIX)
    return hmac.compare_digest(given, _digest(_raw(body), secret))


def sign_webhook(body: bytes, secret: str) -> str:
    """Return the value of the signature header for a body, as Fishjam would send it.

    Args:
        body: the bytes of the request's body.
        secret: the webhook's secret.

    Raises:
        TypeError: the body is not bytes.
    """
    return _PREFIX + _digest(_raw(body), secret)


def _raw(body: object) -> bytes:
    """Return a body as bytes; parsed and written again, others would stand where ours did."""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(
        f"the body must be bytes as they were received, not {type(body).__name__}. Pass the raw "
        "body: await request.body() in FastAPI and Starlette, request.get_data() in Flask, "
        "request.body in Django, await request.read() in aiohttp."
    )


def _digest(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _header(headers: Mapping[str, str]) -> str | None:
    value = headers.get(SIGNATURE_HEADER)
    if value is not None:
        return value
    # Frameworks look names up whatever their case; in a plain dict they stand as they were sent.
    named = (value for name, value in headers.items() if str(name).lower() == SIGNATURE_HEADER)
    return next(named, None)
