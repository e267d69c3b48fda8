"""Taking secrets of the SDK out of text that comes from a server."""

from __future__ import annotations

from collections.abc import Iterable

MASK = "***"

# Shorter texts are not secrets, and they occur in any other text.
_SHORTEST = 8


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret in a text, and what is left of one that was cut off at the end of it.

    A server may repeat a token in a text that has to be short: the reason of a close frame holds
    123 bytes, which is less than most tokens.
    """
    known = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len)
    for secret in reversed(known):
        text = text.replace(secret, MASK)
    for secret in known:
        text = _without_beginning(text, secret)
    return text


def _without_beginning(text: str, secret: str) -> str:
    """Replace the beginning of a secret with which a text ends."""
    start = text.rfind(secret[:_SHORTEST])
    if start >= 0 and secret.startswith(text[start:]):
        return text[:start] + MASK
    return text
