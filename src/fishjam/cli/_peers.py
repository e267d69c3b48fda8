"""`fishjam peers`: list, add and remove the peers of a room, and subscribe them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._calls import ROOM, Hints, Noun, ids_of
from fishjam.cli._options import IDS, SUBSCRIBE_MODE, WITH_TOKEN, metadata
from fishjam.cli._output import Columns, Output
from fishjam.errors import ConflictError, NotFoundError
from fishjam.peer import Peer
from fishjam.room import Room

if TYPE_CHECKING:
    from fishjam import FishjamClient

MEMBER_HINTS: Hints = {
    NotFoundError: "`fishjam rooms list` shows the rooms, `fishjam peers list ROOM` its peers.",
    ConflictError: "`fishjam peers remove` makes place in a full room.",
}

PEERS: Columns[Peer] = {
    "PEER": lambda peer: peer.id,
    "TYPE": lambda peer: str(peer.type_),
    "STATUS": lambda peer: str(peer.status),
    "SUBSCRIBES": lambda peer: str(peer.subscribe_mode),
    "TRACKS": lambda peer: ", ".join(sorted(str(track.type_) for track in peer.tracks)),
    "METADATA": lambda peer: json.dumps(peer.metadata) if peer.metadata else "",
}
PEER = click.argument("peer", metavar="PEER")


@click.group(cls=Noun)
def peers() -> None:
    """List, add and remove the peers of a room."""


@peers.call("list", hints=MEMBER_HINTS)
@ROOM
@IDS
def _list(client: FishjamClient, out: Output, room: str, ids: bool) -> None:
    """List the peers of a room."""
    details = client.get_room(room)
    out.rows(details.peers, PEERS, next_steps(details), ids=ids)


@peers.call("add", hints=MEMBER_HINTS)
@ROOM
@metadata("an object that everybody in the room can read")
@SUBSCRIBE_MODE
@WITH_TOKEN
def _add(client: FishjamClient, out: Output, room: str, with_token: bool, **options: Any) -> None:
    """Add a WebRTC peer to a room.

    Prints its id, with --json all of it; its token only when you ask for it.
    """
    from fishjam import PeerOptions

    peer, token = client.create_peer(room, PeerOptions(**options))
    out.created(peer.to_dict(), token, with_token)
    if not with_token:
        out.note(f"For a token: fishjam tokens peer {room} {peer.id}")


@peers.removal("remove", done="removed", hints=MEMBER_HINTS)
@ROOM
@ids_of("PEER")
def _remove(client: FishjamClient, peer: str, room: str) -> None:
    """Disconnect and remove peers or agents from a room."""
    client.delete_peer(room, peer)


def next_steps(room: Room) -> str:
    """Return what to do with a room that nobody is in."""
    if "livestream" in str(room.config.room_type):
        return (
            f"To publish: fishjam tokens streamer {room.id}; "
            f"to watch: fishjam tokens viewer {room.id}"
        )
    return f"To add a peer: fishjam peers add {room.id}"
