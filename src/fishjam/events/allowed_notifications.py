"""The events that are handed to users, as a union and as a tuple, under their older names."""

from fishjam._generated.protocol.events import SURFACED, Notification

AllowedNotification = Notification
ALLOWED_NOTIFICATIONS = SURFACED

__all__ = ("ALLOWED_NOTIFICATIONS", "AllowedNotification", "validate_notification")


def validate_notification(notification: Notification) -> Notification:
    """Return the event as it is; kept for older code, because nothing is refused here."""
    return notification
