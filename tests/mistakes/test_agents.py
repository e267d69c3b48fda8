"""Mistakes with agents: tokens that are no longer good, audio of another form, two at a time."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import anyio
import pytest

from fishjam import AsyncFishjamClient, errors
from fishjam._core.notes import explained
from fishjam.agent import Agent, AgentSession, OutgoingAudioTrackOptions
from fishjam.emulator import Emulator, tone
from fishjam.events import TrackEncoding
from tests.agent.agent_script import agent_for, closing, hear, then
from tests.support.websocket_server import Server

pytestmark = pytest.mark.anyio

REFUSED = (
    "The server refused the agent: {}. An agent's token is good for 24 hours and one connection at "
    "a time, while its room and its peer exist."
)


@pytest.fixture
async def agent(emulator: Emulator) -> Agent:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = await client.create_room()
        return await client.create_agent(room.id)


@pytest.fixture
async def session(agent: Agent) -> AsyncIterator[AgentSession]:
    async with agent.connect() as session:
        yield session


async def text_of(kind: type[BaseException], mistake: Awaitable[Any]) -> str:
    with pytest.raises(kind) as caught:
        await mistake
    assert type(caught.value) is kind
    return explained(caught.value).replace("\n", " ")


async def enter(agent: Agent) -> None:
    async with agent.connect():
        """Never comes here."""


async def test_it_is_connected_already(agent: Agent, session: AgentSession) -> None:
    text = await text_of(errors.AgentAuthError, enter(agent))
    assert text == REFUSED.format("peer already connected")


async def test_its_token_has_expired(emulator: Emulator, agent: Agent) -> None:
    emulator.advance(25 * 3600)
    assert await text_of(errors.AgentAuthError, enter(agent)) == REFUSED.format("expired token")


async def test_the_token_is_that_of_a_web_peer(emulator: Emulator, agent: Agent) -> None:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        peer, token = await client.create_peer(agent.room_id)
    wrong = Agent(peer.id, agent.room_id, token, emulator.fishjam_id)
    text = await text_of(errors.AgentAuthError, enter(wrong))
    assert text == REFUSED.format("invalid token")
    assert token not in text


async def test_the_audio_has_another_form(session: AgentSession) -> None:
    rate: Any = OutgoingAudioTrackOptions(sample_rate=48000)  # type: ignore[arg-type]
    text = await text_of(ValueError, session.add_track(rate))
    assert text.startswith("sample_rate=48000: use one of")
    track = await session.add_track()
    for call in (track.send_chunk, track.play):
        assert (await text_of(ValueError, call(b"abc"))).startswith(
            "3 bytes are not a whole number of 16-bit samples in 1 channel(s)"
        )
    floats: Any = [0.1, 0.2]
    hint = (
        "Turn samples into 16-bit little-endian integers first, and these into bytes: with NumPy "
        '(floats * 32767).astype("<i2").tobytes() for floats between -1 and 1.'
    )
    for call, kind in ((track.send_chunk, "list"), (track.play, "float")):
        text = await text_of(TypeError, call(floats))
        assert text == f"audio must be bytes, not {kind}. {hint}"


async def test_the_encoding_is_a_word(session: AgentSession) -> None:
    encoding: Any = "pcm16"
    text = await text_of(
        ValueError, session.add_track(OutgoingAudioTrackOptions(encoding=encoding))
    )
    assert text == (
        "encoding='pcm16': use TrackEncoding.PCM16 or TrackEncoding.OPUS of fishjam.events"
    )
    assert {"PCM16", "OPUS"} <= set(TrackEncoding.__members__)


@pytest.mark.parametrize("metadata", ['{"name": "voice"}', ["voice"], 5, False])
async def test_the_metadata_are_no_dict(session: AgentSession, metadata: Any) -> None:
    text = await text_of(
        ValueError, session.add_track(OutgoingAudioTrackOptions(metadata=metadata))
    )
    assert text == (
        f"metadata must be a dict or None, not {type(metadata).__name__}: it is sent as a JSON "
        "object, and must not be turned into text before."
    )
    track = await session.add_track(OutgoingAudioTrackOptions(metadata={"name": "voice"}))
    await track.send_chunk(b"ab")
    assert not session.closed


async def test_a_dict_stands_in_for_options(session: AgentSession) -> None:
    options: Any = {"sample_rate": 24000}
    assert await text_of(TypeError, session.add_track(options)) == (
        "add_track: options must be OutgoingAudioTrackOptions, not dict. Write "
        "OutgoingAudioTrackOptions(sample_rate=24000); it takes encoding, sample_rate, channels, "
        "metadata."
    )


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_a_whole_wav_file_is_played(session: AgentSession, kind: Any) -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 16000, 0, "NONE", "NONE"))
        writer.writeframes(tone(440, 0.01))
    track = await session.add_track()
    assert await text_of(ValueError, track.play(kind(file.getvalue()))) == (
        "play() takes bare samples, and this is a whole WAV file: use play_wav(), which also "
        "converts it to the sample rate and the channels of the track."
    )
    assert await track.play_wav(file.getvalue()) == pytest.approx(0.01)


async def test_samples_that_begin_as_a_file_does(session: AgentSession) -> None:
    track = await session.add_track()
    for samples in (b"RIFF", b"RIFF....wave"):
        assert await track.play(samples) > 0


async def test_the_name_of_a_file_is_played(session: AgentSession) -> None:
    track = await session.add_track()
    name: Any = "x.wav"
    assert await text_of(TypeError, track.play(name)) == (
        "play() takes the bytes of audio, not the name of a file: for a WAV file use "
        "play_wav(name) or play(Path(name))"
    )


async def test_the_server_refuses_what_was_sent() -> None:
    # No use of this SDK comes to it; what it does not know of may.
    script = then(hear, closing(1003, "add_track: no such format"))
    with Server(script) as server:
        async with agent_for(server).connect() as session:
            await session.add_track()
            with pytest.raises(errors.AgentConnectionError) as caught:
                await anext(session.receive())
    text = explained(caught.value)
    assert "code 1003 (not acceptable), 'add_track: no such format'.\n" in text
    assert text.endswith(
        "The server refused what was sent to it: send something else the next time."
    )
    assert "onnect again" not in text


# Blocks and loops.

BLOCK = "connect() makes a block: write `async with agent.connect() as session:`"
MESSAGES = (
    "The messages of a session come one by one as they arrive: write "
    "`async for message in session.receive():`"
)


async def test_the_block_is_not_async(agent: Agent) -> None:
    block: Any = agent.connect()
    with pytest.raises(TypeError) as caught, block:
        """Never comes here."""
    assert str(caught.value) == BLOCK
    with pytest.raises(TypeError) as caught:
        await block
    assert str(caught.value) == BLOCK


async def test_the_loop_is_not_async(session: AgentSession) -> None:
    everything: tuple[Any, ...] = (session, session.receive())
    for messages in everything:
        with pytest.raises(TypeError) as caught:
            await messages
        assert str(caught.value) == MESSAGES
        with pytest.raises(TypeError) as caught:
            list(messages)
        assert str(caught.value) == MESSAGES


async def test_what_is_no_id_is_heard(
    emulator: Emulator, agent: Agent, session: AgentSession
) -> None:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        both = await client.create_peer(agent.room_id)
    mistakes: tuple[Any, ...] = (agent, [agent], ("ada", agent), both[0], both)
    for peers, name in zip(mistakes, ("Agent", "Agent", "Agent", "Peer", "Peer"), strict=True):
        with pytest.raises(TypeError) as caught:
            session.receive(peer_id=peers)
        assert str(caught.value) == (
            f"receive: peer_id must be a string, or several, not {name}: pass the id alone, for "
            "example peer.id"
        )


# Handlers.


async def test_the_handler_is_none(agent: Agent) -> None:
    nothing: Any = None
    assert await text_of(TypeError, agent.run(nothing)) == (
        "run: None is not a handler: pass a function that is written with async def and takes the "
        "session"
    )


async def test_the_handler_is_a_plain_function(agent: Agent) -> None:
    def greet(session: AgentSession) -> Any:
        """Greets nobody."""

    assert await text_of(TypeError, agent.run(greet)) == (
        f"run: the handler {greet.__qualname__} returned NoneType, which cannot be awaited: pass a "
        "function that is written with async def and takes the session"
    )

    async def hello(session: AgentSession) -> str:
        return "hello"

    assert await agent.run(lambda session: hello(session)) == "hello"


async def test_two_read_or_play_at_a_time(session: AgentSession) -> None:
    track = await session.add_track()

    async def read() -> None:
        async for _ in session.receive():
            """Nobody says anything."""

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(track.play, tone(440, 60))
        await anyio.wait_all_tasks_blocked()
        assert await text_of(errors.AgentBusyError, read()) == (
            "Another task is waiting for messages of this session. One task should receive and "
            "hand them on."
        )
        text = await text_of(errors.AgentBusyError, track.play(tone(440, 1)))
        assert "is playing already: interrupt() it first, or wait" in text
        tasks.cancel_scope.cancel()


async def test_something_is_sent_after_the_end(agent: Agent) -> None:
    async with agent.connect() as session:
        track = await session.add_track()
    for late in (track.send_chunk(b"ab"), session.add_track()):
        assert await text_of(errors.AgentSessionClosedError, late) == (
            "This agent session was closed on this side, by disconnect() or by leaving its block; "
            "connect again."
        )
