"""What an agent hears: messages in order, what is left out, and the inbox when nobody reads."""

from __future__ import annotations

import logging
from typing import Any, Literal

import anyio
import pytest

from fishjam.agent import (
    AgentBusyError,
    AgentError,
    AgentSession,
    IncomingTrackData,
    IncomingTrackImage,
)
from fishjam.events import Track, TrackType
from tests.agent.agent_script import (
    AUTHENTICATED,
    PATIENT,
    agent_for,
    audio,
    closing,
    image,
    saying,
    stay,
    then,
    waiting_for_go,
)
from tests.support.websocket_server import PING, PONG, TEXT, Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

END = closing(1000, "Room stopped")
Overflow = Literal["drop_oldest", "wait"]
OVERFLOWS = ("drop_oldest", "wait")


def heard(data: bytes, peer_id: str = "ada", track_id: str = "mic") -> IncomingTrackData:
    return IncomingTrackData(peer_id, Track(track_id, TrackType.AUDIO, '{"kind": "mic"}'), data)


def seen(data: bytes, track_id: str = "camera") -> IncomingTrackImage:
    return IncomingTrackImage(track_id, "image/jpeg", data)


async def all_of(session: AgentSession) -> list[Any]:
    return [message async for message in session]


@pytest.mark.parametrize("overflow", OVERFLOWS)
async def test_audio_and_images_come_in_order(serve: Serve, overflow: Overflow) -> None:
    script = then(saying(audio(b"ab"), image(b"jpeg"), audio(b"cd" * 10_000, "bob", "2")), END)
    async with agent_for(serve(script)).connect(overflow=overflow) as session:
        messages = [message async for message in session.receive()]
    assert messages == [heard(b"ab"), seen(b"jpeg"), heard(b"cd" * 10_000, "bob", "2")]


async def test_iterating_over_the_session_is_the_same(serve: Serve) -> None:
    async with agent_for(serve(then(saying(audio(b"ab")), END))).connect() as session:
        assert await all_of(session) == [heard(b"ab")]


@pytest.mark.parametrize("overflow", OVERFLOWS)
async def test_what_brings_nothing_or_cannot_be_read_ends_nothing(
    serve: Serve, caplog: pytest.LogCaptureFixture, overflow: Overflow
) -> None:
    def odd(peer: Peer) -> None:
        saying(b"", AUTHENTICATED, b"\x52\x00", b"\xff\xff", b"\x12\x05\x0a")(peer)
        peer.send_frame(TEXT, b"hello")

    script = then(saying(audio(b"ab")), odd, saying(audio(b"cd")), END)
    with caplog.at_level(logging.WARNING, "fishjam"):
        async with agent_for(serve(script)).connect(overflow=overflow) as session:
            assert await all_of(session) == [heard(b"ab"), heard(b"cd")]
    assert caplog.text.count("a frame of the agent socket was left out") == 3
    assert "'hello'" in caplog.text


async def test_values_are_immutable_and_do_not_fill_the_screen() -> None:
    message = heard(bytes(640))
    assert repr(message).endswith("data=<640 bytes>)")
    assert repr(heard(b"ab")).endswith("data=b'ab')")
    with pytest.raises(AttributeError):
        message.data = b""  # type: ignore[misc]
    assert seen(b"\x00\xff").to_dict() == {
        "trackId": "camera",
        "contentType": "image/jpeg",
        "data": "AP8=",
    }
    assert message.track.parsed_metadata == {"kind": "mic"}
    assert type(message).__module__ == "fishjam.agent"


async def test_only_certain_peers(serve: Serve) -> None:
    frames = [audio(name.encode() * 2, name) for name in "abcab"]
    script = then(saying(*frames[:3], image(b"x"), *frames[3:]), END)
    server = serve(script)
    a, b = heard(b"aa", "a"), heard(b"bb", "b")
    wanted: dict[Any, list[Any]] = {
        "a": [a, seen(b"x"), a],
        ("a", "b"): [a, b, seen(b"x"), a, b],
        frozenset[str](): [seen(b"x")],
    }
    for peers, expected in wanted.items():
        async with agent_for(server).connect() as session:
            assert [message async for message in session.receive(peers)] == expected


async def test_after_a_break_it_goes_on_where_it_was(serve: Serve) -> None:
    frames = [audio(bytes([number, 0])) for number in range(6)]
    async with agent_for(serve(then(saying(*frames), END))).connect() as session:
        seen = []
        async for message in session.receive():
            seen.append(message)
            if len(seen) == 2:
                break
        async for message in session:
            seen.append(message)
            break
        seen += [message async for message in session.receive()]
    assert seen == [heard(bytes([number, 0])) for number in range(6)]


async def test_a_second_reader_is_told_and_disturbs_nobody(serve: Serve) -> None:
    script = then(waiting_for_go, saying(audio(b"ab")), stay)
    server = serve(script)
    got: list[Any] = []
    async with agent_for(server).connect() as session, anyio.create_task_group() as tasks:

        async def read() -> None:
            got.append(await anext(session.receive()))

        tasks.start_soon(read)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(AgentBusyError, match="Another task") as caught:
            await anext(session.receive())
        assert isinstance(caught.value, AgentError)
        assert isinstance(caught.value, RuntimeError)
        server.go.set()
    assert got == [heard(b"ab")]


async def test_a_reader_that_is_cancelled_loses_nothing(serve: Serve) -> None:
    script = then(waiting_for_go, saying(audio(b"ab")), END)
    server = serve(script)
    async with agent_for(server).connect() as session:
        with anyio.move_on_after(0.01):
            await anext(session.receive())
        server.go.set()
        assert await all_of(session) == [heard(b"ab")]


async def test_an_iterator_can_be_closed_like_a_generator(serve: Serve) -> None:
    async with agent_for(serve(then(stay))).connect() as session:
        await session.receive().aclose()  # type: ignore[attr-defined]


async def test_what_came_before_the_end_can_be_had_after_it(serve: Serve) -> None:
    script = then(saying(audio(b"ab"), image(b"x")), END)
    async with agent_for(serve(script)).connect() as session:
        while not session.closed:  # noqa: ASYNC110 - nothing tells of it but the messages
            await anyio.sleep(0.001)
    assert await all_of(session) == [heard(b"ab"), seen(b"x")]
    assert await all_of(session) == []


async def test_nothing_more_comes_after_our_own_end(serve: Serve) -> None:
    async with agent_for(serve(then(saying(audio(b"ab")), stay))).connect() as session:
        assert await anext(session.receive()) == heard(b"ab")
        await session.disconnect()
        assert await all_of(session) == []
        await session.disconnect()
    assert await all_of(session) == []


async def test_our_own_end_wakes_who_reads(serve: Serve) -> None:
    got: list[Any] = []
    async with (
        agent_for(serve(then(stay))).connect() as session,
        anyio.create_task_group() as tasks,
    ):

        async def read() -> None:
            got.append(await all_of(session))

        tasks.start_soon(read)
        await anyio.wait_all_tasks_blocked()
        await session.disconnect()
    assert got == [[]]


def second_of_audio(count: int, name: str) -> list[bytes]:
    """Give chunks of 100 ms at 16000 Hz, each of which tells its number."""
    return [audio(bytes([number]) * 3200, name, name) for number in range(count)]


async def test_a_full_inbox_drops_the_oldest_audio_of_each_track_but_no_image(
    serve: Serve,
) -> None:
    ada, bob = second_of_audio(25, "ada"), second_of_audio(12, "bob")
    frames = [ada[0], image(b"1"), *ada[1:], *bob, image(b"2")]

    def script(peer: Peer) -> None:
        then(saying(*frames), END)(peer)

    async with agent_for(serve(script)).connect(buffer_seconds=1) as session:
        while not session.closed:  # noqa: ASYNC110
            await anyio.sleep(0.001)
        messages = await all_of(session)
    assert session.dropped == 15 + 2
    assert [one.data for one in messages if isinstance(one, IncomingTrackImage)] == [b"1", b"2"]
    kept = [(one.peer_id, one.data[0]) for one in messages if isinstance(one, IncomingTrackData)]
    assert kept == [("ada", n) for n in range(15, 25)] + [("bob", n) for n in range(2, 12)]
    assert messages[0] == seen(b"1")


async def test_audio_of_another_sample_rate_takes_more_bytes(serve: Serve) -> None:
    agent = agent_for(serve(then(saying(*second_of_audio(30, "ada")), END)))
    agent.audio_sample_rate = 24000
    async with agent.connect(buffer_seconds=1) as session:
        while not session.closed:  # noqa: ASYNC110
            await anyio.sleep(0.001)
        assert len(await all_of(session)) == 15


async def test_chunks_of_no_length_do_not_pile_up_without_end(serve: Serve) -> None:
    script = then(saying(*[audio(b"")] * 50), END)
    async with agent_for(serve(script)).connect(buffer_seconds=0.001) as session:
        while not session.closed:  # noqa: ASYNC110
            await anyio.sleep(0.001)
        assert len(await all_of(session)) == 32
    assert session.dropped == 18


async def test_a_full_inbox_can_make_the_server_wait(serve: Serve) -> None:
    frames = second_of_audio(250, "ada")
    async with agent_for(serve(then(saying(*frames), END))).connect(
        overflow="wait", buffer_seconds=0.2
    ) as session:
        await anyio.sleep(0.05)
        assert not session.closed
        messages = await all_of(session)
    assert [message.data[0] for message in messages] == list(range(250))
    assert session.dropped == 0


async def test_a_reader_that_waits_for_room_does_not_hold_up_the_end(serve: Serve) -> None:
    script = then(saying(*second_of_audio(100, "ada")), stay)
    agent = agent_for(serve(script))
    async with agent.connect(
        overflow="wait", buffer_seconds=0.2, socket_options=PATIENT
    ) as session:
        with anyio.fail_after(10):
            while len(session._state.inbox._items) < 2:  # noqa: ASYNC110
                await anyio.sleep(0.001)
        await anyio.sleep(0.02)
    assert len(await all_of(session)) == 2


async def test_nobody_reads_and_the_connection_lives_on(serve: Serve) -> None:
    """Sixteen messages fit into the transport; an agent that only speaks hears many more."""

    def script(peer: Peer) -> None:
        then(saying(*[audio(bytes(640))] * 2000))(peer)
        peer.send_frame(PING, b"still there?")
        assert peer.read_frame() == (PONG, b"still there?")
        END(peer)

    async with agent_for(serve(script)).connect() as session:
        while not session.closed:  # noqa: ASYNC110
            await anyio.sleep(0.001)
        assert session.close_reason == "Room stopped"
        assert session.dropped == 1500
