"""The tracks that virtual peers publish."""

from __future__ import annotations

from typing import Any, Literal

from fishjam.emulator._errors import EmulatorError
from fishjam.emulator._model.metadata import plain_metadata
from fishjam.emulator._virtual.pictures import PictureSource, picture_from
from fishjam.emulator._virtual.stage import Seat

Json = dict[str, Any]


class VirtualTrack:
    """An audio or video track of a virtual peer; its methods may be called from any thread.

    A video track is a `VirtualCamera`.

    Attributes:
        id: the id of the track.
        type: `audio` or `video`.
    """

    __module__ = "fishjam.emulator"

    def __init__(self, seat: Seat, type_: Literal["audio", "video"], metadata: Json | None) -> None:
        self._seat = seat
        self._lock = seat.stage.lock
        self._rooms = seat.stage.state.rooms
        self._place = (seat.key.room_id, seat.key.peer_id)
        with self._lock:
            self.id: str = self._rooms.add_track(*self._place, type_, plain_metadata(metadata)).id
        self.type: Literal["audio", "video"] = type_

    @property
    def published(self) -> bool:
        """Whether the peer is connected and the track was not removed."""
        with self._lock:
            return self._seat.ending is None and self.id in self._seat.peer.tracks

    def update_metadata(self, metadata: Json | None) -> None:
        """Change what the peer says about the track.

        Raises:
            ValueError: if the metadata cannot be written as JSON.
            EmulatorError: if the track is not published any more.
        """
        metadata = plain_metadata(metadata)
        with self._lock:
            self._check()
            self._rooms.update_track_metadata(*self._place, self.id, metadata)

    def remove(self) -> None:
        """Stop to publish the track; what was not played of it is dropped.

        Raises:
            EmulatorError: if the track is not published any more.
        """
        with self._lock:
            self._check()
            self._rooms.remove_track(*self._place, self.id)

    def _check(self) -> None:
        if self.id not in self._seat.peer.tracks:
            raise EmulatorError(f"track {self.id} was removed")


class VirtualCamera(VirtualTrack):
    """A video track of a virtual peer, whose picture agents can capture."""

    __module__ = "fishjam.emulator"

    def __init__(self, seat: Seat, picture: PictureSource | None, metadata: Json | None) -> None:
        found = picture_from(picture)
        with seat.stage.lock:
            super().__init__(seat, "video", metadata)
            seat.stage.studio.show(seat.key.room_id, self.id, found)

    def show(self, picture: PictureSource) -> None:
        """Show another picture from now on.

        Args:
            picture: a JPEG as bytes, the path of one, or something that gives one whenever it is
                called; see `VirtualPeer.publish_video`.

        Raises:
            ValueError: if that is no JPEG.
            OSError: if the file cannot be read.
            EmulatorError: if the track is not published any more.
        """
        found = picture_from(picture)
        with self._lock:
            self._check()
            self._seat.stage.studio.show(self._seat.key.room_id, self.id, found)
