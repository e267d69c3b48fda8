"""What changes of compositions do to rooms, livestreams and recordings, and the reverse."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from attrs import Factory, define, frozen

from fishjam.emulator._model.addresses import is_whip
from fishjam.emulator._model.composition import Composition
from fishjam.emulator._model.compositions import Compositions
from fishjam.emulator._model.livestream_presence import LivestreamPresence
from fishjam.emulator._model.outputs import Output
from fishjam.emulator._model.recordings import Recordings
from fishjam.emulator._model.refusals import NotFound
from fishjam.emulator._model.rooms import Rooms
from fishjam.emulator._model.state_changes import StateChange
from fishjam.emulator._model.tokens import TokenError, Tokens
from fishjam.events import RoomCrashed, Track, TrackForwarding, TrackForwardingRemoved

FORWARDED = "room"
"""The type of an input for a room's tracks, as the control interface shows it."""


def forward(change: StateChange, compositions: Compositions) -> None:
    """Register the tracks that a room forwards as inputs of their composition."""
    event = change.event
    if isinstance(event, TrackForwarding):
        composition = compositions.at(event.composition_url)
        if composition is not None:
            # Not `add_input`: the event comes again, with the same id, when the tracks of a peer
            # change.
            composition.put_input(event.input_id, _settings(event))
    elif isinstance(event, TrackForwardingRemoved):
        composition = compositions.at(event.composition_url)
        if composition is not None:
            composition.drop_inputs(lambda input_id, _: input_id == event.input_id)
    # A crash is the only event of its room: none says that the forwardings have ended.
    elif isinstance(event, RoomCrashed):
        for composition in compositions.all():
            composition.drop_inputs(lambda _, settings: settings.get("room_id") == event.room_id)


def _settings(event: TrackForwarding) -> dict[str, Any]:
    return {
        "type": FORWARDED,
        "room_id": event.room_id,
        "peer_id": event.peer_id,
        "audio_track_id": _id_of(event.audio_track),
        "video_track_id": _id_of(event.video_track),
    }


def _id_of(track: Track | None) -> str | None:
    return None if track is None else track.id


@frozen
class _Broadcast:
    """An output that sends to a livestream."""

    presence: LivestreamPresence
    streamer_id: str


@define
class CompositionEffects:
    """Applies the changes of compositions to other resources.

    A WHIP output with the token of a streamer connects that streamer. Recordings end with what they
    record, and forwardings with their composition.

    Attributes:
        tokens: verify the tokens of streamers.
        presence_of: returns the presence at a livestream, as the state does.
        recordings: all recordings.
        rooms: all rooms.
        wake: called when the next moment with something to do may be another one.
    """

    tokens: Tokens
    presence_of: Callable[[str, Any, str], LivestreamPresence]
    recordings: Recordings
    rooms: Rooms
    wake: Callable[[], None]
    _broadcasts: dict[tuple[str, str], _Broadcast] = Factory(dict)

    def changed(self) -> None:
        """Wake the upkeep of compositions."""
        self.wake()

    def output_began(self, composition: Composition, output: Output) -> None:
        """Connect the streamer, if the output sends to a livestream."""
        for claims in self._streamers(output):
            stream_id = claims.get("stream_id") or claims["room_id"]
            # The streamers of livestream rooms have no ids of their own.
            streamer_id = claims.get("streamer_id", f"{composition.id}/{output.id}")
            # The livestream may have been deleted since the token was issued.
            with suppress(NotFound):
                presence = self.presence_of(stream_id, "streamer", streamer_id)
                self._broadcasts[composition.id, output.id] = _Broadcast(presence, streamer_id)
                presence.connect("streamer", streamer_id)

    def output_ended(self, composition: Composition, output: Output) -> None:
        """End the broadcast and the recordings of an output."""
        broadcast = self._broadcasts.pop((composition.id, output.id), None)
        if broadcast is not None:
            broadcast.presence.disconnect("streamer", broadcast.streamer_id)
        self.recordings.end(composition.id, output.id)

    def composition_ended(self, composition: Composition) -> None:
        """End the recordings of a composition, and the forwardings to it."""
        self.recordings.end(composition.id)
        self.rooms.stop_forwarding(composition.id)

    def _streamers(self, output: Output) -> list[dict[str, Any]]:
        """Return the claims of an output's token, if it is that of a streamer."""
        if not is_whip(output.settings.get("endpoint_url", "")):
            return []
        try:
            claims = self.tokens.verify(output.settings.get("bearer_token") or "")
        except TokenError:
            return []
        return [claims] if claims.get("type") == "streamer" else []
