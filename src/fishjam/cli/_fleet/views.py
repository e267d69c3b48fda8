"""`fishjam fleet status`, `workers` and `jobs`: the state of a fleet."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from fishjam.cli._command import Command
from fishjam.cli._fleet.engine import asking
from fishjam.cli._output import Columns, Output

if TYPE_CHECKING:
    from fishjam.fleet import JobState, WorkerState
    from fishjam.fleet._engine import Engine

COMMON = ("timeout", "json")


@frozen
class WorkerRow:
    """A worker, as the command shows it."""

    state: WorkerState

    @property
    def id(self) -> str:
        """Its name, which is what others call it by."""
        return self.state.name

    def to_dict(self) -> dict[str, Any]:
        """Give it in its JSON names."""
        state = self.state
        return {
            "name": state.name,
            "capacity": state.capacity,
            "load": state.load,
            "host": state.info.get("host"),
            "version": state.info.get("version"),
        }


@frozen
class JobRow:
    """A job as the command shows it."""

    id: str
    state: JobState
    now: float

    def to_dict(self) -> dict[str, Any]:
        """Give it in its JSON names."""
        state = self.state
        return {
            "roomId": state.job.room_id,
            "agent": state.job.agent,
            "peerId": state.job.peer_id,
            "state": state.state,
            "worker": state.worker,
            "asked": state.asked,
            "failures": state.failures,
            "error": state.error,
        }


WORKERS: Columns[WorkerRow] = {
    "WORKER": lambda row: row.id,
    "LOAD": lambda row: _shown(row.state.load),
    "CAPACITY": lambda row: _shown(row.state.capacity),
    "HOST": lambda row: _shown(row.state.info.get("host")),
    "VERSION": lambda row: _shown(row.state.info.get("version")),
}
JOBS: Columns[JobRow] = {
    "ROOM": lambda row: row.state.job.room_id,
    "AGENT": lambda row: row.state.job.agent,
    "PEER": lambda row: row.state.job.peer_id or "",
    "STATE": lambda row: row.state.state,
    "WORKER": lambda row: row.state.worker or "",
    "AGE": lambda row: f"{max(0.0, row.now - row.state.asked):.0f}s",
    "FAILURES": lambda row: str(row.state.failures),
    "ERROR": lambda row: row.state.error or "",
}


@click.command(cls=Command, common=COMMON)
@asking
async def status(engine: Engine, out: Output) -> None:
    """Show how many workers and jobs there are, and what waits."""
    rows = await _workers(engine)
    jobs = await engine.jobs()
    states = Counter(job.state for job in jobs)
    agents = sorted({job.job.agent for job in jobs})
    waiting = {agent: await engine.backlog(agent) for agent in agents}
    oldest = max([await engine.oldest(agent) for agent in agents], default=0.0)
    slots = sum(row.state.capacity or 0 for row in rows)
    data = {
        "workers": len(rows),
        "slots": slots,
        "jobs": dict(sorted(states.items())),
        "backlog": waiting,
        "oldestWaitSeconds": round(oldest, 3),
    }
    text = {
        "workers": str(len(rows)),
        "slots": str(slots),
        "jobs": _joined(states),
        "backlog": _joined(waiting),
        "oldest wait": f"{oldest:.1f}s",
    }
    out.item(data, text)


@click.command(cls=Command, common=COMMON)
@asking
async def workers(engine: Engine, out: Output) -> None:
    """List the workers that are alive."""
    advice = "To start one: fishjam fleet worker MODULE:NAME"
    out.rows(await _workers(engine), WORKERS, advice)


@click.command(cls=Command, common=COMMON)
@click.option("--room", metavar="ROOM", help="only those of one room")
@asking
async def jobs(engine: Engine, out: Output, room: str | None) -> None:
    """List the jobs: which agents are in which rooms, or should be."""
    now = time.time()
    rows = [JobRow(str(state.job), state, now) for state in await engine.jobs(room)]
    out.rows(rows, JOBS, "To ask for one: fishjam fleet dispatch ROOM AGENT")


async def _workers(engine: Engine) -> list[WorkerRow]:
    from fishjam.fleet import Link

    found = await Link(engine, 1).workers()
    return [WorkerRow(state) for state in sorted(found, key=lambda state: state.name)]


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _joined(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"
