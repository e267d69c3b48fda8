"""Pages that leave before they have the answer to their WHIP request, or never connect after it."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from aiortc import RTCPeerConnection

from fishjam.emulator import Emulator
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange
from fishjam.emulator._webrtc.live import LiveServer
from fishjam.events import StreamerConnected, StreamerDisconnected
from tests.emulator.webrtc.test_livestreams import (
    SDP,
    WHIP,
    LivePage,
    live_events,
    make_stream,
)
from tests.support.browser import Tone, until
from tests.support.limits import LIMITS

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def page(emulator: Emulator) -> Iterator[LivePage]:
    with LivePage(emulator) as page:
        yield page


def hang_up_after(emulator: Emulator, path: str, token: str, body: bytes, length: int) -> None:
    """Send a request with a body, or a part of it, and wait for nothing."""
    host = urlsplit(emulator.fishjam_id).netloc
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/sdp\r\ncontent-length: {length}\r\n\r\n"
    )
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port))) as sock:
        sock.sendall(head.encode() + body)


def open_connections() -> set[RTCPeerConnection]:
    """Return the connections of aiortc in this process, those of earlier tests among them."""
    gc.collect()
    found = (it for it in gc.get_objects() if isinstance(it, RTCPeerConnection))
    return {it for it in found if it.connectionState != "closed"}


def answered(emulator: Emulator) -> list[tuple[str | None, int | None]]:
    """Return operation and status of the requests that are over."""
    requests = emulator.requests
    return [(it.operation, it.status) for it in requests if it.duration is not None]


def test_a_page_that_hangs_up_leaves_no_connection(
    emulator: Emulator, api: httpx.Client, page: LivePage
) -> None:
    stream = make_stream(api)
    offer, token = page.offer(Tone(500)), stream["streamer"]["token"]
    before = open_connections()
    # It is gone when the answer is made.
    emulator.delay_next(1, operation="whip")
    hang_up_after(emulator, WHIP, token, offer.encode(), len(offer))
    until(lambda: ("whip", None) in answered(emulator), "the end of the request")
    until(lambda: open_connections() <= before, "the end of the connection")
    assert live_events(emulator) == []
    assert page.post(WHIP, offer, token).status_code == 201


@pytest.mark.parametrize("path", [WHIP, "/room", "/_emulator/v1/events"])
def test_a_request_that_breaks_off_is_no_error_of_the_emulator(
    emulator: Emulator, api: httpx.Client, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.INFO):
        token = make_stream(api)["streamer"]["token"] if path == WHIP else emulator.management_token
        hang_up_after(emulator, path, token, b"{", 100)
        # The loop of the server comes to it after the one before.
        for _ in range(3):
            assert api.get("/room").status_code == 200
    assert "Exception" not in caplog.text


class Live:
    """The endpoints without a server around them, and a livestream."""

    def __init__(self, **options: Any) -> None:
        self.kinds: list[type] = []

        def note(change: StateChange) -> None:
            self.kinds.append(type(change.event))

        state = State(time.time, lambda: str(uuid.uuid4()), note)
        self.server = LiveServer(threading.RLock(), state, ["127.0.0.1"], **options)
        streams = state.streams
        self.id = streams.create(public=False, audio_only=False, webhook_url=None, batch=False).id
        self.token = streams.add_streamer(self.id).token

    @property
    def is_taken(self) -> bool:
        """Whether a streamer has the place, or is about to have it."""
        livestream = self.server._livestreams.get(self.id)
        return livestream is not None and livestream.streamer is not None

    async def publish(self, offer: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.server)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            headers = {**SDP, "authorization": f"Bearer {self.token}"}
            return await http.post(WHIP, content=offer, headers=headers)

    async def begin(self, offer: str) -> asyncio.Task[httpx.Response]:
        """Begin to publish, and return the request while its answer is made."""
        await self.server.open()
        request = asyncio.create_task(self.publish(offer))
        await self.until(lambda: self.is_taken)
        return request

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)


def test_a_request_that_is_cancelled_leaves_no_connection(page: LivePage) -> None:
    live, offer = Live(), page.offer(Tone(500))
    before = open_connections()

    async def cancel() -> None:
        request = await live.begin(offer)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert not live.is_taken
        assert open_connections() <= before
        await live.server.aclose()

    asyncio.run(cancel())


def test_a_server_that_stops_leaves_no_connection_that_it_was_making(page: LivePage) -> None:
    live, offer = Live(), page.offer(Tone(500))
    before = open_connections()

    async def stop() -> None:
        request = await live.begin(offer)
        await live.server.aclose()
        # That is httpx's word for no answer.
        with pytest.raises(AssertionError):
            await request
        assert open_connections() <= before

    asyncio.run(stop())
    assert live.kinds == []


def test_a_page_that_never_connects_loses_its_place(page: LivePage) -> None:
    live, offer = Live(connect_timeout=0.05), page.offer(Tone(500))
    before = open_connections()

    async def wait() -> None:
        await live.server.open()
        assert (await live.publish(offer)).status_code == 201
        await live.until(lambda: not live.is_taken)
        await live.server.aclose()
        assert open_connections() <= before

    asyncio.run(wait())
    assert live.kinds == [StreamerConnected, StreamerDisconnected]


@pytest.mark.once
def test_a_page_that_connects_in_time_stays(page: LivePage) -> None:
    async def stays_connected(limit: float) -> bool:
        live = Live(connect_timeout=limit)
        await live.server.open()
        response = await live.publish(page.offer(Tone(500)))
        deadline = asyncio.get_running_loop().time() + limit
        await asyncio.to_thread(page.connect, response)
        await live.until(lambda: not live.is_taken or page.pc.connectionState == "connected")
        await asyncio.sleep(deadline + 0.1 - asyncio.get_running_loop().time())
        stays = live.is_taken
        await live.server.aclose()
        return stays

    assert any(asyncio.run(stays_connected(limit)) for limit in LIMITS)
