"""`fishjam peers`: list, add and remove the peers of a room, and subscribe them."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from fishjam.cli._calls import Hints, add_call, add_group, add_room, each
from fishjam.cli._output import Output
from fishjam.cli._tables import table
from fishjam.errors import ConflictError, NotFoundError
from fishjam.peer import Peer, SubscribeMode

if TYPE_CHECKING:
    from fishjam import FishjamClient

_HINTS: Hints = {
    NotFoundError: "`fishjam rooms list` shows the rooms, `fishjam peers list ROOM` its peers.",
    ConflictError: "`fishjam peers remove` makes place in a full room.",
}


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    actions = add_group(subparsers, "peers", "list, add, remove and subscribe peers of a room")
    listing = add_call(actions, "list", _list, "list the peers of a room", hints=_HINTS)
    add_room(listing)
    listing.add_argument("--ids", action="store_true", help="print the ids alone")
    _add_adding(actions)
    remove = add_call(
        actions, "remove", _remove, "disconnect and remove peers from a room", hints=_HINTS
    )
    add_room(remove)
    remove.add_argument("peers", metavar="PEER", nargs="+", help="id of a peer or an agent")
    _add_subscribing(actions)


def _add_adding(actions: Any) -> None:
    details = "Prints its id, with --json all of it; its token only when you ask for it."
    parser = add_call(actions, "add", _add, "add a WebRTC peer to a room", details, hints=_HINTS)
    add_room(parser)
    parser.add_argument(
        "--metadata", type=_metadata, metavar="JSON", help="an object that everybody in it can read"
    )
    parser.add_argument(
        "--subscribe-mode",
        choices=[str(mode) for mode in SubscribeMode],
        default=str(SubscribeMode.AUTO),
        help="auto receives everybody's tracks, manual what it is subscribed to (default: auto)",
    )
    parser.add_argument(
        "--with-token", action="store_true", help="print the peer's secret token, too"
    )


def _add_subscribing(actions: Any) -> None:
    details = "It is for peers that were added with --subscribe-mode manual."
    parser = add_call(
        actions, "subscribe", _subscribe, "let a peer receive others", details, hints=_HINTS
    )
    add_room(parser)
    parser.add_argument("peer", metavar="PEER", help="id of the peer that is to receive")
    parser.add_argument(
        "--target-peer",
        action="append",
        default=[],
        metavar="PEER",
        help="all tracks of this peer; may be repeated",
    )
    parser.add_argument(
        "--track",
        action="append",
        default=[],
        metavar="ID",
        help="this track; may be repeated",
    )


def peer_table(peers: list[Peer]) -> str:
    """Return a table of peers, empty when there are none."""
    return table(("PEER", "TYPE", "STATUS", "SUBSCRIBES", "TRACKS", "METADATA"), map(_row, peers))


def _row(peer: Peer) -> tuple[str, ...]:
    tracks = ", ".join(sorted(str(track.type_) for track in peer.tracks))
    metadata = json.dumps(peer.metadata) if peer.metadata else ""
    return peer.id, str(peer.type_), str(peer.status), str(peer.subscribe_mode), tracks, metadata


def _list(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    peers = client.get_room(arguments.room).peers
    if arguments.ids:
        out.ids(peer.id for peer in peers)
    else:
        out.items((peer.to_dict() for peer in peers), peer_table(peers))
    if not peers:
        out.note(f"Nobody is in the room; `fishjam peers add {arguments.room}` adds a peer.")


def _add(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    from fishjam import PeerOptions

    options = PeerOptions(arguments.metadata, arguments.subscribe_mode)
    peer, token = client.create_peer(arguments.room, options)
    # Only on request, because what a command prints often ends up in a log.
    if arguments.with_token:
        out.item({**peer.to_dict(), "token": token}, f"{peer.id}\n{token}")
    else:
        out.item(peer.to_dict(), peer.id)
        out.note(f"For a token: fishjam tokens refresh {arguments.room} {peer.id}")


def _remove(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> int:
    def remove(peer_id: str) -> None:
        client.delete_peer(arguments.room, peer_id)
        out.item({"id": peer_id, "deleted": True}, f"removed {peer_id}")

    return each(client, arguments, arguments.peers, remove)


def _subscribe(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    room, peer, targets, tracks = (
        getattr(arguments, name) for name in ("room", "peer", "target_peer", "track")
    )
    if not targets and not tracks:
        raise ValueError("nothing to subscribe to: pass --target-peer or --track.")
    # The API takes one peer a call, but any number of tracks.
    for target in targets:
        client.subscribe_peer(room, peer, target)
    if tracks:
        client.subscribe_tracks(room, peer, tracks)
    done = {"id": peer, "targetPeers": targets, "tracks": tracks}
    out.item(done, f"{peer} receives {', '.join([*targets, *tracks])}")


def _metadata(text: str) -> dict[str, Any]:
    try:
        metadata = json.loads(text)
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict):
        raise argparse.ArgumentTypeError(
            f"""{text!r} is not a JSON object such as {{"name": "Ada"}}"""
        )
    return metadata
