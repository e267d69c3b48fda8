"""The part of `published_events.py` that is about webhooks."""

from __future__ import annotations

import queue
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fishjam import (
    RoomOptions,
    decode_server_notifications,
    receive_binary,
    verify_webhook_signature,
)
from fishjam.events import (
    ServerMessagePeerAdded,
    ServerMessagePeerDeleted,
    ServerMessagePeerType,
    ServerMessageRoomCreated,
    ServerMessageRoomDeleted,
)
from tests.outside.published_tools import Scene, client_of, warnings_of

PATIENCE = 10
SIGNATURE = "x-fishjam-signature-256"


def check_webhooks_one_by_one(scene: Scene) -> None:
    client = client_of(scene)
    with Receiver() as receiver:
        room = client.create_room(RoomOptions(webhook_url=receiver.url)).id
        peer, _ = client.create_peer(room)
        client.delete_room(room)
        bodies = [receiver.body(scene) for _ in range(4)]
    kind = ServerMessagePeerType.PEER_TYPE_WEBRTC
    expected = [
        ServerMessageRoomCreated(room_id=room),
        ServerMessagePeerAdded(room_id=room, peer_id=peer.id, peer_type=kind),
        ServerMessagePeerDeleted(room_id=room, peer_id=peer.id, peer_type=kind),
        ServerMessageRoomDeleted(room_id=room),
    ]
    assert [decode_server_notifications(body) for body in bodies] == [[one] for one in expected]
    assert [received(body) for body in bodies] == expected


def check_webhooks_in_batches(scene: Scene) -> None:
    client = client_of(scene)
    options = RoomOptions(batch_webhook_notifications=True)
    with Receiver() as receiver:
        options.webhook_url = receiver.url
        receiver.open.clear()
        room = client.create_room(options).id
        first = receiver.body(scene)
        peers = [client.create_peer(room)[0].id for _ in range(30)]
        receiver.open.set()
        batch = receiver.body(scene)
    assert decode_server_notifications(first) == [ServerMessageRoomCreated(room)]
    kind = ServerMessagePeerType.PEER_TYPE_WEBRTC
    expected = [ServerMessagePeerAdded(room, peer, kind) for peer in peers]
    assert decode_server_notifications(batch) == expected
    assert received(batch) == expected


def check_webhook_signatures(scene: Scene) -> None:
    with Receiver() as receiver:
        client_of(scene).create_room(RoomOptions(webhook_url=receiver.url))
        headers, body = receiver.take()
    assert headers["content-type"] == "application/x-protobuf"
    signature, secret = headers[SIGNATURE], scene["webhook_secret"]
    assert signature.startswith("sha256=")
    assert verify_webhook_signature(body, signature, secret)
    assert verify_webhook_signature(body, signature.removeprefix("sha256="), secret)
    assert not verify_webhook_signature(body + b"\0", signature, secret)
    assert not verify_webhook_signature(body, signature[:-1] + "x", secret)
    assert not verify_webhook_signature(body, signature, "another secret")


def check_webhooks_that_were_not_taken_come_again(scene: Scene) -> None:
    client = client_of(scene)
    with Receiver(500, 503) as receiver:
        room = client.create_room(RoomOptions(webhook_url=receiver.url)).id
        client.delete_room(room)
        bodies = [receiver.body(scene) for _ in range(4)]
    assert bodies[0] == bodies[1] == bodies[2]
    found = [event for body in bodies[2:] for event in decode_server_notifications(body)]
    assert found == [ServerMessageRoomCreated(room), ServerMessageRoomDeleted(room)]


def check_bodies_without_events(scene: Scene) -> None:
    assert decode_server_notifications(b"") == []
    assert received(b"") is None
    caught = warnings_of(lambda: receive_binary(b""))
    assert [one.category for one in caught] == [DeprecationWarning]
    assert "decode_server_notifications" in str(caught[0].message)


def received(body: bytes) -> Any:
    """Decode by the older name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return receive_binary(body)


class Receiver:
    """Takes webhooks on loopback; while it is not `open`, none is answered.

    Args:
        statuses: the first answers; the others are 204.
    """

    def __init__(self, *statuses: int) -> None:
        self.open = threading.Event()
        self.open.set()
        self._statuses = list(statuses)
        self._taken: queue.SimpleQueue[tuple[dict[str, str], bytes]] = queue.SimpleQueue()
        self._running = self._run()
        self.url = ""

    def __enter__(self) -> Receiver:
        self.url = self._running.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.open.set()
        self._running.__exit__(*error)

    def take(self) -> tuple[dict[str, str], bytes]:
        """Return headers and body of the next webhook."""
        return self._taken.get(timeout=PATIENCE)

    def body(self, scene: Scene) -> bytes:
        """Return the body of the next webhook, whose signature must be good."""
        headers, body = self.take()
        assert verify_webhook_signature(body, headers[SIGNATURE], scene["webhook_secret"])
        return body

    @contextmanager
    def _run(self) -> Iterator[str]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._taken.put((headers, body))
                receiver.open.wait(PATIENCE)
                self.send_response(receiver._statuses.pop(0) if receiver._statuses else 204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}/hook"
            finally:
                server.shutdown()
                thread.join()
