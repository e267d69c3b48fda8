"""Taking secrets of the SDK out of text that comes from a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MASK = "***"

# The beginning of a secret that is cut off is only seen when it is at least as long.
_SHORTEST_BEGINNING = 8


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret in a text, and what is left of one that was cut off at the end of it.

    A server may repeat a token in a text that has to be short: the reason of a close frame holds
    123 bytes, which is less than most tokens.
    """
    # The longest first: one secret may be a part of another.
    known = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, MASK)
    for secret in known:
        text = _without_beginning(text, secret)
    return text


def redact_headers(headers: Mapping[str, str], secrets: Iterable[str]) -> dict[str, str]:
    """Replace each secret in headers with lower-case names, in the names as well."""
    secrets = tuple(secrets)
    in_names = [secret.lower() for secret in secrets]
    return {redact(name, in_names): redact(value, secrets) for name, value in headers.items()}


def _without_beginning(text: str, secret: str) -> str:
    """Replace the beginning of a secret with which a text ends."""
    start = text.rfind(secret[:_SHORTEST_BEGINNING])
    if 0 <= start <= len(text) - _SHORTEST_BEGINNING and secret.startswith(text[start:]):
        return text[:start] + MASK
    return text
