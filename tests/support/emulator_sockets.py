"""Clients for the emulator's sockets, made of a plain WebSocket library and the messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from fishjam._protocol.messages import message_class
from fishjam._protocol.notifications import decode
from fishjam.emulator import Emulator
from fishjam.events import Notification

SERVER = "/socket/server/websocket"
PEER = "/socket/peer/websocket"
AGENT = "/socket/agent/websocket"
PATIENCE = 30.0
SERVER_NOTIFICATION = 1

ServerMessage = message_class("fishjam.ServerMessage")
PeerMessage = message_class("fishjam.PeerMessage")
AgentRequest = message_class("fishjam.AgentRequest")
AgentResponse = message_class("fishjam.AgentResponse")


class Socket:
    """One open WebSocket; whatever it waits for has to come within half a minute."""

    def __init__(
        self, connection: ClientConnection, message_type: Any, answer_type: Any = None
    ) -> None:
        self.connection = connection
        self.message_type = message_type
        self.answer_type = answer_type or message_type

    def send(self, **content: Any) -> None:
        """Send a message with a content."""
        self.connection.send(self.message_type(**content).SerializeToString())

    def send_raw(self, frame: bytes | str) -> None:
        self.connection.send(frame)

    def receive_raw(self) -> bytes | str:
        frame: bytes | str = self.connection.recv(timeout=PATIENCE)
        return frame

    def receive(self) -> Any:
        """Return the next message."""
        frame = self.receive_raw()
        assert isinstance(frame, bytes)
        return self.answer_type.FromString(frame)

    def receive_content(self, name: str) -> Any:
        """Return the content of the next message, which has to be of that name."""
        message = self.receive()
        assert message.WhichOneof("content") == name
        return getattr(message, name)

    def media_event(self, kind: str) -> Any:
        """Return the content of the next media event, which has to be of that kind."""
        event = self.receive_content("server_media_event")
        assert event.WhichOneof("content") == kind
        return getattr(event, kind)

    def event(self) -> Notification:
        """Return the next event."""
        frame = self.receive_raw()
        assert isinstance(frame, bytes)
        (event,) = decode(frame)
        return event

    def events(self, count: int) -> list[Notification]:
        """Return the next events."""
        return [self.event() for _ in range(count)]

    def ending(self) -> tuple[int, str] | None:
        """Return code and reason of the close frame that comes next; None if there is none."""
        try:
            frame = self.receive_raw()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else None
        raise AssertionError(f"there came a frame: {frame!r}")

    def authenticate(self, token: str) -> Any:
        """Present a token and return the content of the answer."""
        self.send(auth_request={"token": token})
        return self.receive_content("authenticated")


@contextmanager
def open_socket(
    emulator: Emulator, path: str, message_type: Any, answer_type: Any = None, **options: Any
) -> Iterator[Socket]:
    url = "ws" + emulator.fishjam_id.removeprefix("http") + path
    options = {"proxy": None, "compression": None, "close_timeout": PATIENCE, **options}
    with connect(url, **options) as connection:
        yield Socket(connection, message_type, answer_type)


@contextmanager
def server_socket(emulator: Emulator, base: str = "", **options: Any) -> Iterator[Socket]:
    """Open the server socket, without a word yet."""
    with open_socket(emulator, base + SERVER, ServerMessage, **options) as socket:
        yield socket


@contextmanager
def subscribed(emulator: Emulator, **options: Any) -> Iterator[Socket]:
    """Open the server socket and subscribe."""
    with server_socket(emulator, **options) as socket:
        socket.authenticate(emulator.management_token)
        socket.send(subscribe_request={"event_type": SERVER_NOTIFICATION})
        socket.receive_content("subscribe_response")
        yield socket


@contextmanager
def peer_socket(emulator: Emulator) -> Iterator[Socket]:
    """Open the peer socket, without a word yet."""
    with open_socket(emulator, PEER, PeerMessage) as socket:
        yield socket


@contextmanager
def agent_socket(emulator: Emulator) -> Iterator[Socket]:
    """Open the agent socket, without a word yet."""
    with open_socket(emulator, AGENT, AgentRequest, AgentResponse) as socket:
        yield socket
