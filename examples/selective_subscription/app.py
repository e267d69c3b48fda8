"""The web application: the page, what it can ask for, and a socket that keeps it up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, StringConstraints

from examples.selective_subscription.stage import Role, Stage
from fishjam import AsyncFishjamClient, FishjamNotifier
from fishjam.errors import HTTPError
from fishjam.events import Notification, VadNotification
from fishjam.integrations.asgi import run_notifier

client = AsyncFishjamClient.from_env()
notifier = FishjamNotifier.from_env()
stage = Stage(client)


@notifier.on_server_notification
def note(event: Notification) -> None:
    """Whatever happens in Fishjam, the page may look different, unless it is a voice."""
    if not isinstance(event, VadNotification):
        stage.change()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Have a room, and follow what happens in it, for as long as the application runs."""
    async with client:
        await stage.open()
        async with run_notifier(notifier):
            yield
        await stage.close()


app = FastAPI(title="A stage and an audience", lifespan=lifespan)


class Newcomer(BaseModel):
    """Somebody who wants to join."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    role: Role
    own: bool = False


class Tracks(BaseModel):
    """Single tracks that are granted."""

    track_ids: list[str]


@app.post("/api/peers", status_code=201)
async def join(newcomer: Newcomer) -> dict[str, str]:
    """Add somebody, and hand out the token that their browser joins with."""
    token = await stage.admit(newcomer.name, newcomer.role, newcomer.own)
    return {"token": token, "page": stage.page_for(token)}


@app.post("/api/audience/{member_id}/performers/{performer_id}", status_code=204)
async def grant_performer(member_id: str, performer_id: str) -> None:
    """Grant all of a performer."""
    await stage.grant_performer(member_id, performer_id)


@app.post("/api/audience/{member_id}/tracks", status_code=204)
async def grant_tracks(member_id: str, tracks: Tracks) -> None:
    """Grant single tracks."""
    await stage.grant_tracks(member_id, tracks.track_ids)


@app.websocket("/api/stage")
async def follow(page: WebSocket) -> None:
    """Send the page what the stage looks like, now and after each change, until it is closed."""
    await page.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(push, page)
        async for _ in page.iter_text():
            pass
        tasks.cancel_scope.cancel()


async def push(page: WebSocket) -> None:
    """Send the picture again and again."""
    with suppress(WebSocketDisconnect):
        while True:
            # Taken first: a change while the picture is sent makes another one necessary.
            changed = stage.changed
            await page.send_json(await stage.picture())
            await changed.wait()


@app.exception_handler(HTTPError)
async def refuse(request: Request, error: HTTPError) -> JSONResponse:
    """Tell the page what Fishjam refused."""
    status = error.status_code if error.status_code in (404, 409) else 502
    return JSONResponse({"error": error.detail}, status)


app.mount("/", StaticFiles(directory=Path(__file__).parent / "page", html=True))
