# Generated from src/fishjam/client/_async/rooms.py by `nox -s codegen`. Do not edit: change the source instead.
"""Rooms: making, reading, listing and deleting them."""

from __future__ import annotations

from attrs import evolve
from typing_extensions import Never

from fishjam._core.misuse import refuse_keywords
from fishjam._core.pieces import list_in_pieces
from fishjam._generated.fishjam_api import endpoints, models
from fishjam._http._sync import Methods
from fishjam.client._request_bodies import room_body
from fishjam.options import RoomOptions
from fishjam.room import Room

# A Fishjam may have ten thousand rooms, and reading them at once would hold up every voice.
_ROOMS = list_in_pieces("data", Room.from_dict, models.RoomsListingResponse)


class Rooms(Methods):
    """The methods for rooms."""

    def create_room(self, options: RoomOptions | None = None, **_mistaken: Never) -> Room:
        """Create a room.

        Args:
            options: what kind of room; without it a conference without a limit of peers.

        Raises:
            ValueError: an option has a value outside its fixed set; nothing was sent.
            BadRequestError: the server does not accept an option.
            QuotaExceededError: the account's quota is used up.

        Example:
            >>> room = client.create_room(RoomOptions(max_peers=2))
        """
        refuse_keywords("create_room", RoomOptions, _mistaken)
        answer = self._send(endpoints.create_room(body=room_body(options)))
        return answer.data.room

    def get_room(self, room_id: str) -> Room:
        """Read one room with its peers.

        Raises:
            NotFoundError: there is no such room.
        """
        answer = self._send(endpoints.get_room(room_id))
        return answer.data

    def get_all_rooms(self) -> list[Room]:
        """List all rooms with their peers; empty when there are none.

        A long list is read in pieces, so that other tasks go on meanwhile.
        """
        answer = self._send(evolve(endpoints.get_all_rooms(), pieces=_ROOMS))
        return answer.data

    def delete_room(self, room_id: str) -> None:
        """Delete a room; its peers are disconnected.

        Raises:
            NotFoundError: there is no such room.
        """
        self._send(endpoints.delete_room(room_id))

    def forward_room_tracks(self, room_id: str, composition_url: str) -> None:
        """Pass the tracks of all peers of a room on to a composition, present and future ones.

        Args:
            room_id: the room whose tracks are forwarded.
            composition_url: the address of the composition, as `composition_url` of a
                composition client gives it.

        Raises:
            NotFoundError: there is no such room.
            ConflictError: the room's tracks go to a composition already.
        """
        body = models.TrackForwarding(composition_url=composition_url)
        request = endpoints.create_track_forwarding(room_id, body=body)
        self._send(request, method="forward_room_tracks")
