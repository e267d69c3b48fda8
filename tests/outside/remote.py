"""A remote control for an emulator: what clients in other processes may do behind the API's back.

A POST to `/NAME` with a list of arguments as JSON calls the control of that name and is answered
with its result as JSON.
"""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fishjam import events
from fishjam.emulator import Emulator, VirtualPeer, tone
from tests.support.emulator_sockets import peer_socket
from tests.support.tones import frequency_of

_CONTROLS = (
    *("add_track", "update_track_metadata", "remove_track", "crash_peer", "crash_room"),
    *("connect_streamer", "disconnect_streamer", "connect_viewer", "disconnect_viewer"),
    *("fail_recording", "end_input", "wait_for_subscribers", "wait_for_webhooks"),
)


class Peers:
    """Peers that take part in rooms, each over a socket of its own."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._sockets: dict[str, ExitStack] = {}

    def connect(self, token: str, metadata: Any) -> None:
        """Let the bearer of a token join its room."""
        stack = self._sockets[token] = ExitStack()
        socket = stack.enter_context(peer_socket(self._emulator))
        socket.authenticate(token)
        socket.send(peer_media_event={"connect": {"metadata_json": json.dumps(metadata)}})
        socket.receive_content("server_media_event")

    def disconnect(self, token: str) -> None:
        """Let the bearer of a token leave."""
        self._sockets.pop(token).close()

    def close(self) -> None:
        """Let everybody leave."""
        for token in list(self._sockets):
            self.disconnect(token)


class Users:
    """Virtual peers, by their tokens."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._users: dict[str, VirtualPeer] = {}

    def connect(self, token: str, metadata: Any = None) -> str:
        """Let a user join, and return the id of the peer."""
        user = self._users[token] = self._emulator.connect_peer(token, metadata)
        return user.id

    def speak_tone(self, token: str, frequency: float, seconds: float) -> None:
        """Let a user say a tone; returns at once."""
        self._users[token].speak(tone(frequency, seconds))

    def stop_speaking(self, token: str) -> None:
        """Let a user drop what is not said yet."""
        self._users[token].stop_speaking()

    def hear_tone(self, token: str, seconds: float, timeout: float = 30.0) -> float:
        """Let a user hear so much more, and return its frequency, in Hz."""
        user = self._users[token]
        return frequency_of(user.hear(seconds, timeout), user.sample_rate)

    def heard_seconds(self, token: str) -> float:
        """Return how much a user has heard in all."""
        return sum(piece.duration for piece in self._users[token].heard)

    def publish_video(self, token: str) -> str:
        """Let a user show the test card, and return the id of the track."""
        return self._users[token].publish_video().id

    def leave(self, token: str) -> None:
        """Let a user leave."""
        self._users.pop(token).leave()


@contextmanager
def remote_control(emulator: Emulator) -> Iterator[str]:
    """Take commands for a while, at the address that comes out."""
    peers, users = Peers(emulator), Users(emulator)

    def send(name: str, fields: Mapping[str, Any]) -> None:
        emulator.send(_event(name, fields))

    def close_connections(code: int | None, reason: str) -> None:
        emulator.drop_connections(code, reason=reason, kind="server")

    def compositions() -> Any:
        # Templates and fonts are bytes.
        return json.loads(json.dumps(emulator.compositions, default=bytes.decode))

    controls = {name: getattr(emulator, name) for name in _CONTROLS} | {
        "connect_peer": peers.connect,
        "disconnect_peer": peers.disconnect,
        "connect_user": users.connect,
        "speak_tone": users.speak_tone,
        "stop_speaking": users.stop_speaking,
        "hear_tone": users.hear_tone,
        "heard_seconds": users.heard_seconds,
        "publish_video": users.publish_video,
        "leave": users.leave,
        "compositions": compositions,
        "send": send,
        "close_connections": close_connections,
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(controls)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            peers.close()


def _event(name: str, fields: Mapping[str, Any]) -> events.Notification:
    track = {"track": events.Track(**fields["track"])} if "track" in fields else {}
    event: events.Notification = getattr(events, name)(**{**fields, **track})
    return event


def _handler(controls: Mapping[str, Callable[..., Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arguments = json.loads(self.rfile.read(int(self.headers["content-length"])))
            try:
                result = controls[self.path.removeprefix("/")](*arguments)
            except Exception:
                traceback.print_exc()
                self.send_error(500)
                return
            body = json.dumps(result).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
