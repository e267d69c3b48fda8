"""Requests and webhooks as lines for a terminal."""

from __future__ import annotations

import re

from fishjam.emulator._activity import Activity
from fishjam.emulator._delivery.webhooks import WebhookDelivery
from fishjam.emulator._rest.request_log import RecordedRequest

_LONGEST = 200
"""How many characters of a foreign text are shown."""
# Tokens of peers, streamers and viewers, should a path or an answer hold one.
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")


def line_of(activity: Activity) -> str | None:
    """Return the line about something that happened, or None if there is none.

    What others chose, such as paths and the answers of receivers, comes without control characters
    and tokens.
    """
    match activity.value:
        case RecordedRequest() as request:
            return _request(request)
        case WebhookDelivery() as delivery:
            return _webhook(delivery)
        case _:
            return None


def plain(text: str) -> str:
    """Return text on one line, with escapes in place of what would move a terminal."""
    text = _JWT.sub("***", " ".join(text.split()))
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}..."
    # Not only control characters: others turn the direction of the text, or cannot be seen.
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _request(request: RecordedRequest) -> str:
    status = "connection dropped" if request.status is None else str(request.status)
    duration = "" if request.duration is None else f" {_milliseconds(request.duration)}"
    return f"{plain(request.method)} {plain(request.path)} {status}{duration}"


def _webhook(delivery: WebhookDelivery) -> str:
    first, *others = (type(event).__name__ for event in delivery.events)
    names = f"{first} and {len(others)} more" if others else first
    answer = delivery.answers[-1]
    if answer.status is None:
        outcome = plain(answer.text)
    elif delivery.delivered:
        outcome = f"{answer.status} {_milliseconds(answer.duration)}"
    else:
        outcome = f"{answer.status} {plain(answer.text)}".rstrip()
    again = "; it will be sent again" if delivery.delivered is None else ""
    return f"webhook {names} -> {outcome}{again}"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
