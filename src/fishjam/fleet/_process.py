"""One process of a fleet: its roles run side by side until it has drained."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial

import anyio
from attrs import Factory, define, field

from fishjam._concurrency.racing import all_of, race
from fishjam.client import AsyncFishjamClient
from fishjam.fleet._engine import Engine
from fishjam.fleet._metrics import Metrics
from fishjam.notifier import FishjamNotifier

ROLES = ("agents", "dispatch", "events")
"""What a process can do: run agents, say which are wanted, and hand events to handlers."""

Role = Callable[[], Awaitable[object]]


@define(eq=False, kw_only=True)
class Process:
    """What the roles of a process share, and the roles.

    Attributes:
        engine: the engine, open.
        client: the Fishjam.
        make_notifier: makes a notifier of that Fishjam.
        name: the name of the process, which no other one has.
        lease: seconds without a heartbeat after which others take over.
        metrics: what the process counts.
        draining: set when the process is to give its work away and end.
    """

    engine: Engine
    client: AsyncFishjamClient
    make_notifier: Callable[[], FishjamNotifier]
    name: str
    lease: float
    metrics: Metrics = field(
        default=Factory(lambda process: Metrics(process.lease), takes_self=True)
    )
    draining: anyio.Event = field(factory=anyio.Event)
    _draining_roles: list[Role] = field(factory=list, init=False)
    _lasting_roles: list[Role] = field(factory=list, init=False)

    def add(self, role: Role, *, drains: bool) -> None:
        """Add a role.

        Args:
            role: the function that does the work.
            drains: whether it ends by itself once `draining` is set. One that does not goes on
                until all that drain have ended, and is cancelled then.
        """
        (self._draining_roles if drains else self._lasting_roles).append(role)

    async def run(self) -> None:
        """Run all roles; the first error of one stops all, and is raised as it is."""
        drained = partial(all_of, self.draining.wait, *self._draining_roles)
        await race(drained, *self._lasting_roles)


def check_roles(roles: Collection[str]) -> None:
    """Raise `ValueError` unless there are roles, and all of them are known."""
    if isinstance(roles, str) or not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"roles={roles!r}: use a list of {', '.join(ROLES)}")
