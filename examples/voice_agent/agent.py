"""A conversation: hear, understand, answer, and be silent when somebody interrupts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from examples.voice_agent.detector import Detector, Started, Utterance
from examples.voice_agent.recognizer import Recognizer
from examples.voice_agent.skills import GOODBYE
from fishjam.agent import (
    AgentSession,
    AgentSessionClosedError,
    IncomingTrackData,
    OutgoingTrack,
)
from fishjam.emulator import speech

_PAUSE = 0.7
"""Seconds without audio after which an utterance has ended: the microphone is off."""

Answer = Callable[[str], Awaitable[str]]
"""Returns what to say to a sentence; empty for nothing."""


async def talk(session: AgentSession, recognizer: Recognizer, answer: Answer) -> None:
    """Talk with everybody in the room, until somebody says goodbye or the session ends."""
    track = await session.add_track()
    voices: dict[str, MemoryObjectSendStream[bytes]] = {}
    async with anyio.create_task_group() as tasks, AsyncExitStack() as stack:
        conversation = Conversation(track, recognizer, answer, tasks)
        async for message in session.receive():
            if not isinstance(message, IncomingTrackData):
                continue
            if message.peer_id not in voices:
                voice, audio = anyio.create_memory_object_stream[bytes](1000)
                voices[message.peer_id] = await stack.enter_async_context(voice)
                tasks.start_soon(conversation.listen, audio)
            await voices[message.peer_id].send(message.data)


class Conversation:
    """Listens to several people, and answers with one voice."""

    def __init__(
        self, track: OutgoingTrack, recognizer: Recognizer, answer: Answer, tasks: TaskGroup
    ) -> None:
        self._track = track
        self._recognizer = recognizer
        self._answer = answer
        self._tasks = tasks
        self._hearing = anyio.Lock()
        self._speaking = anyio.Lock()

    async def listen(self, audio: MemoryObjectReceiveStream[bytes]) -> None:
        """Find the utterances of one person, and answer each."""
        detector = Detector()
        async with audio:
            while True:
                with anyio.move_on_after(_PAUSE) as pause:
                    try:
                        found = [*detector.hear(await audio.receive())]
                    except anyio.EndOfStream:
                        return
                if pause.cancelled_caught:
                    found = [*detector.end()]
                for event in found:
                    await self._react(event)

    async def _react(self, event: Started | Utterance) -> None:
        if isinstance(event, Started):
            if self._speaking.locked():
                await self._track.interrupt()
            return
        async with self._hearing:
            # In a thread, so that the audio of all others is still taken in time.
            sentence = await to_thread.run_sync(self._recognizer.recognize, event.audio)
        print(f"Agent heard: {sentence or '(something else)'}", flush=True)
        if sentence is not None:
            self._tasks.start_soon(self._reply, sentence)

    async def _reply(self, sentence: str) -> None:
        words = await self._answer(sentence)
        # When the room is closed meanwhile, there is nobody left to answer.
        with suppress(AgentSessionClosedError):
            if words:
                await self._say(words)
            if sentence == GOODBYE:
                await self._track.session.disconnect()

    async def _say(self, words: str) -> None:
        audio = await to_thread.run_sync(speech, words)
        async with self._speaking:
            print(f"Agent: {words}", flush=True)
            seconds = await self._track.play(audio)
        if seconds < len(audio) / self._track.options.sample_rate / 2 - 0.01:
            print(f"Agent: (interrupted after {seconds:.1f} s)", flush=True)
