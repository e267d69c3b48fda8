"""Webhook handlers for certain events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fishjam.events import Notification
from fishjam.notifier._handlers import Handler, Handlers

H = TypeVar("H", bound=Callable[..., Any])

WebhookHandler = Callable[[Notification], object]


class WebhookHandlers:
    """Functions for certain events, to be given to `fishjam_webhook`.

    Example:
        >>> handlers = WebhookHandlers()
        >>> @handlers.on(PeerConnected, PeerDisconnected)
        ... def count(event: PeerConnected | PeerDisconnected) -> None:
        ...     print(event.room_id)
    """

    __module__ = "fishjam.integrations"

    def __init__(self) -> None:
        self._handlers = Handlers("raise")

    def on(self, *types: type[Any]) -> Callable[[H], H]:
        """Add a handler for certain events; several may be added for the same event.

        They are called in the order in which they were added. An event without a handler is
        passed over.

        Args:
            types: classes of `fishjam.events`.

        Raises:
            TypeError: something else was given.
        """
        return self._handlers.on(types)

    def remove(self, handler: Callable[..., Any]) -> None:
        """Take a handler away from all events for which it was added.

        Args:
            handler: the function that was added; one that was not changes nothing.
        """
        self._handlers.remove(handler)

    def matching(self, event: Notification) -> list[Handler]:
        """Return the handlers that want the event, in the order in which they are called."""
        return self._handlers.matching(event)
