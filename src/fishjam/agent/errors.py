"""What an agent's session raises by itself; the same classes as in `fishjam.errors`."""

from fishjam.errors import AgentAuthError as AgentAuthError
from fishjam.errors import AgentBusyError as AgentBusyError
from fishjam.errors import AgentConnectionError as AgentConnectionError
from fishjam.errors import AgentError as AgentError
from fishjam.errors import AgentSessionClosedError as AgentSessionClosedError
from fishjam.errors import AgentTimeoutError as AgentTimeoutError
from fishjam.errors import AgentTrackRemovedError as AgentTrackRemovedError

__all__ = (
    "AgentAuthError",
    "AgentBusyError",
    "AgentConnectionError",
    "AgentError",
    "AgentSessionClosedError",
    "AgentTimeoutError",
    "AgentTrackRemovedError",
)
