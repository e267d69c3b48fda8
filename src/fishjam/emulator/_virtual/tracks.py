"""The tracks of virtual peers."""

from __future__ import annotations

from typing import Any, Literal

from fishjam.emulator._errors import EmulatorError
from fishjam.emulator._model.metadata import plain_metadata
from fishjam.emulator._virtual.context import Membership
from fishjam.emulator._virtual.images import ImageSource, image_provider

Json = dict[str, Any]


class VirtualTrack:
    """An audio or video track of a virtual peer; its methods may be called from any thread.

    A video track is a `VirtualCamera`.

    Attributes:
        id: the id of the track.
        type: `audio` or `video`.
    """

    __module__ = "fishjam.emulator"

    def __init__(
        self, membership: Membership, type_: Literal["audio", "video"], metadata: Json | None
    ) -> None:
        self._membership = membership
        self._lock = membership.context.lock
        self._rooms = membership.context.state.rooms
        self._place = (membership.key.room_id, membership.key.peer_id)
        with self._lock:
            self.id: str = self._rooms.add_track(*self._place, type_, plain_metadata(metadata)).id
            """The id of the track."""
        self.type: Literal["audio", "video"] = type_
        """`audio` or `video`."""

    def __repr__(self) -> str:
        state = "published" if self.published else "removed"
        return f"<{type(self).__name__} {self.id}, {self.type}, {state}>"

    @property
    def published(self) -> bool:
        """Whether the peer is connected and the track was not removed."""
        with self._lock:
            return self._membership.close_status is None and self.id in self._membership.peer.tracks

    def update_metadata(self, metadata: Json | None) -> None:
        """Change the metadata of the track.

        Raises:
            ValueError: if the metadata cannot be written as JSON.
            EmulatorError: if the track is no longer published.
        """
        metadata = plain_metadata(metadata)
        with self._lock:
            self._check()
            self._rooms.update_track_metadata(*self._place, self.id, metadata)

    def remove(self) -> None:
        """Stop publishing the track; audio that was not played is dropped.

        Raises:
            EmulatorError: if the track is no longer published.
        """
        with self._lock:
            self._check()
            self._rooms.remove_track(*self._place, self.id)

    def _check(self) -> None:
        if self.id not in self._membership.peer.tracks:
            raise EmulatorError(f"track {self.id} was removed")


class VirtualCamera(VirtualTrack):
    """A video track of a virtual peer, whose image agents can capture."""

    __module__ = "fishjam.emulator"

    def __init__(
        self, membership: Membership, picture: ImageSource | None, metadata: Json | None
    ) -> None:
        # Before the lock is taken, because this may read a file.
        provider = image_provider(picture)
        # The lock is reentrant: nobody sees the track without its picture.
        with membership.context.lock:
            super().__init__(membership, "video", metadata)
            membership.context.router.publish_video(membership.key.room_id, self.id, provider)

    def show(self, picture: ImageSource) -> None:
        """Show another picture from now on.

        Args:
            picture: a JPEG as bytes, the path of one, or something that gives one whenever it is
                called; see `VirtualPeer.publish_video`.

        Raises:
            ValueError: if that is not a JPEG.
            OSError: if the file cannot be read.
            EmulatorError: if the track is no longer published.
        """
        provider = image_provider(picture)
        with self._lock:
            self._check()
            self._membership.context.router.publish_video(
                self._membership.key.room_id, self.id, provider
            )
