"""What browsers in a call cost the emulator, and how long an echo takes, in Chromium."""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from attrs import frozen

from fishjam import FishjamClient
from fishjam.agent import AgentSession, IncomingTrackData, OutgoingAudioTrackOptions
from tests.support.tones import loudness_of

if TYPE_CHECKING:
    from tests.outside.web_pages import Tab

PAGES = Path(__file__).parents[1] / "tests" / "outside"
DEVICES = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=20")
WIDTH, MIN_RATE = 1280, 15
"""What both tabs have to receive, in pixels and frames a second, or the time does not count."""
REQUESTS = 200
_LOUD = 500
"""The loudness of 16-bit samples from which an agent takes something for a sound."""


@frozen
class Effort:
    """How much is measured."""

    echoes: int
    intervals: int
    seconds: float


FULL, QUICK = Effort(echoes=20, intervals=10, seconds=3), Effort(echoes=2, intervals=1, seconds=1)


def run_emulator(pipe: Connection) -> None:
    """Run an emulator in a process of its own, until something is said."""
    from fishjam.emulator import Emulator

    with Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator:
        pipe.send((emulator.fishjam_id, emulator.management_token))
        pipe.recv()


@frozen
class Server:
    """An emulator in another process, with a room."""

    process: psutil.Process
    client: FishjamClient
    room: str
    fishjam_id: str

    @property
    def processor_time(self) -> float:
        """The seconds of processor time that it has used."""
        times = self.process.cpu_times()
        return times.user + times.system


@contextmanager
def serving() -> Iterator[Server]:
    """Keep an emulator."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=run_emulator, args=(there,))
    process.start()
    fishjam_id, token = here.recv()
    with FishjamClient(fishjam_id, token) as client:
        room = client.create_room().id
        yield Server(psutil.Process(process.pid), client, room, fishjam_id)
    here.send("enough")
    process.join()


Play = Callable[[AgentSession], Coroutine[Any, Any, None]]


@contextmanager
def agent_that(play: Play, server: Server) -> Iterator[None]:
    """Let an agent do something in a thread of its own."""
    agent = server.client.create_agent(server.room)
    loop = asyncio.new_event_loop()
    is_connected = threading.Event()

    async def join() -> None:
        async with agent.connect() as session:
            is_connected.set()
            await play(session)

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    task = loop.create_task(join())
    thread = threading.Thread(target=run)
    thread.start()
    is_connected.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


async def echo(session: AgentSession) -> None:
    """Say whatever is heard, frame by frame."""
    options = OutgoingAudioTrackOptions(metadata={"name": "echo"}, sample_rate=16000)
    track = await session.add_track(options)
    async for message in session.receive():
        if isinstance(message, IncomingTrackData) and loudness_of(message.data) > _LOUD:
            await track.send_chunk(message.data)


def capturing(cameras: Sequence[str]) -> Play:
    """Return what takes a picture of each camera every second, and hears everybody."""

    async def capture(session: AgentSession) -> None:
        hearing = asyncio.ensure_future(hear(session))
        try:
            while True:
                for camera in cameras:
                    # A picture that did not come in time is missed, and not more.
                    await asyncio.gather(session.request_image(camera), return_exceptions=True)
                await asyncio.sleep(1)
        finally:
            hearing.cancel()

    return capture


async def hear(session: AgentSession) -> None:
    """Take what is heard, and do nothing with it."""
    async for _ in session.receive():
        pass


def shares(server: Server, tabs: dict[str, Tab], effort: Effort) -> list[float]:
    """Return the emulator's share of a core in intervals in which both tabs receive well.

    Args:
        server: the emulator.
        tabs: the pages by the name of the camera that they receive.
        effort: how many intervals, of how many seconds.
    """
    measured: list[float] = []
    for _ in range(3 * effort.intervals):
        frames = [tab.call("frames", camera) for camera, tab in tabs.items()]
        used, begin = server.processor_time, time.monotonic()
        time.sleep(effort.seconds)
        share, elapsed = server.processor_time - used, time.monotonic() - begin
        received = [tab.call("frames", camera) for camera, tab in tabs.items()]
        rates = [(new - old) / elapsed for new, old in zip(received, frames, strict=True)]
        widths = [tab.call("width", camera) for camera, tab in tabs.items()]
        if min(rates) >= MIN_RATE and min(widths) >= WIDTH:
            measured.append(share / elapsed)
        if len(measured) == effort.intervals:
            break
    return measured


def request_times(server: Server) -> list[float]:
    """Return how many seconds requests took."""
    times = []
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        server.client.get_room(server.room)
        times.append(time.perf_counter() - begin)
    return times


def round_trips(tab: Tab, effort: Effort) -> list[float]:
    """Return how many seconds echoes took, from the page and back to it."""
    measured = (tab.call("roundTrip", "echo") for _ in range(effort.echoes))
    return [milliseconds / 1000 for milliseconds in measured if milliseconds is not None]


def show(name: str, figures: Sequence[float], unit: str, factor: float) -> None:
    """Print the median of some figures, and what half of them are within."""
    if not figures:
        print(f"{name:<44} was never so: the machine has too much else to do", flush=True)
        return
    low, middle, high = (
        statistics.quantiles(figures, n=4, method="inclusive")
        if len(figures) > 1
        else (figures[0],) * 3
    )
    spread = f"{low * factor:.1f} to {high * factor:.1f}"
    print(f"{name:<44}{middle * factor:8.1f} {unit:<4}{spread:>16}{len(figures):6}", flush=True)


def measure(effort: Effort) -> None:
    """Print a line for each figure."""
    from tests.outside.web_pages import Tab, chromium, serve, until

    print(f"{'':44}{'median':>8}     {'half of them':>16}{'of':>6}")
    with serving() as server, serve(PAGES) as site, chromium(*DEVICES) as browser:

        def join() -> Tab:
            tab = Tab(browser.new_page(), f"{site}/web_plain.html")
            token = server.client.create_peer(server.room)[1]
            tab.call("join", server.fishjam_id.replace("http", "ws"), token)
            return tab

        alone = request_times(server)
        tab = join()
        tab.call("useBeeper", "beeper")
        with agent_that(echo, server):
            until(lambda: tab.call("roundTrip", "echo") is not None, "", is_quiet=True)
            show("an echo's round trip", round_trips(tab, effort), "ms", 1000)
        tab.page.close()
        one, other = join(), join()
        one.call("useDevices", "mic-1", "cam-1", None)
        other.call("useDevices", "mic-2", "cam-2", None)
        tabs = {"cam-2": one, "cam-1": other}
        for camera, tab in tabs.items():
            until(lambda: tab.call("width", camera) >= WIDTH, camera, is_quiet=True)  # noqa: B023
        show("two tabs, of a core", shares(server, tabs, effort), "%", 100)
        during = request_times(server)
        with agent_that(capturing(list(tabs)), server):
            show("and an agent that captures", shares(server, tabs, effort), "%", 100)
        show("a request without media", alone, "ms", 1000)
        show("a request during the call", during, "ms", 1000)
        ratio = statistics.median(during) / statistics.median(alone)
        print(f"{'during the call / without media':<44}{ratio:8.2f}")


def main() -> None:
    """Measure, where there is a browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little, to see that it works")
    arguments = parser.parse_args()
    missing = [name for name in ("playwright", "aiortc") if find_spec(name) is None]
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        missing.append("chromium")
    if missing:
        print(f"Everything is left out: there is no {' and no '.join(missing)} here.")
        return
    measure(QUICK if arguments.quick else FULL)


if __name__ == "__main__":
    main()
