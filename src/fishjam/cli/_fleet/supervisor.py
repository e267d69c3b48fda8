"""A parent of several workers: restarts those that die, and reports a death to the engine."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio.abc import Process

from fishjam._concurrency.racing import all_of, race
from fishjam._core.backoff import Backoff
from fishjam.cli._command import common
from fishjam.cli._exit import DONE, REFUSED, USAGE
from fishjam.cli._output import Output, note

if TYPE_CHECKING:
    from fishjam.cli._fleet.options import WorkerOptions
    from fishjam.fleet import Fleet, Link

STEADY = 60.0
"""Seconds after which a process counts as one that works: its next death is the first again."""

ASK_PATIENCE = 1.0
"""Seconds that a worker has to answer for its health."""

BURY_PATIENCE = 5.0
"""Seconds that telling the engine of a death may take; after that its lease has ended anyway."""

_RESTARTS = Backoff(initial_delay=0.5, max_delay=30.0)

LASTING = (USAGE, REFUSED)
"""Exit codes of what the next process would meet too."""


class Supervisor:
    """Runs several processes of one worker.

    Args:
        fleet: the fleet, whose engine is told of deaths.
        options: how each process is started.
        processes: how many there are.
        name: what the names of the workers begin with.
    """

    def __init__(self, fleet: Fleet, options: WorkerOptions, processes: int, name: str) -> None:
        self._fleet = fleet
        self._options = options
        self._count = processes
        self._name = name
        self._running: dict[str, Process] = {}
        self._ending = anyio.Event()
        self._code = DONE
        self._restarts = 0
        self._folder = Path()

    async def run(self) -> int:
        """Run until all have ended; returns the exit code."""
        with (
            tempfile.TemporaryDirectory(prefix="fishjam-") as folder,
            anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals,
        ):
            self._folder = Path(folder)
            Output(common().json).item(
                {"supervisor": self._name, "processes": self._count},
                f"supervisor {self._name} runs {self._count} workers (Ctrl+C drains them)",
            )

            async def pass_on() -> None:
                async for _ in signals:
                    self._end()

            async with self._fleet.connect() as link:
                slots = [partial(self._keep, link, number) for number in range(self._count)]
                await race(partial(all_of, *slots), pass_on, *self._health())
        return self._code

    def _end(self) -> None:
        """Let all drain; called again, end them at once."""
        # Another signal the second time: of two equal ones, a process that has not handled the
        # first yet would get only one.
        number = signal.SIGINT if self._ending.is_set() else signal.SIGTERM
        self._ending.set()
        for process in self._running.values():
            process.send_signal(number)

    async def _keep(self, link: Link, slot: int) -> None:
        """Keep one process running, until it has ended as it should."""
        generation = failures = 0
        while True:
            generation += 1
            started = anyio.current_time()
            name = f"{self._name}-{slot}-{generation}"
            code = await self._run(name)
            if code == DONE:
                return
            await self._bury(link, name)
            if code in LASTING:
                self._code = code
                self._end()
            failures = 1 if anyio.current_time() - started >= STEADY else failures + 1
            if not self._ending.is_set():
                await self._wait_to_restart(name, code, _RESTARTS.delay(failures))
            if self._ending.is_set():
                return

    async def _wait_to_restart(self, name: str, code: int, delay: float) -> None:
        self._restarts += 1
        note(f"worker {name} has ended with {code}; another starts in {delay:.1f} s", "yellow")
        with anyio.move_on_after(delay):
            await self._ending.wait()

    async def _run(self, name: str) -> int:
        command = [sys.executable, "-m", "fishjam", "fleet", "worker"]
        arguments = [*self._options.arguments(), f"--name={name}", "--supervised"]
        if self._options.health is not None:
            arguments.append(f"--health=unix:{self._socket(name)}")
        # Ctrl+C goes to all processes of a terminal's group: they would get it twice, which ends
        # them at once. Their stdin ends with this process, also when it is killed.
        process = await anyio.open_process(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=None,
            stderr=None,
            start_new_session=True,
        )
        async with process:
            self._running[name] = process
            try:
                if self._ending.is_set():
                    process.send_signal(signal.SIGTERM)
                return await process.wait()
            finally:
                del self._running[name]

    async def _bury(self, link: Link, name: str) -> None:
        """Report a death to the engine, so that the jobs move at once, not after a lease."""
        with anyio.move_on_after(BURY_PATIENCE):
            await link.bury(name)

    def _socket(self, name: str) -> Path:
        # Short, because the path of a Unix socket may have about a hundred characters.
        return self._folder / name.removeprefix(f"{self._name}-")

    def _health(self) -> list[Callable[[], Awaitable[None]]]:
        if self._options.health is None:
            return []
        from fishjam.fleet._health import Health, Place

        place = Place.parse(self._options.health)
        return [Health(place, self._trouble, self._metrics, self._lifeless).run]

    async def _ask(self, resource: str) -> dict[str, tuple[int, str] | None]:
        """Ask all workers for something; None for one that does not answer."""
        from fishjam.fleet._health import fetch

        answers: dict[str, tuple[int, str] | None] = dict.fromkeys(self._running)

        async def ask(name: str) -> None:
            with anyio.move_on_after(ASK_PATIENCE):
                try:
                    answers[name] = await fetch(str(self._socket(name)), resource)
                except (OSError, anyio.BrokenResourceError, anyio.EndOfStream, IndexError):
                    return

        await all_of(*(partial(ask, name) for name in answers))
        return answers

    async def _lifeless(self) -> str | None:
        answers = await self._ask("/livez")
        silent = sorted(name for name, answer in answers.items() if answer is None)
        return f"no answer from {', '.join(silent)}" if silent else None

    async def _trouble(self) -> str | None:
        if self._ending.is_set():
            return "draining"
        answers = [answer for answer in (await self._ask("/readyz")).values() if answer]
        if any(status == 200 for status, _ in answers):
            return None
        return "no worker is ready"

    async def _metrics(self) -> str:
        from fishjam.fleet._metrics import Family, Sample, merge, render

        own = Family(
            "restarts", "counter", "Workers started again.", (Sample(self._restarts, {}, "_total"),)
        )
        answers = [answer for answer in (await self._ask("/metrics")).values() if answer]
        return merge([render({self._name: [own]}), *(text for _, text in answers)])
