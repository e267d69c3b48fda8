"""`fishjam subscriptions`: whose tracks a peer receives that chooses by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fishjam.cli._calls import ROOM, Noun
from fishjam.cli._output import Output
from fishjam.cli._peers import MEMBER_HINTS, PEER, peers
from fishjam.errors import NotFoundError

if TYPE_CHECKING:
    from fishjam import FishjamClient


@click.group(cls=Noun)
def subscriptions() -> None:
    """Show and add what a peer receives."""


@subscriptions.call("show", hints=MEMBER_HINTS)
@ROOM
@PEER
def _show(client: FishjamClient, out: Output, room: str, peer: str) -> None:
    """Show what a peer is subscribed to."""
    subscriber = next((each for each in client.get_room(room).peers if each.id == peer), None)
    if subscriber is None:
        raise NotFoundError(f"there is no peer {peer} in room {room}")
    subscribed = subscriber.subscriptions.to_dict()
    shown = {"subscribes": str(subscriber.subscribe_mode)}
    shown |= {name: ", ".join(map(str, subscribed[name])) for name in ("peers", "tracks")}
    out.item({"id": peer, "subscribeMode": str(subscriber.subscribe_mode), **subscribed}, shown)


@ROOM
@PEER
@click.option("--target-peer", "targets", multiple=True, metavar="ID", help="all of this peer")
@click.option("--track", "tracks", multiple=True, metavar="ID", help="this track")
def _add(
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


subscriptions.call("add", hints=MEMBER_HINTS)(_add)
# The older place of it.
peers.call("subscribe", hints=MEMBER_HINTS)(_add)
