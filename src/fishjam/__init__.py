"""The Fishjam server SDK: rooms, peers, tokens, events and agents, sync and async.

    from fishjam import FishjamClient, PeerOptions, RoomOptions

    with FishjamClient.from_env() as client:  # FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN
        room = client.create_room(RoomOptions(max_peers=2))
        peer, token = client.create_peer(room.id, PeerOptions(metadata={"name": "Ada"}))

`fishjam emulator` starts a local Fishjam to try it with, `fishjam demo` shows what it can do.

Clients
    FishjamClient, AsyncFishjamClient            rooms, peers, tokens, livestreams, recordings
    CompositionClient, AsyncCompositionClient    compositions of videos
    RetryPolicy                                  when a call is repeated

What a room, a peer and an agent are made with
    RoomOptions, PeerOptions, AgentOptions, AgentOutputOptions, PeerOptionsVapi, StreamOptions

Events
    FishjamNotifier                              events over a WebSocket, reconnecting
    receive_webhook, sign_webhook                events that come as webhooks

Agents
    Agent                                        made by create_agent: hears and speaks in a room

Modules, each with a help of its own: help("fishjam.agent")
    fishjam.agent         sessions and tracks of agents
    fishjam.events        the classes of the events
    fishjam.webhooks      signatures of webhooks, and the events in them
    fishjam.errors        the tree of all errors
    fishjam.room, fishjam.peer, fishjam.recording, fishjam.livestream, fishjam.moq
                          what the clients return
    fishjam.composition   the models of the Composition API
    fishjam.integrations  FastAPI, Starlette, Flask, aiohttp, Django; voice agents with OpenAI,
                          Gemini, Pipecat and other frameworks
    fishjam.fleet         agents and events over many processes and machines
    fishjam.emulator      a local Fishjam for development and tests, with users that speak
    fishjam.clock         time in tests

Names are loaded when they are first used, so that a program pays only for what it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fishjam._lazy import lazy_names
from fishjam._version import __version__ as __version__

# Type checkers and editors see these names; at run time `lazy_names` reads them from the compiled
# module, and imports each when it is used. `name as name` is what marks a name as handed on.
if TYPE_CHECKING:
    from fishjam import agent as agent
    from fishjam import client as client
    from fishjam import clock as clock
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
else:
    __getattr__, __dir__ = lazy_names(__name__, "__version__")
