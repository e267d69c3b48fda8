"""The same names as in `fishjam.agent`, in the module where older code looks for them."""

from fishjam._agent.agent import Agent as Agent
from fishjam._agent.options import OutgoingAudioTrackOptions as OutgoingAudioTrackOptions
from fishjam._agent.session import AgentSession as AgentSession
from fishjam._agent.track import OutgoingTrack as OutgoingTrack
from fishjam._generated.protocol.events import IncomingTrackData as IncomingTrackData
from fishjam._generated.protocol.events import IncomingTrackImage as IncomingTrackImage
from fishjam._protocol.agent import IncomingAgentMessage as IncomingAgentMessage
from fishjam.agent.errors import AgentAuthError as AgentAuthError
from fishjam.agent.errors import AgentError as AgentError

__all__ = (
    "Agent",
    "AgentAuthError",
    "AgentError",
    "AgentSession",
    "IncomingAgentMessage",
    "IncomingTrackData",
    "IncomingTrackImage",
    "OutgoingAudioTrackOptions",
    "OutgoingTrack",
)
