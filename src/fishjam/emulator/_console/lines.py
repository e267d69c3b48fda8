"""Requests and webhooks as lines for a terminal."""

from __future__ import annotations

import re
from urllib.parse import quote

from fishjam._core.redaction import redact
from fishjam.emulator._activity import Activity
from fishjam.emulator._delivery.webhooks import WebhookDelivery
from fishjam.emulator._rest.request_log import RecordedRequest

_LONGEST = 200
"""How many characters of a foreign text are shown."""
# Tokens of peers, streamers and viewers, should a path or an answer hold one; a path may have its
# dots percent-encoded.
_JWT = re.compile(r"eyJ[\w-]+(?:\.|%2[Ee])[\w-]+(?:\.|%2[Ee])[\w-]*")


def line_of(activity: Activity, token: str = "") -> str | None:
    """Return the line about something that happened, or None if there is none.

    What others chose, such as paths and the answers of receivers, comes without control characters
    and tokens; `token` is the management token.
    """
    match activity.value:
        case RecordedRequest() as request:
            return _request(request, token)
        case WebhookDelivery() as delivery:
            return _webhook(delivery, token)
        case _:
            return None


def plain(text: str, token: str = "") -> str:
    """Return text on one line, with escapes in place of what would move a terminal."""
    text = redact(_JWT.sub("***", " ".join(text.split())), (token, quote(token, safe="")))
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}..."
    # Not only control characters: others turn the direction of the text, or cannot be seen.
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _request(request: RecordedRequest, token: str) -> str:
    status = "connection dropped" if request.status is None else str(request.status)
    duration = "" if request.duration is None else f" {_milliseconds(request.duration)}"
    return f"{plain(request.method)} {plain(request.path, token)} {status}{duration}"


def _webhook(delivery: WebhookDelivery, token: str) -> str:
    first, *others = (type(event).__name__ for event in delivery.events)
    names = f"{first} and {len(others)} more" if others else first
    answer = delivery.answers[-1]
    if answer.status is None:
        outcome = plain(answer.text, token)
    elif delivery.delivered:
        outcome = f"{answer.status} {_milliseconds(answer.duration)}"
    else:
        outcome = f"{answer.status} {plain(answer.text, token)}".rstrip()
    again = "; it will be sent again" if delivery.delivered is None else ""
    return f"webhook {names} -> {outcome}{again}"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
