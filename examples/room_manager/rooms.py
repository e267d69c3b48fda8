"""Rooms and peers by name: Fishjam knows them by their ids alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import anyio

from fishjam import AsyncFishjamClient, PeerOptions, RoomOptions
from fishjam.errors import NotFoundError

RoomType = Literal["conference", "audio_only", "livestream"]


@dataclass
class NamedRoom:
    """A room, and the peers in it by their names."""

    id: str
    name: str
    peers: dict[str, str] = field(default_factory=dict)
    connected: set[str] = field(default_factory=set)


class Rooms:
    """The rooms that this application made; a real one would keep them in its database."""

    def __init__(self, client: AsyncFishjamClient, webhook_url: str | None) -> None:
        self._client = client
        self._webhook_url = webhook_url
        self._rooms: dict[str, NamedRoom] = {}
        # Two who ask for the same new name at the same time have to get the same room.
        self._lock = anyio.Lock()

    def all(self) -> list[NamedRoom]:
        """List the rooms."""
        return list(self._rooms.values())

    def by_name(self, name: str) -> NamedRoom | None:
        """Return the room of that name, or None."""
        return self._rooms.get(name)

    def by_id(self, room_id: str) -> NamedRoom | None:
        """Return the room with that id, or None."""
        return next((room for room in self.all() if room.id == room_id), None)

    async def find_or_create(
        self, name: str, room_type: RoomType = "conference", *, public: bool = False
    ) -> NamedRoom:
        """Return the room of that name; it is made first if there is none."""
        async with self._lock:
            if name not in self._rooms:
                options = RoomOptions(
                    room_type=room_type, public=public, webhook_url=self._webhook_url
                )
                room = await self._client.create_room(options)
                self._rooms[name] = NamedRoom(room.id, name)
            return self._rooms[name]

    async def join(
        self, room_name: str, peer_name: str, room_type: RoomType
    ) -> tuple[NamedRoom, str, str]:
        """Return a room, and the peer's id and token; a name that is known stays the same peer."""
        room = await self.find_or_create(room_name, room_type)
        try:
            return (room, *await self._admit(room, peer_name))
        except NotFoundError:
            # It was deleted a moment ago, and the webhook that tells so is still on its way.
            self.forget(room)
            room = await self.find_or_create(room_name, room_type)
            return (room, *await self._admit(room, peer_name))

    def forget(self, room: NamedRoom) -> None:
        """Drop a room that is no more; its name is free again."""
        if self._rooms.get(room.name) is room:
            del self._rooms[room.name]

    async def _admit(self, room: NamedRoom, peer_name: str) -> tuple[str, str]:
        if peer_id := room.peers.get(peer_name):
            return peer_id, await self._client.refresh_peer_token(room.id, peer_id)
        options = PeerOptions(metadata={"name": peer_name})
        peer, token = await self._client.create_peer(room.id, options)
        room.peers[peer_name] = peer.id
        return peer.id, token
