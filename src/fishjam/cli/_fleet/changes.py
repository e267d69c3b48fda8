"""`fishjam fleet dispatch`, `stop`, `drain` and `forget`: change what a fleet does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._command import Command
from fishjam.cli._exit import complain
from fishjam.cli._fleet.engine import asking
from fishjam.cli._fleet.views import COMMON
from fishjam.cli._options import JsonObject, flag
from fishjam.cli._output import Output

if TYPE_CHECKING:
    from fishjam.fleet import JobKey
    from fishjam.fleet._engine import Engine

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _job(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the arguments that name a job."""
    peer = click.option(
        "--peer", metavar="PEER", help="the peer that the agent is for, if there is one for each"
    )
    agent = click.argument("agent", metavar="AGENT")
    return click.argument("room", metavar="ROOM")(agent(peer(function)))


def _key(room: str, agent: str, peer: str | None) -> JobKey:
    from fishjam.fleet import JobKey

    return JobKey(room, agent, peer)


def _tell(out: Output, job: JobKey, done: str, text: str, *, is_done: bool = True) -> None:
    names = {"roomId": job.room_id, "agent": job.agent, "peerId": job.peer_id}
    out.item({**names, done: is_done}, text)


def _missing(job: JobKey) -> int:
    return complain(
        f"there is no job of {job.agent} in {job.room_id}; `fishjam fleet jobs` lists them"
    )


@click.command(cls=Command, common=COMMON)
@_job
@click.option(
    "--data", metavar="JSON", type=JsonObject(), help="an object that the agent gets as `job.data`"
)
@flag("--again", "start one that is done or has failed once more")
@asking
async def dispatch(
    engine: Engine,
    out: Output,
    room: str,
    agent: str,
    peer: str | None,
    data: dict[str, Any] | None,
    again: bool,
) -> None:
    """Ask for an agent in a room.

    It is not an error if it is there already. The worker that gets the job finds out whether there
    is such a room: `fishjam fleet jobs --room ROOM` shows what became of it.
    """
    from fishjam.fleet import Link

    link = Link(engine, 1)
    is_new = await link.dispatch(room, agent, peer_id=peer, data=data, again=again)
    done = "asked for" if is_new else "already there:"
    job = _key(room, agent, peer)
    _tell(out, job, "dispatched", f"{done} {agent} in {room}", is_done=is_new)


@click.command(cls=Command, common=COMMON)
@_job
@asking
async def stop(engine: Engine, out: Output, room: str, agent: str, peer: str | None) -> int | None:
    """End an agent in a room."""
    from fishjam.fleet import Link

    job = _key(room, agent, peer)
    if not await Link(engine, 1).stop(room, agent, peer_id=peer):
        return _missing(job)
    _tell(out, job, "stopped", f"stopped {agent} in {room}")
    return None


@click.command(cls=Command, common=COMMON)
@_job
@asking
async def forget(
    engine: Engine, out: Output, room: str, agent: str, peer: str | None
) -> int | None:
    """Remove a job from Redis.

    This is for one that is unreadable. An agent that runs for it goes on; `stop` ends it.
    """
    job = _key(room, agent, peer)
    if not await engine.forget(job):
        return _missing(job)
    _tell(out, job, "forgotten", f"forgot {agent} in {room}")
    return None


@click.command(cls=Command, common=COMMON)
@click.argument("worker", metavar="WORKER")
@asking
async def drain(engine: Engine, out: Output, worker: str) -> int | None:
    """Let a worker give its jobs to others and end."""
    if not await engine.drain(worker):
        return complain(f"there is no worker {worker}; `fishjam fleet workers` lists them")
    out.item({"name": worker, "draining": True}, f"{worker} drains")
    return None
