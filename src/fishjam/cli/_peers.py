"""`fishjam peers`: list, add and remove the peers of a room, and subscribe them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._calls import ROOM, Hints, Noun, ids_of
from fishjam.cli._options import IDS, SUBSCRIBE_MODE, WITH_TOKEN, metadata
from fishjam.cli._output import Output
from fishjam.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from fishjam import FishjamClient

_HINTS: Hints = {
    NotFoundError: "`fishjam rooms list` shows the rooms, `fishjam peers list ROOM` its peers.",
    ConflictError: "`fishjam peers remove` makes place in a full room.",
}

PEERS = {
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
    """List, add, remove and subscribe peers of a room."""


@peers.call("list", hints=_HINTS)
@ROOM
@IDS
def _list(client: FishjamClient, out: Output, room: str, ids: bool) -> None:
    """List the peers of a room."""
    found = client.get_room(room)
    out.rows(found.peers, PEERS, ids=ids)
    if not found.peers:
        out.note(f"Nobody is in the room; `fishjam peers add {room}` adds a peer.")


@peers.call("add", hints=_HINTS)
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
    # Only on request, because what a command prints often ends up in a log.
    if with_token:
        out.item({**peer.to_dict(), "token": token}, f"{peer.id}\n{token}")
    else:
        out.item(peer.to_dict(), peer.id)
        out.note(f"For a token: fishjam tokens refresh {room} {peer.id}")


@peers.removal("remove", done="removed", hints=_HINTS)
@ROOM
@ids_of("PEER")
def _remove(client: FishjamClient, peer: str, room: str) -> None:
    """Disconnect and remove peers or agents from a room."""
    client.delete_peer(room, peer)


@peers.call("subscribe", hints=_HINTS)
@ROOM
@PEER
@click.option("--target-peer", "targets", multiple=True, metavar="ID", help="all of this peer")
@click.option("--track", "tracks", multiple=True, metavar="ID", help="this track")
def _subscribe(
    client: FishjamClient,
    out: Output,
    room: str,
    peer: str,
    targets: tuple[str, ...],
    tracks: tuple[str, ...],
) -> None:
    """Let a peer receive others.

    It is for peers that were added with --subscribe-mode manual. Both options may be repeated.
    """
    if not targets and not tracks:
        raise ValueError("nothing to subscribe to: pass --target-peer or --track.")
    # The API takes one peer a call, but any number of tracks.
    for target in targets:
        client.subscribe_peer(room, peer, target)
    if tracks:
        client.subscribe_tracks(room, peer, list(tracks))
    done = {"id": peer, "targetPeers": list(targets), "tracks": list(tracks)}
    out.item(done, f"{peer} receives {', '.join([*targets, *tracks])}")
