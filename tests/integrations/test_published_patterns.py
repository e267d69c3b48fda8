"""FastAPI as the pages of the published SDK show it: a sync client, a webhook, a notifier."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request, Response

from fishjam import FishjamClient, FishjamNotifier, PeerOptions, receive_binary, sign_webhook
from fishjam.emulator import Emulator
from fishjam.errors import FishjamError
from fishjam.events import ServerMessagePeerAdded, ServerMessageRoomCreated
from fishjam.webhooks import encode_notification
from tests.integrations.servers import uvicorn_server
from tests.support.plain_http import PLAIN

# Older names such as `receive_binary` warn DeprecationWarning; no other warning may come.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def application(fishjam_id: str, token: str, seen: list[Any], refused: threading.Event) -> FastAPI:
    client = FishjamClient(fishjam_id=fishjam_id, management_token=token)
    notifier = FishjamNotifier(fishjam_id, token)

    @notifier.on_server_notification
    def handle(message: Any) -> None:
        match message:
            case ServerMessageRoomCreated() | ServerMessagePeerAdded():
                seen.append(message)

    async def supervise() -> None:
        while True:
            try:
                await notifier.connect()
            except FishjamError:
                refused.set()
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(supervise())
        await notifier.wait_ready()
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app = FastAPI(lifespan=lifespan)

    def get_client() -> FishjamClient:
        return client

    @app.post("/rooms")
    async def create(
        client: FishjamClient = Depends(get_client),  # noqa: B008 - as its users write it
    ) -> dict[str, str]:
        room = client.create_room()
        peer, peer_token = client.create_peer(room.id, PeerOptions(metadata={"userId": "user-123"}))
        return {"room": room.id, "peer": peer.id, "token": peer_token}

    @app.post("/webhook")
    async def webhook(request: Request) -> Response:
        seen.append(receive_binary(await request.body()))
        return Response(status_code=204)

    return app


def test_the_application_starts_answers_and_hears(emulator: Emulator) -> None:
    seen: list[Any] = []
    app = application(emulator.fishjam_id, emulator.management_token, seen, threading.Event())
    event = encode_notification(ServerMessageRoomCreated(room_id="r"))
    with uvicorn_server(app, lifespan="on") as url:
        made = httpx.post(f"{url}/rooms", **PLAIN).json()
        headers = {"x-fishjam-signature-256": sign_webhook(event, "s")}
        answer = httpx.post(f"{url}/webhook", content=event, headers=headers, **PLAIN)
        emulator.wait_for_webhooks()
    assert answer.status_code == 204
    assert ServerMessageRoomCreated(room_id="r") in seen
    assert ServerMessageRoomCreated(room_id=made["room"]) in seen


def test_the_application_waits_for_a_fishjam_that_comes_later() -> None:
    seen: list[Any] = []
    refused = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app = application(f"http://127.0.0.1:{port}", "development", seen, refused)
    with uvicorn_server(app, lifespan="on") as url:
        assert refused.wait(timeout=10)
        with Emulator(port=port):
            assert httpx.post(f"{url}/rooms", **PLAIN).status_code == 200
