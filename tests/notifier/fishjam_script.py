"""A scripted notification socket: what a Fishjam says, and what it should not."""

from __future__ import annotations

from collections.abc import Callable

from fishjam import FishjamNotifier, events
from fishjam.notifier import Backoff, SocketOptions
from fishjam.webhooks import encode_notification
from tests.protocol.messages import ENVELOPE, envelope
from tests.support.websocket_server import Peer, Script, Server

TOKEN = "management-token"
AUTHENTICATED = envelope("authenticated", {})
SUBSCRIBED = envelope("subscribe_response", {"event_type": 1})
PATIENT = SocketOptions(close_timeout=30)
AT_ONCE = Backoff(initial_delay=0.01, max_delay=0.02)


def welcome(peer: Peer) -> None:
    """Go through the handshake, the authentication and the subscription, checking each."""
    peer.accept()
    assert peer.request.split(b" ")[1] == b"/socket/server/websocket"
    auth = ENVELOPE.FromString(peer.receive())
    assert auth.auth_request.token == TOKEN
    peer.send(AUTHENTICATED)
    subscription = ENVELOPE.FromString(peer.receive())
    assert subscription.subscribe_request.event_type == 1
    peer.send(SUBSCRIBED)


def send_rooms(peer: Peer, *names: str) -> None:
    """Tell of new rooms."""
    for name in names:
        peer.send(encode_notification(events.RoomCreated(name)))


def then(*actions: Callable[[Peer], None]) -> Script:
    """Welcome the client, then do one thing after another."""

    def script(peer: Peer) -> None:
        welcome(peer)
        for action in actions:
            action(peer)

    return script


def one_after_another(*scripts: Script) -> Script:
    """Run the first script for the first connection, the second for the second, and so on."""
    waiting = list(scripts)

    def script(peer: Peer) -> None:
        peer.tell("connected")
        waiting.pop(0)(peer)

    return script


def closing(code: int, reason: str = "") -> Callable[[Peer], None]:
    """Close, and hang up once the client has answered."""

    def close(peer: Peer) -> None:
        peer.close(code, reason)
        peer.read_close()

    return close


end_in_order = closing(1000, "good bye")


def stay(peer: Peer) -> None:
    """Keep the connection until the client leaves it."""
    peer.end_in_order()


def notifier_for(server: Server, **options: object) -> FishjamNotifier:
    """Make a notifier for a scripted server, which comes back at once."""
    return FishjamNotifier(
        f"http://127.0.0.1:{server.port}",
        TOKEN,
        **{"backoff": AT_ONCE, "socket_options": PATIENT, **options},  # type: ignore[arg-type]
    )
