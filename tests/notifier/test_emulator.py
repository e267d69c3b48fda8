"""The notifier and the emulator together: order, restarts, and a flood."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest

from fishjam import (
    ConnectionLost,
    ConnectionRestored,
    FishjamClient,
    FishjamNotifier,
    PeerOptions,
    SocketOptions,
    events,
)
from fishjam.emulator import Emulator
from fishjam.notifier import Backoff
from fishjam.webhooks import encode_notification
from tests.notifier.fishjam_script import AT_ONCE, notifier_for, then
from tests.support.websocket_server import BINARY, Peer, frame
from tests.websocket.conftest import Serve

pytestmark = pytest.mark.anyio

RESTARTS = 10
FLOOD = 20_000


async def in_thread(function: Callable[[], Any]) -> Any:
    return await anyio.to_thread.run_sync(function)


async def test_what_happens_over_rest_is_told_in_order(fishjam_emulator: Emulator) -> None:
    notifier = FishjamNotifier(fishjam_emulator.fishjam_id, fishjam_emulator.management_token)
    client = FishjamClient(fishjam_emulator.fishjam_id, fishjam_emulator.management_token)

    def story() -> tuple[str, str]:
        with client:
            room = client.create_room()
            peer, _ = client.create_peer(room.id, PeerOptions(metadata={"name": "Ada"}))
            client.delete_peer(room.id, peer.id)
            client.delete_room(room.id)
        return room.id, peer.id

    async with notifier.subscribe(markers=False) as subscription:
        room_id, peer_id = await in_thread(story)
        seen = [await anext(subscription) for _ in range(4)]
    assert seen == [
        events.RoomCreated(room_id),
        events.PeerAdded(room_id, peer_id, events.PeerType.WEBRTC),
        events.PeerDeleted(room_id, peer_id, events.PeerType.WEBRTC),
        events.RoomDeleted(room_id),
    ]


class Watch:
    """A `run()` whose news can be waited for."""

    def __init__(self, fishjam_id: str, token: str) -> None:
        self.notifier = FishjamNotifier(fishjam_id, token, backoff=AT_ONCE)
        self.notifier.on_server_notification(self._note)
        self.news: list[Any] = []
        self._changed = anyio.Event()

    async def run(self) -> None:
        await self.notifier.run(on_lost=self._note, on_restored=self._note)

    def _note(self, news: Any) -> None:
        self.news.append(news)
        self._changed.set()
        self._changed = anyio.Event()

    def count(self, kind: type) -> int:
        return sum(isinstance(one, kind) for one in self.news)

    async def until(self, kind: type, number: int) -> None:
        while self.count(kind) < number:
            await self._changed.wait()

    def rooms(self) -> list[str]:
        return [one.room_id for one in self.news if isinstance(one, events.RoomCreated)]


@pytest.mark.once
async def test_ten_restarts_are_survived_and_told() -> None:
    emulator = Emulator()
    await in_thread(emulator.start)
    watch = Watch(emulator.fishjam_id, emulator.management_token)
    made: list[str] = []

    def make_rooms() -> None:
        with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
            made.extend(client.create_room().id for _ in range(3))

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch.run)
            await watch.notifier.wait_ready()
            for restart in range(1, RESTARTS + 1):
                await in_thread(make_rooms)
                await watch.until(events.RoomCreated, len(made))
                await in_thread(emulator.stop)
                await watch.until(ConnectionLost, restart)
                assert not watch.notifier.connected
                await in_thread(emulator.start)
                await watch.until(ConnectionRestored, restart)
                assert watch.notifier.connected
            tasks.cancel_scope.cancel()
    finally:
        await in_thread(emulator.stop)
    assert watch.rooms() == made
    assert watch.count(ConnectionLost) == watch.count(ConnectionRestored) == RESTARTS
    assert len(made) == 3 * RESTARTS


@pytest.mark.once
async def test_a_process_that_is_killed_and_started_again() -> None:
    def start(port: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
        command = [sys.executable, "-m", "fishjam", "emulator", "--json", "--port", port]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        if process.stdout is None:
            raise AssertionError("no pipe")
        ready: dict[str, str] = json.loads(process.stdout.readline())
        return process, ready

    def kill(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGKILL)
        process.communicate()

    process, ready = await in_thread(lambda: start("0"))
    watch = Watch(ready["fishjam_id"], ready["management_token"])
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch.run)
            await watch.notifier.wait_ready()
            await in_thread(lambda: kill(process))
            await watch.until(ConnectionLost, 1)
            process, again = await in_thread(lambda: start(ready["fishjam_id"].rpartition(":")[2]))
            assert again == ready
            await watch.until(ConnectionRestored, 1)
            tasks.cancel_scope.cancel()
    finally:
        await in_thread(lambda: kill(process))
    loss = next(one for one in watch.news if isinstance(one, ConnectionLost))
    assert loss.code == 1006
    assert loss.error is not None


async def test_a_dropped_connection_comes_back(fishjam_emulator: Emulator) -> None:
    notifier = FishjamNotifier(
        fishjam_emulator.fishjam_id, fishjam_emulator.management_token, backoff=AT_ONCE
    )
    async with notifier.subscribe() as subscription:
        for code in (None, 1000, 1011):
            await in_thread(lambda code=code: fishjam_emulator.drop_connections(code))  # type: ignore[misc]
            lost = await anext(subscription)
            assert isinstance(lost, ConnectionLost)
            assert lost.code == (code or 1006)
            assert isinstance(await anext(subscription), ConnectionRestored)
            fishjam_emulator.send(events.RoomCreated("after"))
            assert await anext(subscription) == events.RoomCreated("after")


async def test_refused_connections_are_tried_again(
    fishjam_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = FishjamNotifier(
        fishjam_emulator.fishjam_id,
        fishjam_emulator.management_token,
        backoff=Backoff(initial_delay=0.05, max_delay=0.05),
    )
    async with notifier.subscribe() as subscription:
        fishjam_emulator.refuse_connections(True)
        await in_thread(fishjam_emulator.drop_connections)
        assert isinstance(await anext(subscription), ConnectionLost)
        while "cannot connect (try 2)" not in caplog.text:  # noqa: ASYNC110 - the log alone tells
            await anyio.sleep(0.01)
        fishjam_emulator.refuse_connections(False)
        restored = await anext(subscription)
        assert isinstance(restored, ConnectionRestored)
        assert restored.attempts > 2
        # The waits are of half of the delay at least.
        assert restored.downtime >= 0.05


@pytest.mark.once
async def test_a_handler_that_takes_longer_than_an_answer_to_a_ping_may(serve: Serve) -> None:
    """Reading waits for the handler, and the connection stands all the same."""
    rooms = [f"{number:05}".ljust(20_000) for number in range(1000)]
    flood = b"".join(frame(BINARY, encode_notification(events.RoomCreated(each))) for each in rooms)

    def script(peer: Peer) -> None:
        peer.write(flood)
        peer.close(1000)
        peer.read_close()

    options = SocketOptions(ping_interval=0.1, ping_timeout=1)
    notifier = notifier_for(serve(then(script)), queue_size=10, socket_options=options)
    seen: list[str] = []

    @notifier.on(events.RoomCreated)
    async def handle(event: events.RoomCreated) -> None:
        if not seen:
            await anyio.sleep(2.5)
        seen.append(event.room_id)

    with anyio.fail_after(60):
        await notifier.connect()
    assert seen == rooms


# So many events are too many for asyncio's debug mode, and slow while coverage is measured.
@pytest.mark.once
@pytest.mark.timeout(120)
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_a_flood_through_a_slow_handler_keeps_memory_flat(serve: Serve) -> None:
    """The handler is slower than the sender: the sender has to wait, nothing piles up."""

    def flood(peer: Peer) -> None:
        names = (f"{number:05}".ljust(500) for number in range(1000))
        frames = b"".join(
            frame(BINARY, encode_notification(events.RoomCreated(name))) for name in names
        )
        for _ in range(FLOOD // 1000):
            peer.write(frames)
        peer.close(1000)
        peer.read_close()

    notifier = notifier_for(serve(then(flood)), queue_size=100)
    blocks: list[int] = []
    seen = 0
    in_order = True

    @notifier.on(events.RoomCreated)
    async def handle(event: events.RoomCreated) -> None:
        nonlocal seen, in_order
        in_order = in_order and event.room_id.rstrip() == f"{seen % 1000:05}"
        seen += 1
        if seen % 500 == 0:
            await anyio.sleep(0.005)
            blocks.append(sys.getallocatedblocks())

    await notifier.connect()
    assert seen == FLOOD
    assert in_order
    # Each event that waited somewhere would be several blocks; a chunk of the network is allowed.
    assert max(blocks) - blocks[0] < FLOOD
