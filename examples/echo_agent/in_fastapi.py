"""The echo inside FastAPI: `python -m examples.echo_agent.in_fastapi`."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import uvicorn
from fastapi import FastAPI

from examples.echo_agent.agent import echo
from examples.local_fishjam import PORT, local_fishjam
from fishjam import AsyncFishjamClient
from fishjam.agent import Agent
from fishjam.errors import FishjamError


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Have a client and a place for agents to run in, for as long as the application runs."""
    async with AsyncFishjamClient.from_env() as client, anyio.create_task_group() as agents:
        app.state.client, app.state.agents = client, agents
        yield
        agents.cancel_scope.cancel()


app = FastAPI(title="Echo", lifespan=lifespan)


@app.post("/rooms", status_code=201)
async def make_room() -> dict[str, str]:
    """Make a room with an echo in it, and hand out a token to join it."""
    client: AsyncFishjamClient = app.state.client
    room = await client.create_room()
    agent = await client.create_agent(room.id)
    app.state.agents.start_soon(run, agent)
    _, token = await client.create_peer(room.id)
    return {"roomId": room.id, "peerToken": token}


async def run(agent: Agent) -> None:
    """Run one agent until its room is deleted; if it fails, the others go on."""
    try:
        await agent.run(echo)
    except FishjamError:
        logging.getLogger("uvicorn.error").exception("The echo of room %s failed", agent.room_id)


if __name__ == "__main__":
    with local_fishjam():
        uvicorn.run(app, port=PORT)
