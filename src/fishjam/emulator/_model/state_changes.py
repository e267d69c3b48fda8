"""What the state tells: events, and what each of them belongs to."""

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
        webhook_url: where its own webhooks go, or None if it has none.
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
"""What the state hands its notices to, at once and in the order of the changes."""


def ignore(_notice: StateChange) -> None:
    """Be a sink that nobody listens to."""


def metadata_text(metadata: Any) -> str:
    """Return metadata as the text in an event: JSON, or nothing if there are none."""
    return "" if metadata is None else json.dumps(metadata, separators=(",", ":"))
