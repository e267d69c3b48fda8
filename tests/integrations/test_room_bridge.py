"""A framework in a room, over the bridge that every integration stands on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from attrs import define

from fishjam import AsyncFishjamClient
from fishjam.agent import (
    Agent,
    AgentConnectionError,
    AgentSession,
    AgentTrackRemovedError,
    IncomingTrackData,
    IncomingTrackImage,
    OutgoingAudioTrackOptions,
)
from fishjam.clock import AsyncSystemClock
from fishjam.emulator import Emulator, VirtualPeer, tone
from fishjam.events import Track, TrackEncoding
from fishjam.integrations.bridge import Heard, RoomBridge, room_bridge
from fishjam.integrations.bridge._room_audio import ActiveSpeaker, RoomAudio
from fishjam.integrations.bridge._voice import Voice
from tests.support.tones import pitch_of, values_of

pytestmark = pytest.mark.anyio
PATIENCE = 60.0


@define
class Meeting:
    """An agent and a user in a room."""

    emulator: Emulator
    client: AsyncFishjamClient
    agent: Agent
    session: AgentSession
    user: VirtualPeer

    async def another_user(self) -> VirtualPeer:
        _, token = await self.client.create_peer(self.agent.room_id)
        return self.emulator.connect_peer(token)

    async def tracks(self) -> int:
        room = await self.client.get_room(self.agent.room_id)
        return sum(len(peer.tracks) for peer in room.peers if peer.id == self.agent.id)

    async def until_tracks(self, count: int) -> None:
        with anyio.fail_after(PATIENCE):
            while await self.tracks() != count:
                await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def meeting(emulator: Emulator) -> AsyncIterator[Meeting]:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = await client.create_room()
        agent = await client.create_agent(room.id)
        _, token = await client.create_peer(room.id)
        user = emulator.connect_peer(token)
        async with agent.connect() as session:
            yield Meeting(emulator, client, agent, session, user)


async def hear(room: RoomBridge, size: int) -> list[Heard]:
    """Take what is heard until there is so much."""
    pieces: list[Heard] = []
    with anyio.fail_after(PATIENCE):
        async for heard in room:
            pieces.append(heard)
            if sum(len(piece.data) for piece in pieces) >= size:
                break
    return pieces


async def test_an_echo(emulator: Emulator) -> None:
    async with meeting(emulator) as talk:
        async with room_bridge(talk.session, sample_rate=16000) as room:
            talk.user.speak(tone(440, 0.3))
            heard = await hear(room, 9600)
            assert {(each.peer_id, each.track_id) for each in heard} == {(None, None)}
            for each in heard:
                room.say(each.data)
            await room.finish()
            assert not room.speaking
            assert pitch_of(talk.user.heard_audio(), 16000) == pytest.approx(440, abs=4)
        await talk.until_tracks(0)


async def test_each_voice_by_itself_at_other_rates(emulator: Emulator) -> None:
    async with meeting(emulator) as talk:
        other = await talk.another_user()
        async with room_bridge(
            talk.session, sample_rate=48000, channels=2, hear_sample_rate=8000, mixed=False
        ) as room:
            talk.user.speak(tone(400, 0.4))
            other.speak(tone(700, 0.4))
            heard = await hear(room, 2 * 6000)
            voices = {
                peer.id: b"".join(each.data for each in heard if each.peer_id == peer.id)
                for peer in (talk.user, other)
            }
            assert pitch_of(voices[talk.user.id][1600:], 8000) == pytest.approx(400, abs=5)
            assert pitch_of(voices[other.id][1600:], 8000) == pytest.approx(700, abs=5)
            left = values_of(tone(600, 0.3, sample_rate=48000))
            stereo = b"".join(value.to_bytes(2, "little", signed=True) * 2 for value in left)
            utterance = room.say(stereo)
            assert room.end_turn() is utterance
            assert await utterance.played() == pytest.approx(0.3, abs=0.05)
            await room.finish()
            played = talk.user.heard_audio(talk.agent.id)[1600:6400]
            assert pitch_of(played, 16000) == pytest.approx(600, abs=8)


async def test_an_interruption_is_silent_at_once(emulator: Emulator) -> None:
    async with meeting(emulator) as talk, room_bridge(talk.session) as room:
        written: list[bool] = []

        async def write() -> None:
            while await room.write(tone(600, 0.2, sample_rate=24000)):
                written.append(True)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write)
            await talk.user.ahear(0.3)
            assert room.speaking
            await room.interrupt()
        # It went at the pace of the room.
        assert 1 <= len(written) <= 20
        assert room.end_turn() is None
        utterance = room.say(tone(900, 0.2, sample_rate=24000))
        room.end_turn()
        await utterance.played()
        assert not utterance.interrupted
        await room.finish()
        heard = talk.user.heard_audio()
        assert pitch_of(heard[-3200:], 16000) == pytest.approx(900, abs=15)


async def test_what_waits_is_cut_as_well(emulator: Emulator) -> None:
    async with meeting(emulator) as talk, room_bridge(talk.session) as room:
        utterances = []
        for _ in range(3):
            utterances.append(room.say(tone(600, 5, sample_rate=24000)))
            room.end_turn()
        await talk.user.ahear(0.1)
        await room.interrupt()
        with anyio.fail_after(PATIENCE):
            seconds = [await utterance.played() for utterance in utterances]
        assert all(utterance.interrupted for utterance in utterances)
        assert seconds[0] < 5
        assert seconds[1:] == [0, 0]


async def test_a_turn_whose_next_words_take_a_while(emulator: Emulator) -> None:
    async with meeting(emulator) as talk, room_bridge(talk.session) as room:
        utterance = room.say(tone(600, 0.1, sample_rate=24000))
        # It was played, so the player waits for more.
        await talk.user.ahear(0.1)
        assert room.say(tone(600, 0.1, sample_rate=24000)) is utterance
        room.end_turn()
        with anyio.fail_after(PATIENCE):
            assert await utterance.played() == pytest.approx(0.2, abs=0.01)


async def test_the_end_of_the_session_ends_the_iteration(emulator: Emulator) -> None:
    async with meeting(emulator) as talk, room_bridge(talk.session) as room:
        await talk.client.delete_room(talk.agent.room_id)
        with anyio.fail_after(PATIENCE):
            assert [heard async for heard in room] == []
            await room.wait_ended()
        # There is nowhere to say it, which is not an error.
        utterance = room.say(bytes(4800))
        room.end_turn()
        assert await utterance.played() == 0
        await room.interrupt()


async def test_the_end_of_the_session_ends_a_write(emulator: Emulator) -> None:
    async with meeting(emulator) as talk, room_bridge(talk.session) as room:

        async def end() -> None:
            await talk.user.ahear(0.2)
            await talk.client.delete_room(talk.agent.room_id)

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(end)
                # All of it is one turn.
                while await room.write(tone(600, 0.2, sample_rate=24000)):
                    pass
            assert not await room.write(tone(600, 0.2, sample_rate=24000))


async def test_nothing_waits_for_a_voice_that_was_abandoned(emulator: Emulator) -> None:
    async with meeting(emulator) as talk:
        voice = Voice(await talk.session.add_track(), sample_rate=16000)
        voice.abandon()
        with anyio.fail_after(PATIENCE):
            assert not await voice.write(tone(600, 0.2))
        assert not voice.speaking


async def test_a_turn_that_something_else_has_cut_goes_on_as_another_one(
    emulator: Emulator,
) -> None:
    async with meeting(emulator) as talk:
        track = await talk.session.add_track()
        async with room_bridge(talk.session, sample_rate=16000, track=track) as room:
            utterance = room.say(tone(600, 5.0))
            await talk.user.ahear(0.2)
            await track.interrupt()
            with anyio.fail_after(PATIENCE):
                assert await utterance.played() < 5
                assert room.say(tone(900, 0.2)) is not utterance
                await room.finish()
            assert pitch_of(talk.user.heard_audio()[-3200:], 16000) == pytest.approx(900, abs=8)


async def test_a_crash_is_raised(emulator: Emulator) -> None:
    async with meeting(emulator) as talk, room_bridge(talk.session) as room:
        emulator.crash_peer(talk.agent.room_id, talk.agent.id)
        with anyio.fail_after(PATIENCE):
            with pytest.raises(AgentConnectionError):
                await anext(room)
            with pytest.raises(AgentConnectionError):
                await room.wait_ended()
            with pytest.raises(AgentConnectionError):
                room.say(bytes(4800))


async def test_a_track_of_ones_own_stays_unless_it_is_removed(emulator: Emulator) -> None:
    async with meeting(emulator) as talk:
        track = await talk.session.add_track()
        async with room_bridge(talk.session, sample_rate=16000, track=track) as room:
            room.say(tone(440, 0.1))
            await room.finish()
        assert await talk.tracks() == 1
        async with room_bridge(talk.session, sample_rate=16000, track=track) as room:
            await track.remove()
            utterance = room.say(tone(440, 0.1))
            with anyio.fail_after(PATIENCE):
                assert await utterance.played() == 0
            assert utterance.interrupted
            with pytest.raises(AgentTrackRemovedError):
                await room.write(bytes(3200))


async def test_images_that_somebody_else_asks_for_are_left_out(emulator: Emulator) -> None:
    async with meeting(emulator) as talk, room_bridge(talk.session) as room:
        camera = talk.user.publish_video()
        await talk.session.capture_image(camera.id)
        await talk.session.request_image(camera.id)
        talk.user.speak(tone(440, 0.1))
        assert await hear(room, 3200)


@pytest.mark.parametrize(
    "options", [{"sample_rate": 100}, {"sample_rate": 10**6}, {"hear_sample_rate": 7999}]
)
async def test_rates_that_cannot_be_used(emulator: Emulator, options: dict[str, Any]) -> None:
    async with meeting(emulator) as talk:
        with pytest.raises(ValueError, match="8000"):
            async with room_bridge(talk.session, **options):
                pass
        assert await talk.tracks() == 0


async def test_a_track_that_does_not_fit(emulator: Emulator) -> None:
    async with meeting(emulator) as talk, meeting(emulator) as elsewhere:
        opus = OutgoingAudioTrackOptions(encoding=TrackEncoding.OPUS)
        for track, error in (
            (await elsewhere.session.add_track(), "another session"),
            (await talk.session.add_track(opus), "16-bit PCM"),
        ):
            with pytest.raises(ValueError, match=error):
                async with room_bridge(talk.session, track=track):
                    pass


def test_who_speaks() -> None:
    speaker = ActiveSpeaker()
    loud, quiet = tone(440, 0.02), tone(440, 0.02, amplitude=0.001)
    assert not speaker.update("ada", quiet, 1.0)
    assert not speaker.update("ada", b"\0", 1.0)
    assert speaker.update("ada", loud, 1.0)
    assert not speaker.update("ada", loud, 1.2)
    assert not speaker.update("ben", loud, 1.4)
    assert speaker.update("ben", loud, 1.8)


class HastyClock(AsyncSystemClock):
    """A clock that can be put forward."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


async def test_a_track_that_is_not_heard_any_more_is_not_kept(emulator: Emulator) -> None:
    async def take(heard: Heard) -> None:
        kept.append(len(audio._streams))

    async def receive(peer_id: object) -> AsyncIterator[IncomingTrackData]:
        for name in ("ada", "ben", "ada", "eve", "ben"):
            yield IncomingTrackData(peer_id=name, track=Track(id=name), data=tone(440, 0.02))
            clock.ahead += 40

    kept: list[int] = []
    clock = HastyClock()
    async with meeting(emulator) as talk:
        # Nothing else tells when a track that is gone was heard last.
        session: Any = SimpleNamespace(agent=talk.agent, receive=receive)
        audio = RoomAudio(session, take, clock, mixed=False)
        await audio.listen()
    assert kept == [1, 2, 2, 2, 2]


async def test_an_image_is_passed_on_and_audio_can_be_refused(emulator: Emulator) -> None:
    heard: list[Heard] = []
    refused: list[str] = []
    seen: list[IncomingTrackImage] = []

    async def take(each: Heard) -> None:
        heard.append(each)

    async def refuse(message: IncomingTrackData) -> bool:
        refused.append(message.peer_id)
        return False

    async def see(image: IncomingTrackImage) -> None:
        seen.append(image)

    async with meeting(emulator) as talk:
        talk.user.speak(tone(440, 0.1))
        camera = talk.user.publish_video()
        audio = RoomAudio(talk.session, take, AsyncSystemClock(), admit=refuse, see=see)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(audio.listen)
            await talk.session.capture_image(camera.id)
            with anyio.fail_after(PATIENCE):
                while not (seen and refused):
                    await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
    assert seen[0].track_id == camera.id
    assert (set(refused), heard) == ({talk.user.id}, [])
