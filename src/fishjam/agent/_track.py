"""A track that an agent sends audio on: chunk by chunk, or paced."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field

from fishjam._protocol.agent import chunk_framer, interrupt_track
from fishjam.agent._options import AudioFormat, OutgoingAudioTrackOptions
from fishjam.agent._pacing import AudioBytes, AudioSource, Player, as_bytes, check_whole
from fishjam.errors import AgentBusyError, AgentTrackRemovedError

if TYPE_CHECKING:
    from fishjam.agent._agent_session import AgentSession


@define(eq=False)
class OutgoingTrack:
    """An audio track of an agent; made by `AgentSession.add_track`.

    Attributes:
        id: the id of the track.
        session: the session that it belongs to.
        options: the form of its audio.
    """

    __module__ = "fishjam.agent"

    id: str
    session: AgentSession = field(repr=False)
    options: OutgoingAudioTrackOptions
    _audio: AudioFormat = field(init=False, repr=False)
    _framed: Callable[[bytes | bytearray], bytes] = field(init=False, repr=False)
    _removed: bool = field(init=False, default=False, repr=False)
    _player: Player | None = field(init=False, default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self._audio = AudioFormat.of(self.options)
        self._framed = chunk_framer(self.id)

    async def send_chunk(self, data: AudioBytes) -> None:
        """Send audio to be played after all that was sent before.

        The server plays it in real time, so it may be sent faster than that; `interrupt` takes back
        what was not played yet. See `play` for audio that should be sent at its own pace.

        Args:
            data: audio in the form that the track was added with. Nothing is sent for no bytes.

        Raises:
            ValueError: a 16-bit sample is cut; nothing was sent.
            AgentTrackRemovedError: the track was removed.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        chunk = as_bytes(data)
        if len(chunk) % self._audio.unit:
            check_whole(chunk, self._audio)
        self._check_there()
        if chunk:
            await self.session._core.link.send(self._framed(chunk))

    async def interrupt(self) -> None:
        """Be silent at once: drop what was sent and not played yet, and end a `play`.

        What is sent afterwards is played.

        Raises:
            AgentTrackRemovedError: the track was removed.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        self._check_there()
        self._stop_playing()
        await self.session._core.link.tell(interrupt_track(self.id))

    async def play(self, source: AudioSource) -> float:
        """Play audio in real time, and return when it has been heard.

        It is sent in frames of 20 ms on a schedule that does not drift, a tenth of a second ahead,
        so that `interrupt` finds little to take back. When the source has nothing in time, there is
        a gap, and the rest is played after it. Cancelling leaves what was sent to be heard.

        Args:
            source: 16-bit PCM in the form of the track: bytes, an iterable of bytes or an async
                one, in chunks of any length. It is not closed when it is not used up. Bytes at its
                end that are no whole sample are left out.

        Returns:
            The seconds that were heard, also when `interrupt` or `remove` ended it.

        Raises:
            ValueError: the track is no PCM, or the bytes are no whole number of samples, or a
                whole WAV file.
            TypeError: the source is something else.
            AgentBusyError: the track plays already.
            AgentTrackRemovedError: the track was removed.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.

        Example:
            >>> seconds = await track.play(Path("greeting.pcm").read_bytes())
        """
        if not self._audio.is_pcm:
            raise ValueError(
                "play() cannot tell how long Opus audio lasts; send it with send_chunk() instead."
            )
        self._check_there()
        if self._player is not None:
            raise AgentBusyError(
                f"The track {self.id!r} is playing already: interrupt() it first, or wait."
            )
        core = self.session._core
        player = Player(source, self._audio, core.clock, self._send)
        self._player = player
        try:
            return await player.play()
        finally:
            if self._player is player:
                self._player = None

    async def remove(self) -> None:
        """Remove the track from the room; a `play` ends. Removing it again does nothing."""
        if not self._removed:
            self._removed = True
            self._stop_playing()
            await self.session._core.drop_track(self.id)

    async def _send(self, frame: bytes) -> None:
        await self.session._core.link.send(self._framed(frame))

    def _check_there(self) -> None:
        if self._removed:
            raise AgentTrackRemovedError(f"The track {self.id!r} was removed; add another one.")

    def _stop_playing(self) -> None:
        if self._player is not None:
            self._player.stop()
            # It is out of the way at once, so that something else can be played.
            self._player = None
