"""A7: only the scheme of an address changes on the way to a socket, nothing else in it."""

from __future__ import annotations

import pytest

from fishjam._http.address import Address, socket_url
from fishjam.events import RoomCreated
from fishjam.notifier import FishjamNotifier
from fishjam.webhooks import encode_notification
from tests.notifier.fishjam_script import AUTHENTICATED, SUBSCRIBED
from tests.support.websocket_server import Peer, Server


@pytest.mark.parametrize(
    ("base", "socket"),
    [
        ("https://my-http-proxy.example/http/x", "wss://my-http-proxy.example/http/x/s"),
        ("http://localhost:5002/https", "ws://localhost:5002/https/s"),
        ("https://https.example", "wss://https.example/s"),
    ],
)
def test_only_the_scheme_changes(base: str, socket: str) -> None:
    assert socket_url(Address.of(base).base_url, "/s") == socket


@pytest.mark.anyio
async def test_a_notifier_connects_to_the_very_path() -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(peer.request.split(b" ")[1])
        for frame in (AUTHENTICATED, SUBSCRIBED):
            peer.receive()
            peer.send(frame)
        peer.send(encode_notification(RoomCreated("r")))
        peer.end_in_order()

    with Server(script) as server:
        notifier = FishjamNotifier(f"http://127.0.0.1:{server.port}/http/x", "token")
        async with notifier.subscribe(markers=False) as subscription:
            assert await anext(subscription) == RoomCreated("r")
        assert await server.wait() == b"/http/x/socket/server/websocket"
