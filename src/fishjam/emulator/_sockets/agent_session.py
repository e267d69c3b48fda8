"""The session of the agent socket: authentication, and the audio and captures of an agent."""

from __future__ import annotations

from functools import partial
from typing import Any

from fishjam.emulator._delivery.outbox import Frame, Outbox
from fishjam.emulator._media.audio import AudioFormat, AudioFrame
from fishjam.emulator._media.router import MediaRouter
from fishjam.emulator._model.refusals import RequestRefused
from fishjam.emulator._model.state import State
from fishjam.emulator._presence import PeerKey, PeerRegistry
from fishjam.emulator._sockets.agent_messages import (
    AGENT_REQUEST,
    AUTHENTICATED,
    format_of,
    track_data,
    track_image,
)
from fishjam.emulator._sockets.metadata import track_metadata
from fishjam.emulator._sockets.peer_session import PeerSession

_NO_TRACK = 1003
_MAX_REASON = 123
"""The bytes that a close frame has for a reason."""


class AgentPeerSession(PeerSession):
    """An agent on the agent socket.

    A track that cannot be added closes the connection with 1003 and a reason, because a track that
    stays silent is hard to debug: a track whose id is empty or taken in the room, that is not
    audio, whose format does not exist, or whose metadata are neither a JSON object nor null.
    Messages for a track that the agent does not have are ignored: the server may have removed the
    track while they were on their way.

    Args:
        outbox: takes the frames for it.
        presence: admits the agent.
        state: the rooms and peers.
        router: plays its tracks, and provides what it hears and sees.
    """

    peer_type = "agent"
    message_type = AGENT_REQUEST
    forbidden = frozenset({"auth_request"})

    def __init__(
        self, outbox: Outbox, presence: PeerRegistry, state: State, router: MediaRouter
    ) -> None:
        super().__init__(outbox, presence, _CloseOnly(outbox))
        self._state = state
        self._router = router

    def on_authenticated(self, key: PeerKey) -> None:
        """Connect the agent and subscribe it to audio in the format it was created with."""
        # First, because the events that follow must not put anything before the answer to the
        # token.
        self._outbox.send(AUTHENTICATED)
        peer = self._state.rooms.get_peer(key.room_id, key.peer_id)
        output = peer.options.get("output", {})
        # An agent always receives PCM16.
        wanted = AudioFormat(sample_rate=output.get("audioSampleRate", 16000))
        self._state.rooms.connect_peer(key.room_id, key.peer_id)
        self._state.rooms.introduce_peer(key.room_id, key.peer_id)
        self._router.add_listener(key.room_id, key.peer_id, wanted, self._hear)

    def on_message(self, key: PeerKey, kind: str, content: Any) -> None:
        """Carry out a message."""
        if kind == "track_data":
            # Checked first, because it comes fifty times a second.
            if self._has(key, content.track_id):
                self._router.push(key.room_id, content.track_id, content.data)
        elif kind == "add_track":
            self._add(key, content)
        elif kind == "remove_track":
            if self._has(key, content.track_id):
                self._state.rooms.remove_track(key.room_id, key.peer_id, content.track_id)
        elif kind == "interrupt_track":
            if self._has(key, content.track_id):
                self._router.interrupt(key.room_id, content.track_id)
        else:
            # Only `capture_image` is left.
            show = partial(self._show, content.track_id)
            self._router.capture(key.room_id, content.track_id, show)

    def _has(self, key: PeerKey, track_id: str) -> bool:
        return track_id in self._state.rooms.get_peer(key.room_id, key.peer_id).tracks

    def _add(self, key: PeerKey, content: Any) -> None:
        try:
            format_ = format_of(content)
            metadata = track_metadata(content.track.metadata)
            track = self._state.rooms.add_track(
                key.room_id, key.peer_id, "audio", metadata, content.track.id
            )
        except RequestRefused as refusal:
            # The limit is in bytes, and RFC 6455 wants UTF-8: half a character at the end must go.
            reason = f"add_track: {refusal}".encode()[:_MAX_REASON].decode(errors="ignore")
            self._outbox.close(_NO_TRACK, reason)
            return
        self._router.open_track(key.room_id, key.peer_id, track.id, format_)

    def _hear(self, frame: AudioFrame) -> None:
        self._outbox.send(track_data(frame))

    def _show(self, track_id: str, jpeg: bytes) -> None:
        self._outbox.send(track_image(track_id, jpeg))


class _CloseOnly:
    """The output of an agent, which gets no messages about other peers, only the end."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(self, frame: Frame) -> None:
        """Ignore a message about another peer."""

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket."""
        self._outbox.close(code, reason)
