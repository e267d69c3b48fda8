"""The notifier: events of a Fishjam over a WebSocket, on asyncio and trio."""

from fishjam._core.backoff import Backoff as Backoff
from fishjam._websocket.options import SocketOptions as SocketOptions
from fishjam._websocket.reconnecting import ConnectionLost as ConnectionLost
from fishjam._websocket.reconnecting import ConnectionRestored as ConnectionRestored
from fishjam.notifier._notifier import FishjamNotifier as FishjamNotifier
from fishjam.notifier._notifier import Subscription as Subscription

__all__ = (
    "Backoff",
    "ConnectionLost",
    "ConnectionRestored",
    "FishjamNotifier",
    "SocketOptions",
    "Subscription",
)
