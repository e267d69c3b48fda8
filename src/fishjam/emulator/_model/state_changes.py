"""Changes of the state: events, and what each of them belongs to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from attrs import frozen

from fishjam.events import Notification


@frozen
class Topic:
    """A room, a stream or a recording; the events of one stay in order.

    Attributes:
        id: its id.
        webhook_url: the address of its own webhooks, or None.
        batch: whether a webhook may hold several events.
    """

    id: str
    webhook_url: str | None = None
    batch: bool = False


@frozen
class StateChange:
    """An event that just happened, and what it belongs to."""

    event: Notification
    topic: Topic


Listener = Callable[[StateChange], None]
"""Takes the changes of the state, at once and in order."""


def ignore(_notice: StateChange) -> None:
    """Ignore a change."""


def metadata_text(metadata: Any) -> str:
    """Return metadata as the text in an event: JSON, or empty text for None."""
    return "" if metadata is None else json.dumps(metadata, separators=(",", ":"))
