"""What an agent sends: tracks, chunks of audio, and what is refused before the wire."""

from __future__ import annotations

import array
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam import events
from fishjam.agent import AgentError, AgentTrackRemovedError, OutgoingAudioTrackOptions
from fishjam.events import TrackEncoding
from tests.agent.agent_script import REQUEST, agent_for, listening, then, waiting_for_go
from tests.support.websocket_server import Peer, Server
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

OPUS = OutgoingAudioTrackOptions(encoding=TrackEncoding.OPUS)


async def test_a_track_from_its_beginning_to_its_end(serve: Serve) -> None:
    server = serve(then(listening))
    async with agent_for(server).connect() as session:
        track = await session.add_track(
            OutgoingAudioTrackOptions(TrackEncoding.PCM16, 24000, 2, {"name": "voice"})
        )
        await track.send_chunk(b"abcd")
        await track.interrupt()
        await track.remove()
        await track.remove()
    requests = [await server.wait() for _ in range(5)]
    added = requests[0].add_track
    assert (added.track.id, added.track.type) == (track.id, events.TrackType.AUDIO)
    assert added.track.metadata == '{"name": "voice"}'
    codec = added.codec_params
    assert (codec.encoding, codec.sample_rate, codec.channels) == (1, 24000, 2)
    assert requests[1] == REQUEST(track_data={"track_id": track.id, "data": b"abcd"})
    assert requests[2] == REQUEST(interrupt_track={"track_id": track.id})
    assert requests[3] == REQUEST(remove_track={"track_id": track.id})
    assert requests[4] == 1000


async def test_without_options_it_is_mono_pcm_and_has_no_metadata(serve: Serve) -> None:
    server = serve(then(listening))
    async with agent_for(server).connect() as session:
        track = await session.add_track()
        other = await session.add_track(OutgoingAudioTrackOptions())
    for one in (track, other):
        added = (await server.wait()).add_track
        assert added.track.id == one.id
        assert added.track.metadata == ""
        codec = added.codec_params
        assert (codec.encoding, codec.sample_rate, codec.channels) == (0, 16000, 1)
    assert track.id != other.id
    assert track.options == OutgoingAudioTrackOptions()
    assert track.session is session
    assert repr(track) == f"OutgoingTrack(id={track.id!r}, options={track.options!r})"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sample_rate": 8000}, "sample_rate=8000"),
        ({"channels": 3}, "channels=3"),
        ({"encoding": 7}, "encoding=7"),
        ({"metadata": {"when": object()}}, "metadata.*object"),
        ({"metadata": {"x": float("nan")}}, "metadata"),
    ],
)
async def test_options_that_cannot_be_used_never_reach_the_wire(
    serve: Serve, options: dict[str, Any], said: str
) -> None:
    server = serve(then(listening))
    async with agent_for(server).connect() as session:
        with pytest.raises(ValueError, match=said):
            await session.add_track(OutgoingAudioTrackOptions(**options))
    assert await server.wait() == 1000


async def test_metadata_that_contain_themselves(serve: Serve) -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"deeper": deep}
    async with agent_for(serve(then(listening))).connect() as session:
        for metadata in (endless, deep):
            with pytest.raises(ValueError, match="metadata"):
                await session.add_track(OutgoingAudioTrackOptions(metadata=metadata))


async def test_anything_like_bytes_can_be_sent(serve: Serve) -> None:
    server = serve(then(listening))
    samples = array.array("h", [1, 2, 3, 4])
    async with agent_for(server).connect() as session:
        track = await session.add_track()
        for data in (b"ab", bytearray(b"ab"), memoryview(b"ab"), memoryview(b"a-b-")[::2]):
            await track.send_chunk(data)
        await track.send_chunk(memoryview(samples))
        await track.send_chunk(b"")
    await server.wait()
    sent = [(await server.wait()).track_data.data for _ in range(5)]
    assert sent == [b"ab"] * 4 + [samples.tobytes()]
    assert await server.wait() == 1000


async def test_chunks_that_cannot_be_sent(serve: Serve) -> None:
    server = serve(then(listening))
    async with agent_for(server).connect() as session:
        mono = await session.add_track()
        stereo = await session.add_track(OutgoingAudioTrackOptions(channels=2))
        opus = await session.add_track(OPUS)
        with pytest.raises(ValueError, match="multiple of 2"):
            await mono.send_chunk(b"abc")
        with pytest.raises(ValueError, match="multiple of 4"):
            await stereo.send_chunk(b"ab")
        for wrong in ("text", [1, 2], None):
            with pytest.raises(TypeError, match="audio must be bytes"):
                await mono.send_chunk(wrong)  # type: ignore[arg-type]
        await opus.send_chunk(b"any")
    requests = [await server.wait() for _ in range(4)]
    assert [one.WhichOneof("content") for one in requests] == ["add_track"] * 3 + ["track_data"]


async def test_a_removed_track_takes_nothing_more(serve: Serve) -> None:
    async with agent_for(serve(then(listening))).connect() as session:
        track = await session.add_track()
        await track.remove()
        for call in (lambda: track.send_chunk(b"ab"), track.interrupt, lambda: track.play(b"ab")):
            with pytest.raises(AgentTrackRemovedError, match="was removed") as caught:
                await call()
            assert isinstance(caught.value, AgentError)


async def test_many_tasks_send_at_once(serve: Serve) -> None:
    server = serve(then(listening))
    async with agent_for(server).connect() as session:
        tracks = [await session.add_track() for _ in range(5)]
        async with anyio.create_task_group() as tasks:

            async def send(index: int) -> None:
                for number in range(50):
                    await tracks[index].send_chunk(bytes([index, number]))
                    await checkpoint()

            for index in range(5):
                tasks.start_soon(send, index)
    requests = [await server.wait() for _ in range(5 + 250)]
    sent = [tuple(one.track_data.data) for one in requests[5:]]
    for index in range(5):
        assert [pair for pair in sent if pair[0] == index] == [(index, n) for n in range(50)]


def waiting_and_listening(peer: Peer) -> None:
    """Read nothing until the test says so, then everything."""
    waiting_for_go(peer)
    listening(peer)


async def contents(server: Server) -> list[tuple[str, str]]:
    """Return what came up to the close of the agent, but no audio: its kind and its track."""
    received = []
    while (request := await server.wait()) != 1000:
        kind = request.WhichOneof("content")
        if kind != "track_data":
            content = getattr(request, kind)
            received.append((kind, content.track.id if kind == "add_track" else content.track_id))
    return received


async def test_a_track_that_is_given_up_under_back_pressure_does_not_stay(serve: Serve) -> None:
    """What the session knows and what the server has are the same."""
    server = serve(then(waiting_and_listening), receive_buffer=4096)
    async with (
        agent_for(server).connect() as session,
        anyio.create_task_group() as tasks,
    ):
        track = await session.add_track()
        tasks.start_soon(track.send_chunk, bytes(5_000_000))
        await anyio.wait_all_tasks_blocked()
        with anyio.move_on_after(0.05) as scope:
            await session.add_track()
        assert scope.cancelled_caught
        with anyio.CancelScope() as scope:
            scope.cancel()
            await session.add_track()
        assert scope.cancelled_caught
        server.go.set()
    begun, (added, given_up), (removed, same) = await contents(server)
    assert begun == ("add_track", track.id)
    assert (added, removed) == ("add_track", "remove_track")
    assert given_up == same != track.id


@pytest.mark.parametrize("seconds", [0, 0.05])
async def test_a_removal_that_is_cancelled_under_back_pressure_goes_through(
    serve: Serve, seconds: float
) -> None:
    server = serve(then(waiting_and_listening), receive_buffer=4096)
    async with (
        agent_for(server).connect() as session,
        anyio.create_task_group() as tasks,
    ):
        track = await session.add_track()
        tasks.start_soon(track.send_chunk, bytes(5_000_000))
        await anyio.wait_all_tasks_blocked()
        with anyio.move_on_after(seconds):
            await track.remove()
        server.go.set()
    assert await contents(server) == [("add_track", track.id), ("remove_track", track.id)]
