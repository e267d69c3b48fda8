"""Agents: programs that are peers of a room, and hear and speak there."""

from fishjam._generated.protocol.events import IncomingTrackData as IncomingTrackData
from fishjam._generated.protocol.events import IncomingTrackImage as IncomingTrackImage
from fishjam._protocol.agent import IncomingAgentMessage as IncomingAgentMessage
from fishjam.agent import agent as agent
from fishjam.agent import errors as errors
from fishjam.agent._close import SessionEnd as SessionEnd
from fishjam.agent._options import OutgoingAudioTrackOptions as OutgoingAudioTrackOptions
from fishjam.agent.agent import Agent as Agent
from fishjam.agent.agent import AgentSession as AgentSession
from fishjam.agent.agent import OutgoingTrack as OutgoingTrack
from fishjam.errors import AgentAuthError as AgentAuthError
from fishjam.errors import AgentBusyError as AgentBusyError
from fishjam.errors import AgentConnectionError as AgentConnectionError
from fishjam.errors import AgentError as AgentError
from fishjam.errors import AgentSessionClosedError as AgentSessionClosedError
from fishjam.errors import AgentTimeoutError as AgentTimeoutError
from fishjam.errors import AgentTrackRemovedError as AgentTrackRemovedError

__all__ = (
    "Agent",
    "AgentAuthError",
    "AgentBusyError",
    "AgentConnectionError",
    "AgentError",
    "AgentSession",
    "AgentSessionClosedError",
    "AgentTimeoutError",
    "AgentTrackRemovedError",
    "IncomingAgentMessage",
    "IncomingTrackData",
    "IncomingTrackImage",
    "OutgoingAudioTrackOptions",
    "OutgoingTrack",
    "SessionEnd",
    "agent",
    "errors",
)
