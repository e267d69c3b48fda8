"""The web application: the endpoints of the sandbox API, and a webhook that keeps it up to date."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from examples.room_manager.rooms import NamedRoom, Rooms, RoomType
from fishjam import AsyncFishjamClient
from fishjam.errors import HTTPError
from fishjam.events import (
    PeerConnected,
    PeerCrashed,
    PeerDeleted,
    PeerDisconnected,
    RoomCrashed,
    RoomDeleted,
)
from fishjam.integrations import WebhookHandlers
from fishjam.integrations.starlette import fishjam_webhook

client = AsyncFishjamClient.from_env()
rooms = Rooms(client, os.environ.get("WEBHOOK_URL"))
sandbox = APIRouter(prefix="/api/rooms")
webhooks = WebhookHandlers()

RoomName = Annotated[str, Query(alias="roomName")]
PeerName = Annotated[str, Query(alias="peerName")]
KindOfRoom = Annotated[RoomType, Query(alias="roomType")]


@sandbox.get("")
@sandbox.get("/", include_in_schema=False)
async def join(
    room_name: RoomName, peer_name: PeerName, room_type: KindOfRoom = "conference"
) -> dict[str, Any]:
    """Hand out a token to join a room, which is made if there is none of that name."""
    room, peer_id, token = await rooms.join(room_name, peer_name, room_type)
    return {
        "peerToken": token,
        "url": peer_url(os.environ["FISHJAM_ID"]),
        "room": {"id": room.id, "name": room.name},
        "peer": {"id": peer_id, "name": peer_name},
    }


@sandbox.get("/livestream")
async def stream(room_name: RoomName, public: bool = False) -> dict[str, Any]:
    """Hand out a token to publish a livestream."""
    room = await rooms.find_or_create(room_name, "livestream", public=public)
    token = await client.create_livestream_streamer_token(room.id)
    return {"streamerToken": token, "room": {"id": room.id, "name": room.name}}


@sandbox.get("/moq/{stream_name:path}/{role}")
async def moq(stream_name: str, role: Literal["publisher", "subscriber"]) -> dict[str, str]:
    """Hand out access to Media over QUIC."""
    if role == "publisher":
        access = await client.create_moq_access(publish_path=stream_name)
    else:
        access = await client.create_moq_access(subscribe_path=stream_name)
    return {"connection_url": access.connection_url, "token": access.token}


@sandbox.get("/{room_name:path}/livestream-viewer-token")
async def watch(room_name: str) -> dict[str, str]:
    """Hand out a token to watch a livestream."""
    room = rooms.by_name(room_name)
    if room is None:
        raise HTTPException(404, f"There is no room named {room_name}.")
    return {"token": await client.create_livestream_viewer_token(room.id)}


@webhooks.on(RoomDeleted, RoomCrashed)
async def forget_room(event: RoomDeleted | RoomCrashed) -> None:
    """Free the name of a room that is no more."""
    if room := rooms.by_id(event.room_id):
        rooms.forget(room)


@webhooks.on(PeerDeleted, PeerCrashed)
async def forget_peer(event: PeerDeleted | PeerCrashed) -> None:
    """Let somebody of the same name join as a new peer."""
    if room := rooms.by_id(event.room_id):
        room.connected.discard(event.peer_id)
        room.peers = {name: id_ for name, id_ in room.peers.items() if id_ != event.peer_id}


@webhooks.on(PeerConnected)
async def note_arrival(event: PeerConnected) -> None:
    """Remember who is there."""
    if room := rooms.by_id(event.room_id):
        room.connected.add(event.peer_id)


@webhooks.on(PeerDisconnected)
async def note_departure(event: PeerDisconnected) -> None:
    """Remember who is not there any more."""
    if room := rooms.by_id(event.room_id):
        room.connected.discard(event.peer_id)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Check the credentials before the first request, and close the connections at the end."""
    async with client:
        await client.check_credentials()
        yield


app = FastAPI(title="Room manager", lifespan=lifespan)
app.include_router(sandbox)
webhook = fishjam_webhook(webhooks, secret=os.environ["FISHJAM_WEBHOOK_SECRET"])
app.add_api_route("/fishjam", webhook, methods=["POST"], include_in_schema=False)
# Browsers on any site may ask for tokens: right for a sandbox, wrong for anything real.
app.add_middleware(CORSMiddleware, allow_origins=["*"])


@app.get("/")
def who_is_where() -> dict[str, Any]:
    """Show all rooms and who is in them, as the webhooks have told."""
    return {room.name: board(room) for room in rooms.all()}


@app.exception_handler(HTTPError)
async def refuse(request: Request, error: HTTPError) -> JSONResponse:
    """Pass on what Fishjam refused; anything else between Fishjam and us is not the caller's."""
    status = error.status_code if error.status_code in (402, 404, 409) else 502
    return JSONResponse({"error": error.detail}, status)


def board(room: NamedRoom) -> dict[str, bool]:
    """Return who has a token for a room, and whether they are in it now."""
    return {name: peer_id in room.connected for name, peer_id in room.peers.items()}


def peer_url(fishjam_id: str) -> str:
    """Return the address that clients connect to."""
    known = "://" in fishjam_id
    base = fishjam_id if known else f"https://fishjam.io/api/v1/connect/{fishjam_id}"
    return base.rstrip("/").replace("http", "ws", 1)
