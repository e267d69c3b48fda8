"""A scripted agent socket: what a Fishjam says to an agent, and what it should not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fishjam._protocol.messages import message_class
from fishjam.agent import Agent, AgentSession
from fishjam.notifier import Backoff, SocketOptions
from tests.support.websocket_server import BINARY, CLOSE, Peer, Script, Server

REQUEST = message_class("fishjam.AgentRequest")
RESPONSE = message_class("fishjam.AgentResponse")
TOKEN = "agent-token"
IMPATIENT, PATIENT = SocketOptions(close_timeout=0.2), SocketOptions(close_timeout=30)
AT_ONCE = Backoff(initial_delay=0.01, max_delay=0.02)


def response(content: str, **fields: Any) -> bytes:
    """Serialize a message of the server with the protobuf library."""
    return bytes(RESPONSE(**{content: fields}).SerializeToString())


AUTHENTICATED = response("authenticated")


def audio(data: bytes, peer_id: str = "ada", track_id: str = "mic") -> bytes:
    track = {"id": track_id, "type": 2, "metadata": '{"kind": "mic"}'}
    return response("track_data", peer_id=peer_id, track=track, data=data)


def image(data: bytes, track_id: str = "camera") -> bytes:
    return response("track_image", track_id=track_id, content_type="image/jpeg", data=data)


def welcome(peer: Peer) -> None:
    """Go through the handshake and the authentication, checking both."""
    peer.accept()
    assert peer.request.split(b" ")[1] == b"/socket/agent/websocket"
    assert REQUEST.FromString(peer.receive()).auth_request.token == TOKEN
    peer.send(AUTHENTICATED)


def then(*actions: Callable[[Peer], object]) -> Script:
    """Welcome the agent, then do one thing after another."""

    def script(peer: Peer) -> None:
        welcome(peer)
        for action in actions:
            action(peer)

    return script


def one_after_another(*scripts: Script) -> Script:
    """Run the first script for the first connection, the second for the second, and so on."""
    waiting = list(scripts)

    def script(peer: Peer) -> None:
        waiting.pop(0)(peer)

    return script


def refusing(reason: str, code: int = 1000) -> Script:
    """Take the token and close."""

    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        closing(code, reason)(peer)

    return script


def closing(code: int, reason: str = "") -> Callable[[Peer], None]:
    """Close, and hang up once the client has answered."""

    def close(peer: Peer) -> None:
        peer.close(code, reason)
        peer.read_close()

    return close


def saying(*frames: bytes) -> Callable[[Peer], None]:
    """Send some frames."""

    def say(peer: Peer) -> None:
        for frame in frames:
            peer.send(frame)

    return say


def hear(peer: Peer) -> Any:
    """Read the next request of the agent."""
    return REQUEST.FromString(peer.receive())


def listening(peer: Peer) -> None:
    """Tell the test of each request of the agent, until it closes, and of that."""
    while (received := peer.read_frame()) is not None:
        opcode, payload = received
        if opcode == CLOSE:
            peer.send_frame(CLOSE, payload)
            peer.tell(int.from_bytes(payload[:2], "big"))
            return
        assert opcode == BINARY
        peer.tell(REQUEST.FromString(payload))


def waiting_for_go(peer: Peer) -> None:
    """Read nothing until the test says so."""
    assert peer.server.go.wait(30)
    peer.read_quickly()


def stay(peer: Peer) -> None:
    """Keep the connection until the agent leaves it."""
    peer.end_in_order()


def agent_for(server: Server, token: str = TOKEN) -> Agent:
    return Agent("agent", "room", token, f"http://127.0.0.1:{server.port}")


REMOVED = closing(1000, "Peer removed")


async def run(server: Server, handler: Any, **options: Any) -> Any:
    chosen = {"backoff": AT_ONCE, "socket_options": PATIENT, **options}
    return await agent_for(server).run(handler, **chosen)


async def collect(session: AgentSession) -> list[bytes]:
    return [message.data async for message in session]


def unavailable(peer: Peer) -> None:
    peer.read_request()
    peer.answer("503 Service Unavailable")
