"""The Fishjam server SDK: rooms, peers, tokens, events and agents, sync and async.

Names are loaded when they are first used, so that a program pays only for what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fishjam._version import __version__ as __version__

if TYPE_CHECKING:
    from fishjam import agent as agent
    from fishjam import composition as composition
    from fishjam import errors as errors
    from fishjam import events as events
    from fishjam import integrations as integrations
    from fishjam import livestream as livestream
    from fishjam import moq as moq
    from fishjam import notifier as notifier
    from fishjam import options as options
    from fishjam import peer as peer
    from fishjam import recording as recording
    from fishjam import room as room
    from fishjam import version as version
    from fishjam import webhooks as webhooks
    from fishjam.agent import Agent as Agent
    from fishjam.client import AsyncFishjamClient as AsyncFishjamClient
    from fishjam.client import FishjamClient as FishjamClient
    from fishjam.client import RetryPolicy as RetryPolicy
    from fishjam.composition import Mp4InputDurations as Mp4InputDurations
    from fishjam.composition import WhipInputTarget as WhipInputTarget
    from fishjam.composition.client import AsyncCompositionClient as AsyncCompositionClient
    from fishjam.composition.client import CompositionClient as CompositionClient
    from fishjam.errors import FishjamError as FishjamError
    from fishjam.errors import InvalidFishjamCredentialsError as InvalidFishjamCredentialsError
    from fishjam.errors import MissingFishjamIdError as MissingFishjamIdError
    from fishjam.errors import StaleSdkError as StaleSdkError
    from fishjam.events import Notification as Notification
    from fishjam.moq import MoqAccess as MoqAccess
    from fishjam.notifier import Backoff as Backoff
    from fishjam.notifier import ConnectionLost as ConnectionLost
    from fishjam.notifier import ConnectionRestored as ConnectionRestored
    from fishjam.notifier import FishjamNotifier as FishjamNotifier
    from fishjam.notifier import SocketOptions as SocketOptions
    from fishjam.options import AgentOptions as AgentOptions
    from fishjam.options import AgentOutputOptions as AgentOutputOptions
    from fishjam.options import PeerOptions as PeerOptions
    from fishjam.options import RoomOptions as RoomOptions
    from fishjam.options import StreamOptions as StreamOptions
    from fishjam.peer import Peer as Peer
    from fishjam.peer import PeerMetadata as PeerMetadata
    from fishjam.peer import PeerOptionsVapi as PeerOptionsVapi
    from fishjam.recording import Recording as Recording
    from fishjam.room import Room as Room
    from fishjam.webhooks import decode_server_notifications as decode_server_notifications
    from fishjam.webhooks import receive_binary as receive_binary
    from fishjam.webhooks import receive_webhook as receive_webhook
    from fishjam.webhooks import sign_webhook as sign_webhook
    from fishjam.webhooks import verify_webhook_signature as verify_webhook_signature

__all__ = (
    "Agent",
    "AgentOptions",
    "AgentOutputOptions",
    "AsyncCompositionClient",
    "AsyncFishjamClient",
    "Backoff",
    "CompositionClient",
    "ConnectionLost",
    "ConnectionRestored",
    "FishjamClient",
    "FishjamError",
    "FishjamNotifier",
    "InvalidFishjamCredentialsError",
    "MissingFishjamIdError",
    "MoqAccess",
    "Mp4InputDurations",
    "Notification",
    "Peer",
    "PeerMetadata",
    "PeerOptions",
    "PeerOptionsVapi",
    "Recording",
    "RetryPolicy",
    "Room",
    "RoomOptions",
    "SocketOptions",
    "StaleSdkError",
    "StreamOptions",
    "WhipInputTarget",
    "__version__",
    "agent",
    "composition",
    "decode_server_notifications",
    "errors",
    "events",
    "integrations",
    "livestream",
    "moq",
    "notifier",
    "options",
    "peer",
    "receive_binary",
    "receive_webhook",
    "recording",
    "room",
    "sign_webhook",
    "verify_webhook_signature",
    "version",
    "webhooks",
)

_HOMES = {
    "Agent": "agent",
    "AgentOptions": "options",
    "AgentOutputOptions": "options",
    "AsyncCompositionClient": "composition.client",
    "AsyncFishjamClient": "client",
    "Backoff": "notifier",
    "CompositionClient": "composition.client",
    "ConnectionLost": "notifier",
    "ConnectionRestored": "notifier",
    "FishjamClient": "client",
    "FishjamError": "errors",
    "FishjamNotifier": "notifier",
    "InvalidFishjamCredentialsError": "errors",
    "MissingFishjamIdError": "errors",
    "MoqAccess": "moq",
    "Mp4InputDurations": "composition",
    "Notification": "events",
    "Peer": "peer",
    "PeerMetadata": "peer",
    "PeerOptions": "options",
    "PeerOptionsVapi": "peer",
    "Recording": "recording",
    "RetryPolicy": "client",
    "Room": "room",
    "RoomOptions": "options",
    "SocketOptions": "notifier",
    "StaleSdkError": "errors",
    "StreamOptions": "options",
    "WhipInputTarget": "composition",
    "decode_server_notifications": "webhooks",
    "receive_binary": "webhooks",
    "receive_webhook": "webhooks",
    "sign_webhook": "webhooks",
    "verify_webhook_signature": "webhooks",
}
"""The module of each name; a test holds it against `__all__` and the imports for type checkers."""


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif name in __all__:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
