"""A room with a stage and an audience, and what Fishjam knows of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import anyio
from anyio import to_thread

from fishjam import AsyncFishjamClient, Peer, PeerOptions

Role = Literal["performer", "audience"]


class Stage:
    """One room. Performers receive each other; the audience receives what it is granted."""

    def __init__(self, client: AsyncFishjamClient) -> None:
        self.stand_in: Callable[[str, Role], None] | None = None
        """Called with a token and a role; joins in place of a browser."""
        self.page = ""
        """The address of a page that joins with a camera and a microphone: a local Fishjam's."""
        self.changed = anyio.Event()
        """Set at the next change; then there is a new one for the change after it."""
        self._client = client
        self._room_id = ""

    async def open(self) -> None:
        """Make the room."""
        room = await self._client.create_room()
        self._room_id = room.id

    async def close(self) -> None:
        """Delete the room."""
        await self._client.delete_room(self._room_id)

    async def admit(self, name: str, role: Role, own: bool = False) -> str:
        """Add somebody and return the token to join with; `own` if they join themselves."""
        options = PeerOptions(
            metadata={"name": name, "role": role},
            # "auto" receives everybody, "manual" nobody but who is granted.
            subscribe_mode="auto" if role == "performer" else "manual",
        )
        _, token = await self._client.create_peer(self._room_id, options)
        if self.stand_in is not None and not own:
            await to_thread.run_sync(self.stand_in, token, role)
        self.change()
        return token

    def page_for(self, token: str) -> str:
        """Return where somebody joins with a token; empty if that is up to their own client."""
        # In the part of an address that no server gets to see.
        return f"{self.page}/#peer={token}" if self.page else ""

    async def grant_performer(self, member_id: str, performer_id: str) -> None:
        """Let one of the audience receive all that a performer publishes, now and later."""
        await self._client.subscribe_peer(self._room_id, member_id, performer_id)
        self.change()

    async def grant_tracks(self, member_id: str, track_ids: list[str]) -> None:
        """Let one of the audience receive single tracks."""
        await self._client.subscribe_tracks(self._room_id, member_id, track_ids)
        self.change()

    def change(self) -> None:
        """Tell all who wait that the stage looks different now."""
        self.changed.set()
        self.changed = anyio.Event()

    async def picture(self) -> dict[str, Any]:
        """Describe the stage and the audience as Fishjam sees them."""
        room = await self._client.get_room(self._room_id)
        performers = [peer for peer in room.peers if role_of(peer) == "performer"]
        audience = [peer for peer in room.peers if role_of(peer) == "audience"]
        return {
            "performers": [describe_performer(peer) for peer in performers],
            "audience": [describe_member(peer, performers) for peer in audience],
        }


def role_of(peer: Peer) -> str:
    """Return the role that a peer was added with."""
    return str(given(peer).get("role", ""))


def given(peer: Peer) -> dict[str, Any]:
    """Return the metadata that the backend gave when it added a peer; nobody else can set them."""
    metadata: dict[str, Any] = peer.metadata or {}
    return dict(metadata.get("server") or {})


def describe_performer(peer: Peer) -> dict[str, Any]:
    """Return what the page shows of a performer."""
    return {
        "id": peer.id,
        "name": given(peer)["name"],
        "connected": peer.status == "connected",
        "tracks": [{"id": track.id, "type": track.type_} for track in peer.tracks],
    }


def describe_member(peer: Peer, performers: list[Peer]) -> dict[str, Any]:
    """Return what the page shows of one of the audience, and all that reaches them."""
    granted = peer.subscriptions
    return {
        "id": peer.id,
        "name": given(peer)["name"],
        "connected": peer.status == "connected",
        "follows": granted.peers,
        "receives": [
            track.id
            for performer in performers
            for track in performer.tracks
            if performer.id in granted.peers or track.id in granted.tracks
        ],
    }
