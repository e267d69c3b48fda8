"""The steps of the demo: what a backend does with Fishjam."""

from __future__ import annotations

from fishjam import AgentOptions, AgentOutputOptions, AsyncFishjamClient, PeerOptions, RoomOptions
from fishjam.cli._demo.narrator import Narrator, hint
from fishjam.errors import ConflictError, NotFoundError


async def tell(fishjam_id: str, management_token: str, narrator: Narrator) -> list[str]:
    """Tell the whole story, and return the ids of the rooms that were in it.

    Whatever was made is deleted at the end, also after an error.
    """
    async with AsyncFishjamClient(fishjam_id, management_token) as client:
        await client.check_credentials()
        narrator.line("Its id and its management token belong together.")
        rooms: list[str] = []
        streams: list[str] = []
        try:
            await _meeting(client, narrator, rooms)
            await _livestream(client, narrator, rooms)
            await _stream(client, narrator, streams)
            await _moq(client, narrator)
        finally:
            await _clean_up(client, narrator, rooms, streams)
        return rooms


async def _meeting(client: AsyncFishjamClient, narrator: Narrator, rooms: list[str]) -> None:
    narrator.chapter("A room, and who may join it")
    room = await client.create_room(RoomOptions(max_peers=2))
    # Noted before anything else can fail, so that the clean-up finds the room in any case.
    rooms.append(room.id)
    narrator.step(f"room {room.id}, a {room.config.room_type} for {room.config.max_peers} peers")
    for name in ("Ada", "Grace"):
        peer, token = await client.create_peer(room.id, PeerOptions(metadata={"name": name}))
        narrator.step(f"{name} is peer {peer.id}")
        narrator.know(peer.id, name)
        narrator.step(f"her browser joins with {hint(token)}")
    try:
        await client.create_peer(room.id)
    except ConflictError as error:
        narrator.attempt("a third peer asks to join")
        narrator.error(error)

    seen = await client.get_room(room.id)
    for peer in seen.peers:
        # What a backend gave stands under "server", apart from what the peer says of itself.
        given = peer.metadata["server"] if peer.metadata else {}
        narrator.step(f"in the room: {given}, {peer.type_}, {peer.status}")

    ada, grace = seen.peers
    token = await client.refresh_peer_token(room.id, ada.id)
    narrator.step(f"Ada reloads her page: a new token {hint(token)}")
    await client.delete_peer(room.id, grace.id)
    options = AgentOptions(AgentOutputOptions(audio_sample_rate=24000), subscribe_mode="manual")
    agent = await client.create_agent(room.id, options)
    await client.subscribe_peer(room.id, agent.id, ada.id)
    narrator.step(f"Grace leaves, agent {agent.id} comes, to hear Ada alone")


async def _livestream(client: AsyncFishjamClient, narrator: Narrator, rooms: list[str]) -> None:
    narrator.chapter("A livestream: one publishes, many watch")
    try:
        # A room of another type is answered with 404, as one that does not exist would be.
        await client.create_livestream_streamer_token(rooms[0])
    except NotFoundError as error:
        narrator.attempt("a streamer token for the meeting room")
        narrator.error(error)
    room = await client.create_room(RoomOptions(room_type="livestream"))
    rooms.append(room.id)
    streamer = await client.create_livestream_streamer_token(room.id)
    viewer = await client.create_livestream_viewer_token(room.id)
    narrator.step(f"publish to {client.livestream_whip_url()}")
    narrator.step(f"with the token {hint(streamer)}")
    narrator.step(f"watch at {client.livestream_whep_url()}")
    narrator.step(f"with the token {hint(viewer)}")


async def _stream(client: AsyncFishjamClient, narrator: Narrator, streams: list[str]) -> None:
    narrator.chapter("A stream as a resource of its own")
    stream = await client.create_stream()
    streams.append(stream.id)
    streamer = await client.create_streamer(stream.id)
    viewer = await client.create_viewer(stream.id)
    stream = await client.get_stream(stream.id)
    narrator.step(f"stream {stream.id} has {len(stream.streamers)} streamer, {streamer.status}")
    await client.delete_viewer(stream.id, viewer.id)
    narrator.step(f"its viewer {viewer.id} was added and removed again")


async def _moq(client: AsyncFishjamClient, narrator: Narrator) -> None:
    narrator.chapter("Media over QUIC")
    access = await client.create_moq_access(publish_path="stage", ttl=600)
    # The query holds the token itself.
    address, _, _ = access.connection_url.partition("?")
    narrator.step(f"publish to {address} for ten minutes")
    narrator.step(f"with the token {hint(access.token)}")


async def _clean_up(
    client: AsyncFishjamClient, narrator: Narrator, rooms: list[str], streams: list[str]
) -> None:
    narrator.chapter("Clean-up")
    for room_id in rooms:
        await client.delete_room(room_id)
    for stream_id in streams:
        await client.delete_stream(stream_id)
    # Others may use the same Fishjam at the same time, so only rooms of this demo count.
    left = {room.id for room in await client.get_all_rooms()} & set(rooms)
    narrator.step(f"{len(rooms)} rooms and {len(streams)} stream deleted, {len(left)} left")
