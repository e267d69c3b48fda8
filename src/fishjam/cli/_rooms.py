"""`fishjam rooms`: list, make, show and delete rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._calls import ROOM, Hints, Noun, ids_of
from fishjam.cli._completion import room_ids
from fishjam.cli._options import BATCH, IDS, PUBLIC, WEBHOOK_URL, choice
from fishjam.cli._output import Columns, Output
from fishjam.cli._peers import PEERS, next_steps
from fishjam.errors import NotFoundError
from fishjam.room import Room, RoomType, VideoCodec

if TYPE_CHECKING:
    from fishjam import FishjamClient

_HINTS: Hints = {NotFoundError: "`fishjam rooms list` shows the rooms that there are."}


def _filling(room: Room) -> str:
    """Return how many peers are in the room, and of how many; the server shows no limit as 0."""
    most = room.config.max_peers
    return f"{len(room.peers)} of {most}" if most else str(len(room.peers))


_ROOMS: Columns[Room] = {
    "ROOM": lambda room: room.id,
    "TYPE": lambda room: str(room.config.room_type),
    "PEERS": _filling,
    "CODEC": lambda room: str(room.config.video_codec),
}


@click.group(cls=Noun)
def rooms() -> None:
    """List, create, show and delete rooms."""


@rooms.call("list")
@IDS
def _list(client: FishjamClient, out: Output, ids: bool) -> None:
    """List all rooms."""
    out.rows(client.get_all_rooms(), _ROOMS, "`fishjam rooms create` makes a room.", ids=ids)


@rooms.call("create")
@click.option("--max-peers", type=int, metavar="N", help="how many peers it holds (default: any)")
@choice("--room-type", RoomType, "what it is for", RoomType.CONFERENCE)
@choice("--video-codec", VideoCodec, "what all peers send (default: the server's choice)")
@WEBHOOK_URL
@BATCH
@PUBLIC
def _create(client: FishjamClient, out: Output, **options: Any) -> None:
    """Create a room.

    Prints its id, with --json all of it.
    """
    from fishjam import RoomOptions

    room = client.create_room(RoomOptions(**options))
    out.item(room.to_dict(), room.id)
    out.note(f"The room was created. {next_steps(room)}")


@rooms.call("show", hints=_HINTS)
@ROOM
def _show(client: FishjamClient, out: Output, room: str) -> None:
    """Show a room and its peers."""
    details = client.get_room(room)
    out.item(details.to_dict(), _fields(details))
    out.more(details.peers, PEERS)


@rooms.removal("delete", done="deleted", hints=_HINTS)
@ids_of("ROOM", room_ids)
def _delete(client: FishjamClient, room: str) -> None:
    """Delete rooms.

    Their peers are disconnected. A room that is not there does not keep the others.
    """
    client.delete_room(room)


def _fields(room: Room) -> dict[str, str]:
    config = room.config
    composition = room.composition_info
    return {
        "room": room.id,
        "type": str(config.room_type),
        "peers": _filling(room),
        "codec": str(config.video_codec),
        "public": "yes" if config.public else "no",
        "webhook": config.webhook_url or "",
        "batches": "yes" if config.batch_webhook_notifications else "no",
        "forwards to": composition.composition_url if composition else "",
    }
