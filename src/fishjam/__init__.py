"""The Fishjam server SDK: rooms, peers, tokens, events and agents, sync and async.

Names are loaded when they are first used, so that a program pays only for what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fishjam._version import __version__ as __version__

if TYPE_CHECKING:
    from fishjam import agent as agent
    from fishjam import errors as errors
    from fishjam import livestream as livestream
    from fishjam import moq as moq
    from fishjam import options as options
    from fishjam import peer as peer
    from fishjam import recording as recording
    from fishjam import room as room
    from fishjam import version as version
    from fishjam.client import AsyncFishjamClient as AsyncFishjamClient
    from fishjam.client import FishjamClient as FishjamClient
    from fishjam.client import RetryPolicy as RetryPolicy
    from fishjam.errors import FishjamError as FishjamError
    from fishjam.errors import InvalidFishjamCredentialsError as InvalidFishjamCredentialsError
    from fishjam.errors import MissingFishjamIdError as MissingFishjamIdError
    from fishjam.errors import StaleSdkError as StaleSdkError
    from fishjam.moq import MoqAccess as MoqAccess
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

__all__ = (
    "AgentOptions",
    "AgentOutputOptions",
    "AsyncFishjamClient",
    "FishjamClient",
    "FishjamError",
    "InvalidFishjamCredentialsError",
    "MissingFishjamIdError",
    "MoqAccess",
    "Peer",
    "PeerMetadata",
    "PeerOptions",
    "PeerOptionsVapi",
    "Recording",
    "RetryPolicy",
    "Room",
    "RoomOptions",
    "StaleSdkError",
    "StreamOptions",
    "__version__",
    "agent",
    "errors",
    "livestream",
    "moq",
    "options",
    "peer",
    "recording",
    "room",
    "version",
)

_HOMES = {
    "AgentOptions": "options",
    "AgentOutputOptions": "options",
    "AsyncFishjamClient": "client",
    "FishjamClient": "client",
    "FishjamError": "errors",
    "InvalidFishjamCredentialsError": "errors",
    "MissingFishjamIdError": "errors",
    "MoqAccess": "moq",
    "Peer": "peer",
    "PeerMetadata": "peer",
    "PeerOptions": "options",
    "PeerOptionsVapi": "peer",
    "Recording": "recording",
    "RetryPolicy": "client",
    "Room": "room",
    "RoomOptions": "options",
    "StaleSdkError": "errors",
    "StreamOptions": "options",
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
