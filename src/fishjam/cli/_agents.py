"""`fishjam agents`: add the peers that are programs, and list and remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._calls import ROOM, Noun, ids_of
from fishjam.cli._options import IDS, SUBSCRIBE_MODE, WITH_TOKEN, flag
from fishjam.cli._output import Output
from fishjam.cli._peers import MEMBER_HINTS, PEERS
from fishjam.peer import PeerType

if TYPE_CHECKING:
    from fishjam import FishjamClient


@click.group(cls=Noun)
def agents() -> None:
    """List, add and remove agents: peers that are programs."""


@agents.call("list", hints=MEMBER_HINTS)
@ROOM
@IDS
def _list(client: FishjamClient, out: Output, room: str, ids: bool) -> None:
    """List the agents of a room, those of VAPI too."""
    members = [peer for peer in client.get_room(room).peers if peer.type_ != PeerType.WEBRTC]
    out.rows(members, PEERS, f"To add an agent: fishjam agents add {room}", ids=ids)


@agents.call("add", hints=MEMBER_HINTS)
@ROOM
@click.option(
    "--audio-sample-rate",
    type=click.Choice(["16000", "24000"]),
    default="16000",
    show_default=True,
    help="samples a second of the audio that it hears",
)
@SUBSCRIBE_MODE
@WITH_TOKEN
def _add(
    client: FishjamClient,
    out: Output,
    room: str,
    audio_sample_rate: str,
    subscribe_mode: Any,
    with_token: bool,
) -> None:
    """Add an agent to a room.

    Prints its id. A program of yours connects as the agent with the token, which is printed when
    you ask for it.
    """
    from fishjam import AgentOptions, AgentOutputOptions

    rate: Any = int(audio_sample_rate)
    output = AgentOutputOptions(audio_sample_rate=rate)
    agent = client.create_agent(room, AgentOptions(output, subscribe_mode))
    out.created({"id": agent.id, "roomId": room}, agent.token, with_token)


@agents.call("vapi", hints=MEMBER_HINTS)
@ROOM
@click.option("--call-id", required=True, metavar="ID", help="the call of VAPI to join")
@click.option(
    "--api-key",
    required=True,
    envvar="VAPI_API_KEY",
    show_envvar=True,
    metavar="KEY",
    help="private key of the VAPI account",
)
@flag("--auto-close", "end the call when the last participant has left")
@SUBSCRIBE_MODE
def _vapi(client: FishjamClient, out: Output, room: str, **options: Any) -> None:
    """Add a voice agent that VAPI runs."""
    from fishjam import PeerOptionsVapi

    peer = client.create_vapi_agent(room, PeerOptionsVapi(**options))
    out.item(peer.to_dict(), peer.id)


@agents.removal("remove", done="removed", hints=MEMBER_HINTS)
@ROOM
@ids_of("AGENT")
def _remove(client: FishjamClient, agent: str, room: str) -> None:
    """Disconnect and remove agents from a room."""
    client.delete_peer(room, agent)
