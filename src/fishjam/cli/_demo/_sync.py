# Generated from src/fishjam/cli/_demo/_async.py by `nox -s codegen`. Do not edit: change the source instead.
"""The steps of the demo: what a backend does with Fishjam."""

from __future__ import annotations

from fishjam import AgentOptions, AgentOutputOptions, FishjamClient, PeerOptions, RoomOptions
from fishjam.cli._demo.narrator import Narrator, hint
from fishjam.errors import ConflictError, NotFoundError


def tell(fishjam_id: str, management_token: str, narrator: Narrator) -> list[str]:
    """Tell the whole story, and return the ids of the rooms that were in it.

    Whatever was made is deleted at the end, also after an error.
    """
    with FishjamClient(fishjam_id, management_token) as client:
        client.check_credentials()
        narrator.line("Its id and its management token belong together.")
        rooms: list[str] = []
        streams: list[str] = []
        try:
            _meeting(client, narrator, rooms)
            _livestream(client, narrator, rooms)
            _stream(client, narrator, streams)
            _moq(client, narrator)
        finally:
            _clean_up(client, narrator, rooms, streams)
        return rooms


def _meeting(client: FishjamClient, narrator: Narrator, rooms: list[str]) -> None:
    narrator.chapter("A room, and who may join it")
    room = client.create_room(RoomOptions(max_peers=2))
    # Noted before anything else can fail, so that the clean-up finds the room in any case.
    rooms.append(room.id)
    narrator.step(f"room {room.id}, a {room.config.room_type} for {room.config.max_peers} peers")
    for name in ("Ada", "Grace"):
        peer, token = client.create_peer(room.id, PeerOptions(metadata={"name": name}))
        narrator.step(f"{name} is peer {peer.id}")
        narrator.know(peer.id, name)
        narrator.step(f"her browser joins with {hint(token)}")
    try:
        client.create_peer(room.id)
    except ConflictError as error:
        narrator.attempt("a third peer asks to join")
        narrator.error(error)

    seen = client.get_room(room.id)
    for peer in seen.peers:
        # What a backend gave stands under "server", apart from what the peer says of itself.
        given = peer.metadata["server"] if peer.metadata else {}
        narrator.step(f"in the room: {given}, {peer.type_}, {peer.status}")

    ada, grace = seen.peers
    token = client.refresh_peer_token(room.id, ada.id)
    narrator.step(f"Ada reloads her page: a new token {hint(token)}")
    client.delete_peer(room.id, grace.id)
    options = AgentOptions(AgentOutputOptions(audio_sample_rate=24000), subscribe_mode="manual")
    agent = client.create_agent(room.id, options)
    client.subscribe_peer(room.id, agent.id, ada.id)
    narrator.step(f"Grace leaves, agent {agent.id} comes, to hear Ada alone")


def _livestream(client: FishjamClient, narrator: Narrator, rooms: list[str]) -> None:
    narrator.chapter("A livestream: one publishes, many watch")
    try:
        # A room of another type is answered with 404, as one that does not exist would be.
        client.create_livestream_streamer_token(rooms[0])
    except NotFoundError as error:
        narrator.attempt("a streamer token for the meeting room")
        narrator.error(error)
    room = client.create_room(RoomOptions(room_type="livestream"))
    rooms.append(room.id)
    streamer = client.create_livestream_streamer_token(room.id)
    viewer = client.create_livestream_viewer_token(room.id)
    narrator.step(f"publish to {client.livestream_whip_url()}")
    narrator.step(f"with the token {hint(streamer)}")
    narrator.step(f"watch at {client.livestream_whep_url()}")
    narrator.step(f"with the token {hint(viewer)}")


def _stream(client: FishjamClient, narrator: Narrator, streams: list[str]) -> None:
    narrator.chapter("A stream as a resource of its own")
    stream = client.create_stream()
    streams.append(stream.id)
    streamer = client.create_streamer(stream.id)
    viewer = client.create_viewer(stream.id)
    stream = client.get_stream(stream.id)
    narrator.step(f"stream {stream.id} has {len(stream.streamers)} streamer, {streamer.status}")
    client.delete_viewer(stream.id, viewer.id)
    narrator.step(f"its viewer {viewer.id} was added and removed again")


def _moq(client: FishjamClient, narrator: Narrator) -> None:
    narrator.chapter("Media over QUIC")
    access = client.create_moq_access(publish_path="stage", ttl=600)
    # The query holds the token itself.
    address, _, _ = access.connection_url.partition("?")
    narrator.step(f"publish to {address} for ten minutes")
    narrator.step(f"with the token {hint(access.token)}")


def _clean_up(
    client: FishjamClient, narrator: Narrator, rooms: list[str], streams: list[str]
) -> None:
    narrator.chapter("Clean-up")
    for room_id in rooms:
        client.delete_room(room_id)
    for stream_id in streams:
        client.delete_stream(stream_id)
    # Others may use the same Fishjam at the same time, so only rooms of this demo count.
    left = {room.id for room in client.get_all_rooms()} & set(rooms)
    narrator.step(f"{len(rooms)} rooms and {len(streams)} stream deleted, {len(left)} left")
