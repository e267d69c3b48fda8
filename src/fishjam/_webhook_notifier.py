"""Older names of the functions for webhooks, which warn: use `fishjam`."""

from typing import Any

from fishjam._core.moved import homes_of, moved

_HOMES = homes_of(
    {
        "fishjam": "decode_server_notifications receive_binary verify_webhook_signature",
        "fishjam.events.allowed_notifications": (
            "ALLOWED_NOTIFICATIONS AllowedNotification validate_notification"
        ),
        "fishjam.events._protos.fishjam": "ServerMessage ServerMessageNotificationBatch",
    }
)


def __getattr__(name: str) -> Any:
    return moved(__name__, name, _HOMES)
