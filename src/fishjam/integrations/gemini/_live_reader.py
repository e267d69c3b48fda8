"""Reads the model's messages in a Live session."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Literal, cast

from attrs import frozen
from google.genai.errors import APIError
from google.genai.live import AsyncSession
from google.genai.types import LiveServerContent, LiveServerMessage, Transcription

from fishjam.integrations.bridge._callbacks import Callbacks
from fishjam.integrations.bridge._voice import Voice

_IN_ORDER = (1000, 1001)
"""The codes with which a WebSocket is closed in order."""


@frozen
class Listeners:
    """The user's functions, by what they are called for."""

    input_transcript: Callable[[str], object] | None
    output_transcript: Callable[[str], object] | None
    interrupted: Callable[[], object] | None
    turn_complete: Callable[[], object] | None
    message: Callable[[LiveServerMessage], object] | None


class LiveReader:
    """Reads from the model, plays its audio and calls the user's functions."""

    def __init__(
        self,
        live: AsyncSession,
        voice: Voice,
        callbacks: Callbacks,
        listeners: Listeners,
    ) -> None:
        self._live = live
        self._voice = voice
        self._callbacks = callbacks
        self._listeners = listeners
        self._going = False

    async def read(self) -> Literal["gemini", "go_away"]:
        """Read turn after turn, until the connection has ended in order or is to be left."""
        while True:
            try:
                await self._read_turn()
            except APIError as error:
                # So google-genai reports the end (seen in 1.63 to 3.4), with the close code.
                if not self._going and error.code not in _IN_ORDER:
                    raise
                return "go_away" if self._going else "gemini"
            if self._leaves:
                return "go_away"

    async def _read_turn(self) -> None:
        # google-genai ends this iteration with each turn of the model.
        # It is annotated as an AsyncIterator, which has no `aclose`.
        turn = cast("AsyncGenerator[LiveServerMessage, None]", self._live.receive())
        async with aclosing(turn) as messages:
            async for message in messages:
                await self._take(message)
                if self._leaves:
                    return

    @property
    def _leaves(self) -> bool:
        return self._going and not self._voice.in_turn

    async def _take(self, message: LiveServerMessage) -> None:
        self._callbacks.add(self._listeners.message, message)
        if message.server_content is not None:
            await self._take_content(message.server_content)
        if message.go_away is not None:
            self._going = True

    async def _take_content(self, content: LiveServerContent) -> None:
        listeners = self._listeners
        if content.interrupted:
            await self._voice.interrupt()
            self._callbacks.add(listeners.interrupted)
        for data in _audio(content):
            self._voice.say(data)
        self._tell(listeners.input_transcript, content.input_transcription)
        self._tell(listeners.output_transcript, content.output_transcription)
        if content.turn_complete:
            self._voice.end_turn()
            self._callbacks.add(listeners.turn_complete)

    def _tell(
        self, function: Callable[[str], object] | None, transcription: Transcription | None
    ) -> None:
        if transcription is not None and transcription.text:
            self._callbacks.add(function, transcription.text)


def _audio(content: LiveServerContent) -> Iterator[bytes]:
    parts = (content.model_turn and content.model_turn.parts) or ()
    for part in parts:
        blob = part.inline_data
        if blob is not None and blob.data and (blob.mime_type or "").startswith("audio/"):
            yield blob.data
