"""The peers of each room, kept up to date by webhooks."""

from __future__ import annotations

import os

from flask import Flask

from fishjam.events import (
    PeerConnected,
    PeerDisconnected,
    RoomCrashed,
    RoomCreated,
    RoomDeleted,
)
from fishjam.integrations import WebhookHandlers
from fishjam.integrations.flask import fishjam_webhook

app = Flask(__name__)
webhooks = WebhookHandlers()
# Sets, because an event can come twice: adding a peer again changes nothing, counting it would.
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


# The signature of a request is checked before anything in it is read.
webhook = fishjam_webhook(webhooks, secret=os.environ["FISHJAM_WEBHOOK_SECRET"])
app.add_url_rule("/fishjam", view_func=webhook)


@app.get("/")
def who_is_where() -> dict[str, list[str]]:
    """Show the rooms and the peers in them."""
    return {room_id: sorted(peers) for room_id, peers in peers_by_room.copy().items()}
