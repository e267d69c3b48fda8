"""`fishjam tokens`: the secrets by which browsers and phones join, publish and watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fishjam.cli._calls import ROOM, Hints, Noun
from fishjam.cli._output import Output
from fishjam.cli._peers import MEMBER_HINTS, PEER
from fishjam.errors import NotFoundError

if TYPE_CHECKING:
    from fishjam import FishjamClient

_NO_LIVESTREAM: Hints = {
    NotFoundError: "it takes a room that `fishjam rooms create --room-type livestream` made."
}


@click.group(cls=Noun)
def tokens() -> None:
    """Print tokens to join a room, to publish and to watch."""


@ROOM
@PEER
def _peer(client: FishjamClient, out: Output, room: str, peer: str) -> None:
    """Print a new token for a peer.

    It lasts 24 hours.
    """
    token = client.refresh_peer_token(room, peer)
    out.item({"token": token}, token)


tokens.call("peer", hints=MEMBER_HINTS)(_peer)
# The older name.
tokens.call("refresh", hints=MEMBER_HINTS)(_peer).hidden = True


@tokens.call("streamer", hints=_NO_LIVESTREAM)
@ROOM
def _streamer(client: FishjamClient, out: Output, room: str) -> None:
    """Print a token to publish a livestream."""
    token = client.create_livestream_streamer_token(room)
    url = client.livestream_whip_url()
    out.item({"token": token, "url": url}, token)
    out.note(f"Publish to {url} with this token as the bearer.")


@tokens.call("viewer", hints=_NO_LIVESTREAM)
@ROOM
def _viewer(client: FishjamClient, out: Output, room: str) -> None:
    """Print a token to watch a livestream."""
    token = client.create_livestream_viewer_token(room)
    url = client.livestream_whep_url()
    out.item({"token": token, "url": url}, token)
    out.note(f"Watch at {url} with this token as the bearer.")


@tokens.call("moq")
@click.option("--publish-path", metavar="PATH", help="may be published to")
@click.option("--subscribe-path", metavar="PATH", help="may be subscribed to")
@click.option(
    "--ttl",
    type=int,
    metavar="SECONDS",
    help="how long it lasts (default: 3600, at most 604800, a week)",
)
def _moq(
    client: FishjamClient,
    out: Output,
    publish_path: str | None,
    subscribe_path: str | None,
    ttl: int | None,
) -> None:
    """Print a token for Media over QUIC.

    With --json also the address, which holds the token.
    """
    # The server would refuse this with 400; here it is wrong usage, with an exit code of its own.
    if publish_path is None and subscribe_path is None:
        raise ValueError("a token needs a path: pass --publish-path, --subscribe-path or both.")
    access = client.create_moq_access(publish_path, subscribe_path, ttl)
    out.item(access.to_dict(), access.token)
    # The address holds the token, and notes on stderr are often logged.
    address = access.connection_url.replace(access.token, "TOKEN")
    out.note(f"Connect to {address} with this token in the place of TOKEN.")
