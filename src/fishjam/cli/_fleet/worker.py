"""`fishjam fleet worker`: runs the agents of a fleet until it is stopped."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import click

from fishjam._concurrency.racing import race
from fishjam.cli._backends import backend_option, missing_for
from fishjam.cli._command import Command, Seconds, common
from fishjam.cli._exit import DONE, INTERRUPTED, complain, fail
from fishjam.cli._fleet.app import load_fleet
from fishjam.cli._fleet.options import WorkerOptions
from fishjam.cli._output import Output, note
from fishjam.errors import ConfigurationError, FishjamError

if TYPE_CHECKING:
    from fishjam.fleet import Fleet

_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_NOT_SHARED = (
    "--processes needs an engine that several processes share, and memory:// lives inside one. "
    "Use Redis, or leave --processes out."
)


class Roles(click.ParamType[tuple[str, ...]]):
    """Names of roles with commas between them."""

    name = "roles"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the names."""
        from fishjam.fleet._process import ROLES

        roles = tuple(filter(None, (name.strip() for name in value.split(","))))
        if not roles or not set(roles) <= set(ROLES):
            self.fail(f"{value!r}: use some of {','.join(ROLES)}", param, ctx)
        return roles


@click.command(cls=Command, common=("json",))
@click.argument("app", metavar="MODULE:NAME")
@click.option(
    "--capacity",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="how many agents each process runs at most",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="run N processes, and restart those that die",
)
@click.option(
    "--drain",
    type=Seconds(),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="how long its jobs may take to move to other workers once it is stopped",
)
@click.option(
    "--handover-after",
    type=Seconds(),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="after this time a job is offered to other workers, unless its handler has done so",
)
@backend_option("the event loop")
@click.option(
    "--health",
    metavar="HOST:PORT",
    help="serve /livez, /readyz and /metrics; without a host, for this machine alone",
)
@click.option(
    "--roles",
    type=Roles(),
    default="agents,dispatch,events",
    show_default=True,
    help="run agents, look which are wanted, call handlers of events: some of the three",
)
@click.option("--name", hidden=True, help="the name that the supervisor gives it")
@click.option("--supervised", is_flag=True, hidden=True, help="drain when the supervisor is gone")
def worker(processes: int | None, name: str | None, supervised: bool, **options: Any) -> int:
    """Run the agents of a fleet, which is NAME in MODULE.

    The first SIGTERM or Ctrl+C lets it give its jobs to other workers and end, the second one ends
    it at once. It ends with 0 once it has drained, and with 1 when Redis refuses it.
    """
    chosen = WorkerOptions(**options)
    if missing := missing_for(chosen.backend):
        return complain(missing)
    try:
        fleet = load_fleet(chosen.app)
        _log()
        if processes is None:
            main = partial(_work, fleet, chosen, name or worker_name(), supervised)
        else:
            main = partial(_supervise, fleet, chosen, processes)
        return anyio.run(main, backend=chosen.backend)
    except (FishjamError, ValueError, OSError) as error:
        return fail(error)


def _log() -> None:
    """Write a log on stderr, unless the application has set up another."""
    logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT)
    # Each request and each repeated command is a line of theirs.
    for name in ("coredis", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)


def worker_name() -> str:
    """Return a name that no other worker has, and that tells people where it is."""
    # At random too: after a quick start the engine must not take it for the one before.
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"


async def _work(fleet: Fleet, options: WorkerOptions, name: str, supervised: bool) -> int:
    run = partial(
        fleet.run,
        capacity=options.capacity,
        drain=options.drain,
        handover_after=options.handover_after,
        name=name,
        roles=options.roles,
        health=options.health,
    )

    async def work() -> int:
        await run()
        return DONE

    async def end() -> int:
        await first()
        note(f"worker {name} drains; the next signal ends it at once")
        fleet.drain()
        await signals.__anext__()
        return INTERRUPTED

    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        first = partial(race, signals.__anext__, *([_parent_has_gone] if supervised else []))
        # Only now: what reads the line may send a signal at once.
        Output(common().json).item({"worker": name}, f"worker {name} runs (Ctrl+C drains it)")
        return await race(work, end)


async def _parent_has_gone() -> None:
    # The supervisor holds the other end and writes nothing, so there is something to read only
    # when it has died, in whatever way.
    await anyio.wait_readable(sys.stdin)


async def _supervise(fleet: Fleet, options: WorkerOptions, processes: int) -> int:
    from fishjam.cli._fleet.supervisor import Supervisor

    if not fleet.is_shared:
        raise ConfigurationError(_NOT_SHARED)
    return await Supervisor(fleet, options, processes, worker_name()).run()
