"""`fishjam tokens`: the secrets by which browsers and phones join, publish and watch."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fishjam.cli._calls import Hints, add_call, add_group, add_room
from fishjam.cli._output import Output
from fishjam.errors import NotFoundError

if TYPE_CHECKING:
    from fishjam import FishjamClient

_NO_PEER: Hints = {
    NotFoundError: "`fishjam rooms list` shows the rooms, `fishjam peers list ROOM` its peers."
}
_NO_LIVESTREAM: Hints = {
    NotFoundError: "it takes a room that `fishjam rooms create --room-type livestream` made."
}


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    actions = add_group(
        subparsers, "tokens", "print tokens to join a room, to publish and to watch"
    )
    what = "print a new token for a peer"
    refresh = add_call(actions, "refresh", _refresh, what, "It lasts 24 hours.", hints=_NO_PEER)
    add_room(refresh)
    refresh.add_argument("peer", metavar="PEER", help="id of the peer")
    what = "print a token to publish a livestream"
    streamer = add_call(actions, "streamer", _streamer, what, hints=_NO_LIVESTREAM)
    add_room(streamer, "a livestream room")
    what = "print a token to watch a livestream"
    viewer = add_call(actions, "viewer", _viewer, what, hints=_NO_LIVESTREAM)
    add_room(viewer, "a livestream room")
    _add_moq(actions)


def _add_moq(actions: Any) -> None:
    details = "With --json also the address, which holds the token."
    parser = add_call(actions, "moq", _moq, "print a token for Media over QUIC", details)
    parser.add_argument("--publish-path", metavar="PATH", help="may be published to")
    parser.add_argument("--subscribe-path", metavar="PATH", help="may be subscribed to")
    parser.add_argument(
        "--ttl",
        type=int,
        metavar="SECONDS",
        help="how long it lasts (default: 3600, at most 604800, a week)",
    )


def _refresh(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    token = client.refresh_peer_token(arguments.room, arguments.peer)
    out.item({"token": token}, token)


def _streamer(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    token = client.create_livestream_streamer_token(arguments.room)
    url = client.livestream_whip_url()
    out.item({"token": token, "url": url}, token)
    out.note(f"Publish to {url} with this token as the bearer.")


def _viewer(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    token = client.create_livestream_viewer_token(arguments.room)
    url = client.livestream_whep_url()
    out.item({"token": token, "url": url}, token)
    out.note(f"Watch at {url} with this token as the bearer.")


def _moq(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    # The server would refuse this with 400; here it is wrong usage, with an exit code of its own.
    if arguments.publish_path is None and arguments.subscribe_path is None:
        raise ValueError("what for? Pass --publish-path, --subscribe-path or both.")
    access = client.create_moq_access(
        arguments.publish_path, arguments.subscribe_path, arguments.ttl
    )
    out.item(access.to_dict(), access.token)
    # The address holds the token, and notes on stderr are often logged.
    address = access.connection_url.replace(access.token, "TOKEN")
    out.note(f"Connect to {address} with this token in the place of TOKEN.")
