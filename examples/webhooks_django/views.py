"""The peers of each room, kept up to date by webhooks."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from fishjam.events import (
    PeerConnected,
    PeerDisconnected,
    RoomCrashed,
    RoomCreated,
    RoomDeleted,
)
from fishjam.integrations import WebhookHandlers
from fishjam.integrations.django import fishjam_webhook

webhooks = WebhookHandlers()
# A model in your project. Sets, because an event can come twice: adding a peer again changes
# nothing, counting it would; with a model that is `get_or_create`.
peers_by_room: dict[str, set[str]] = {}


@webhooks.on(RoomCreated)
def open_room(event: RoomCreated) -> None:
    """Begin with nobody in it."""
    peers_by_room.setdefault(event.room_id, set())
    print(f"room {event.room_id} is open")


@webhooks.on(RoomDeleted, RoomCrashed)
def close_room(event: RoomDeleted | RoomCrashed) -> None:
    """Forget a room."""
    peers_by_room.pop(event.room_id, None)
    print(f"room {event.room_id} is closed")


@webhooks.on(PeerConnected)
def arrive(event: PeerConnected) -> None:
    """Add a peer to its room."""
    peers_by_room.setdefault(event.room_id, set()).add(event.peer_id)
    print(f"peer {event.peer_id} entered room {event.room_id}")


@webhooks.on(PeerDisconnected)
def leave(event: PeerDisconnected) -> None:
    """Take a peer out of its room."""
    peers_by_room.get(event.room_id, set()).discard(event.peer_id)
    print(f"peer {event.peer_id} left room {event.room_id}")


# The signature of a request is checked before anything in it is read; no CSRF token is asked for.
webhook = fishjam_webhook(webhooks, secret=settings.FISHJAM_WEBHOOK_SECRET)


def who_is_where(request: HttpRequest) -> JsonResponse:
    """Show the rooms and the peers in them."""
    return JsonResponse({room_id: sorted(peers) for room_id, peers in peers_by_room.copy().items()})
