"""Older names of the notifier, which warn: use `fishjam` and `fishjam.events`."""

from collections.abc import Callable, Coroutine
from typing import Any

from fishjam._core.moved import homes_of, moved
from fishjam.events import Notification

NotificationHandler = (
    Callable[[Notification], None] | Callable[[Notification], Coroutine[Any, Any, None]]
)

_HOMES = homes_of(
    {
        "fishjam": "FishjamNotifier",
        "fishjam.events.allowed_notifications": (
            "ALLOWED_NOTIFICATIONS AllowedNotification validate_notification"
        ),
        "fishjam.utils": "get_fishjam_url",
        "fishjam.events._protos.fishjam": (
            "ServerMessage ServerMessageAuthRequest ServerMessageAuthenticated "
            "ServerMessageEventType ServerMessageSubscribeRequest ServerMessageSubscribeResponse"
        ),
    }
)


def __getattr__(name: str) -> Any:
    return moved(__name__, name, _HOMES)
