"""Real ids for requests that schemathesis makes up, so that they do not all end in 404."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from typing import Any

from schemathesis import Case

from fishjam import CompositionClient
from fishjam.composition import (
    AudioScene,
    ImageSpecAuto,
    OutputRtmpClientAudioOptions,
    OutputRtmpClientVideoOptions,
    Resolution,
    VideoScene,
    View,
)
from fishjam.emulator import Emulator
from fishjam.options import RoomOptions
from tests.outside.emulators import SOURCE, client_of

VIDEO = OutputRtmpClientVideoOptions(Resolution(1, 1), VideoScene(View()))
AUDIO = OutputRtmpClientAudioOptions(AudioScene([]))

KEEP_EVERY = 4
"""One request in so many keeps the ids that were made up."""

Ids = dict[str, str]
Tables = dict[str, list[Callable[[], Ids]]]


class Seeds(ABC):
    """Things in an emulator, and the ids of them that each operation is to be tried with.

    What an operation only reads is shared. What it removes or uses up is made anew each time.
    """

    def __init__(self) -> None:
        self._turns: Counter[str] = Counter()
        tables = self.make_tables().items()
        self._tables = {operation: cycle(choices) for operation, choices in tables}

    @abstractmethod
    def make_tables(self) -> Tables:
        """Say for each operation which ids it gets, in turns."""

    def plant(self, case: Case[Any]) -> None:
        """Put real ids into a request, unless what was made up is to stay."""
        if case.meta and case.meta.phase.name.value == "stateful":
            return  # It has ids out of earlier answers.
        operation = operation_of(case)
        self._turns[operation] += 1
        if self._turns[operation] % KEEP_EVERY == 0:
            return
        self.fill(case, operation)

    def fill(self, case: Case[Any], operation: str) -> None:
        """Put real ids into the path of a request."""
        if operation in self._tables:
            case.path_parameters.update(next(self._tables[operation])())


class FishjamSeeds(Seeds):
    """Rooms, peers, streams and recordings.

    Args:
        emulator: a running emulator; its recordings are held, so that they stay as they are made.
    """

    def __init__(self, emulator: Emulator) -> None:
        emulator.hold_recordings()
        self._emulator = emulator
        self._client = client_of(emulator)
        self._statuses = cycle(("active", "finished", "available", "failed"))
        self._room = self._client.create_room().id
        self._peer, self._other_peer = self._new_peer(self._room), self._new_peer(self._room)
        self._track = emulator.add_track(self._room, self._other_peer, "video", {"a": 1})
        self._client.forward_room_tracks(self._room, SOURCE.composition_url)
        self._stream = self._client.create_stream().id
        self._recordings = cycle([self._new_recording() for _ in range(4)])
        super().__init__()

    def fill(self, case: Case[Any], operation: str) -> None:
        """Put real ids into the path, the query and the body of a request."""
        super().fill(case, operation)
        if "peer_id" in case.query:
            case.query["peer_id"] = self._other_peer
        if operation == "subscribe_tracks":
            self._plant_tracks(case.body)

    def _plant_tracks(self, body: Any) -> None:
        tracks = body.get("track_ids") if isinstance(body, dict) else None
        if isinstance(tracks, list) and all(isinstance(track, str) for track in tracks):
            body["track_ids"] = [self._track] * len(tracks)

    def make_tables(self) -> Tables:
        """Say for each operation which ids it gets, in turns."""
        room = {"room_id": self._room}
        full = self._new_room(RoomOptions(max_peers=1))
        self._new_peer(full["room_id"])
        livestream = self._new_room(RoomOptions(room_type="livestream"))
        peer = {**room, "id": self._peer}
        stream = {"stream_id": self._stream}
        return {
            "get_room": [lambda: room],
            "delete_room": [self._new_room],
            "add_peer": [self._new_room, lambda: full],
            "delete_peer": [lambda: {**room, "id": self._new_peer(self._room)}],
            "refresh_token": [lambda: peer],
            "subscribe_peer": [lambda: peer],
            "subscribe_tracks": [lambda: peer],
            "create_track_forwarding": [self._new_room, lambda: room],
            "generate_viewer_token": [lambda: livestream, lambda: room],
            "generate_streamer_token": [lambda: livestream, lambda: room],
            "get_stream": [lambda: stream],
            "delete_stream": [self._new_stream],
            "create_streamer": [lambda: stream],
            "delete_streamer": [self._new_streamer],
            "create_viewer": [lambda: stream],
            "delete_viewer": [self._new_viewer],
            "get_recording": [lambda: next(self._recordings)],
            "stop_recording": [lambda: next(self._recordings)],
            "delete_recording": [self._new_recording],
        }

    def _new_room(self, options: RoomOptions | None = None) -> Ids:
        return {"room_id": self._client.create_room(options).id}

    def _new_peer(self, room_id: str) -> str:
        peer, _ = self._client.create_peer(room_id)
        return peer.id

    def _new_stream(self) -> Ids:
        return {"stream_id": self._client.create_stream().id}

    def _new_streamer(self) -> Ids:
        streamer = self._client.create_streamer(self._stream)
        return {"stream_id": self._stream, "streamer_id": streamer.id}

    def _new_viewer(self) -> Ids:
        viewer = self._client.create_viewer(self._stream)
        return {"stream_id": self._stream, "viewer_id": viewer.id}

    def _new_recording(self) -> Ids:
        """Make a recording in the state whose turn it is."""
        id_ = self._client.create_composition_recording(SOURCE, {"seed": "yes"}).id
        move = {
            "finished": self._emulator.finish_recording,
            "available": self._emulator.publish_recording,
            "failed": self._emulator.fail_recording,
        }.get(next(self._statuses))
        if move is not None:
            move(id_)
        return {"recording_id": id_}


class CompositionSeeds(Seeds):
    """A composition with inputs, outputs and images.

    Args:
        emulator: a running emulator.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._client = CompositionClient(emulator.management_token, emulator.fishjam_id)
        self._composition = self._new_composition()["composition_id"]
        # Something has to go in, or it is cleaned up.
        self._new_input()
        super().__init__()

    def make_tables(self) -> Tables:
        """Say for each operation which ids it gets, in turns."""
        shared = {"composition_id": self._composition}
        with_video, with_audio = self._new_output(video=VIDEO), self._new_output(audio=AUDIO)
        with_both = self._new_output(video=VIDEO, audio=AUDIO)
        return {
            "start": [lambda: shared],
            "reset": [self._new_composition],
            "delete_composition": [self._new_composition],
            "send_composition_event": [lambda: shared],
            "register_font": [lambda: shared],
            "register_image": [lambda: {**shared, "image_id": new_id()}],
            "unregister_image": [self._new_image],
            "register_input": [lambda: {**shared, "input_id": new_id()}],
            "unregister_input": [self._new_input],
            "register_output": [lambda: {**shared, "output_id": new_id()}],
            "register_template_output": [lambda: {**shared, "output_id": new_id()}],
            "update_output": [lambda: with_video, lambda: with_audio, lambda: with_both],
            "request_keyframe": [lambda: with_video, lambda: with_audio],
            "unregister_output": [lambda: self._new_output(video=VIDEO)],
        }

    def _new_composition(self) -> Ids:
        return {"composition_id": self._client.create_composition().composition_id}

    def _new_input(self) -> Ids:
        id_ = new_id()
        self._client.register_whip_input(self._composition, id_)
        return {"composition_id": self._composition, "input_id": id_}

    def _new_image(self) -> Ids:
        id_ = new_id()
        self._client.register_image(self._composition, id_, ImageSpecAuto("https://x/a"))
        return {"composition_id": self._composition, "image_id": id_}

    def _new_output(self, **media: Any) -> Ids:
        id_ = new_id()
        self._client.register_rtmp_output(self._composition, id_, url="rtmp://x/y", **media)
        return {"composition_id": self._composition, "output_id": id_}


def new_id() -> str:
    return str(uuid.uuid4())


def operation_of(case: Case[Any]) -> str:
    """Return the operationId that a request was made up for."""
    return str(case.operation.definition.raw["operationId"])
