"""Peers, agents and VAPI agents of a room, on a local Fishjam."""

from __future__ import annotations

import pytest

from fishjam import (
    AgentOptions,
    AgentOutputOptions,
    AsyncFishjamClient,
    Peer,
    PeerOptions,
    PeerOptionsVapi,
    RoomOptions,
    errors,
)
from fishjam.agent import Agent
from fishjam.emulator import Emulator
from fishjam.peer import PeerMetadata, PeerStatus, PeerType, SubscribeMode
from tests.core.instances import SCHEMAS, full
from tests.support.clients import World
from tests.support.http_server import Reply, ScriptedServer

pytestmark = pytest.mark.anyio


async def test_a_peer_without_options(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    peer, token = await client.create_peer(room.id)
    assert isinstance(peer, Peer)
    assert token.count(".") == 2
    assert peer.type_ is PeerType.WEBRTC
    assert peer.status is PeerStatus.DISCONNECTED
    assert peer.subscribe_mode is SubscribeMode.AUTO
    assert peer.tracks == []
    assert (peer.subscriptions.peers, peer.subscriptions.tracks) == ([], [])
    assert isinstance(peer.metadata, PeerMetadata)
    assert peer.metadata == {"peer": {}, "server": {}}
    assert emulator.requests[-1].json == {
        "type": "webrtc",
        "options": {"metadata": {}, "subscribeMode": "auto"},
    }
    assert (await client.get_room(room.id)).peers == [peer]


async def test_a_peer_with_options(client: AsyncFishjamClient) -> None:
    room = await client.create_room()
    metadata = {"name": "Ada", "nested": {"list": [1, None, True]}, "ż": "🐟"}
    peer, _ = await client.create_peer(room.id, PeerOptions(metadata, "manual"))
    assert peer.metadata is not None
    assert peer.metadata["server"] == metadata
    assert peer.subscribe_mode == "manual"


async def test_peers_are_removed(client: AsyncFishjamClient) -> None:
    room = await client.create_room()
    peer, _ = await client.create_peer(room.id)
    await client.delete_peer(room.id, peer.id)
    assert (await client.get_room(room.id)).peers == []
    for room_id, peer_id in ((room.id, peer.id), (room.id, "nobody"), ("nowhere", peer.id)):
        with pytest.raises(errors.NotFoundError):
            await client.delete_peer(room_id, peer_id)


async def test_a_full_room(client: AsyncFishjamClient) -> None:
    room = await client.create_room(RoomOptions(max_peers=1))
    await client.create_peer(room.id)
    with pytest.raises(errors.ConflictError, match="full"):
        await client.create_peer(room.id)


async def test_tokens_are_renewed(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    peer, token = await client.create_peer(room.id)
    emulator.advance(1)
    other = await client.refresh_peer_token(room.id, peer.id)
    assert other != token
    with pytest.raises(errors.NotFoundError):
        await client.refresh_peer_token(room.id, "nobody")


async def test_an_agent_without_options(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    agent = await client.create_agent(room.id)
    assert isinstance(agent, Agent)
    assert agent.room_id == room.id
    (peer,) = (await client.get_room(room.id)).peers
    assert (peer.id, peer.type_) == (agent.id, "agent")
    created = next(one for one in emulator.requests if one.operation == "add_peer")
    assert created.json == {
        "type": "agent",
        "options": {
            "output": {"audioFormat": "pcm16", "audioSampleRate": 16000},
            "subscribeMode": "auto",
        },
    }


async def test_an_agent_with_options(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    output = AgentOutputOptions("pcm16", 24000)
    await client.create_agent(room.id, AgentOptions(output, "manual"))
    assert emulator.requests[-1].json["options"] == {
        "output": {"audioFormat": "pcm16", "audioSampleRate": 24000},
        "subscribeMode": "manual",
    }


@pytest.mark.parametrize("given", ["host.example/x/socket/peer/websocket", None])
async def test_where_an_agent_connects(world: World, given: str | None) -> None:
    data = {"peer": full(SCHEMAS["Peer"]), "token": "agent-token"}
    answer = Reply(201, {"data": data | ({"peer_websocket_url": given} if given else {})})
    with ScriptedServer(answer) as server:
        async with world.client(server.url) as client:
            agent = await client.create_agent("r")
        url = "https://host.example/x" if given else server.url
    assert agent == Agent("text-0", "r", "agent-token", url)
    assert repr(agent) == (f"Agent(id='text-0', room_id='r', token='***', fishjam_url={url!r})")


def test_agents_compare_by_value() -> None:
    agent = Agent("a", "r", "t", "https://host")
    assert agent == Agent(id="a", room_id="r", token="t", fishjam_url="https://host")
    assert agent != Agent("a", "r", "other", "https://host")
    assert agent != "a"
    assert hash(agent) == hash(Agent("a", "r", "t", "https://host"))


async def test_a_vapi_agent(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    options = PeerOptionsVapi("s3cret-key", "call-1", auto_close=True, subscribe_mode="manual")  # type: ignore[arg-type]
    peer = await client.create_vapi_agent(room.id, options)
    assert peer.type_ is PeerType.VAPI
    assert "s3cret-key" not in repr(options)
    assert emulator.requests[-1].json == {
        "type": "vapi",
        "options": {
            "apiKey": "s3cret-key",
            "callId": "call-1",
            "autoClose": True,
            "subscribeMode": "manual",
        },
    }
    assert type(options.subscribe_mode) is str  # what the caller gave stays the caller's


async def test_a_vapi_agent_that_leaves_things_to_the_server(
    client: AsyncFishjamClient, emulator: Emulator
) -> None:
    room = await client.create_room()
    options = PeerOptionsVapi("k", "c", auto_close=None, subscribe_mode=None)
    await client.create_vapi_agent(room.id, options)
    assert emulator.requests[-1].json["options"] == {"apiKey": "k", "callId": "c"}


async def test_subscriptions(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    speaker, _ = await client.create_peer(room.id)
    listener, _ = await client.create_peer(room.id, PeerOptions(subscribe_mode="manual"))
    track = emulator.add_track(room.id, speaker.id, "audio", {"from": "mic"})
    await client.subscribe_peer(room.id, listener.id, speaker.id)
    await client.subscribe_tracks(room.id, listener.id, [track])
    speaker, listener = (await client.get_room(room.id)).peers
    assert listener.subscriptions.peers == [speaker.id]
    assert listener.subscriptions.tracks == [track]
    assert speaker.tracks[0].metadata == {"from": "mic"}
    assert speaker.tracks[0].type_ == "audio"
    with pytest.raises(errors.NotFoundError):
        await client.subscribe_peer(room.id, listener.id, "nobody")
    with pytest.raises(errors.NotFoundError):
        await client.subscribe_tracks(room.id, listener.id, ["nothing"])


async def test_an_agent_is_made_again(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    options = AgentOptions(AgentOutputOptions(audio_sample_rate=24000))
    agent = await client.create_agent(room.id, options)
    asked = len(emulator.requests)
    again = await client.get_agent(
        room.id, agent.id, agent.token, options, fishjam_url=agent.fishjam_url
    )
    assert again == agent
    assert len(emulator.requests) == asked
    async with (await client.get_agent(room.id, agent.id)).connect() as session:
        assert session.agent.id == agent.id
    with pytest.raises(errors.NotFoundError, match="nobody") as caught:
        await client.get_agent(room.id, "nobody")
    assert any(note.startswith("get_agent (refresh_token)") for note in caught.value.__notes__)
