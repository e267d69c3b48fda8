"""Gemini in a Fishjam room: a client of google-genai, and a bridge to its Live API.

Needs google-genai: `pip install 'fishjam-server-sdk[gemini]'`. google-genai runs on asyncio only,
and so does all of this that is async; under trio it raises `EventLoopError` before anything
happens.

Example:
    ```python
    from fishjam import AgentOptions
    from fishjam.integrations.gemini import GeminiIntegration, bridge

    gemini = GeminiIntegration.create_client(api_key=os.environ["GEMINI_API_KEY"])
    config = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}}
    options = AgentOptions(output=GeminiIntegration.GEMINI_INPUT_AUDIO_SETTINGS)


    async def talk(room_id: str) -> None:
        agent = await fishjam_client.create_agent(room_id, options)
        async with (
            agent.connect() as session,
            gemini.aio.live.connect(model=MODEL, config=config) as live,
        ):
            await bridge(session, live, on_output_transcript=print)
    ```

Google ends a Live connection after some minutes and says so beforehand. To go on, resume the
conversation in another one:
    ```python
    handle = None


    def keep_handle(message: LiveServerMessage) -> None:
        global handle
        update = message.session_resumption_update
        if update and update.resumable:
            handle = update.new_handle


    async def talk_on(session: AgentSession) -> None:
        ended_by = "go_away"
        while ended_by == "go_away":
            resuming = {**config, "session_resumption": {"handle": handle}}
            async with gemini.aio.live.connect(model=MODEL, config=resuming) as live:
                ended_by = await bridge(session, live, on_message=keep_handle)
    ```
"""

from fishjam.errors import MissingExtraError

# Before the modules below, whose own ImportError would not say what to install.
try:
    import google.genai  # noqa: F401
except ImportError as _error:
    raise MissingExtraError(
        "fishjam.integrations.gemini needs google-genai: pip install 'fishjam-server-sdk[gemini]'"
    ) from _error

from fishjam.integrations.gemini._bridge import EndedBy as EndedBy
from fishjam.integrations.gemini._bridge import bridge as bridge
from fishjam.integrations.gemini._client import Integration as _Integration
from fishjam.integrations.gemini._credentials import (
    InvalidGeminiCredentialsError as InvalidGeminiCredentialsError,
)
from fishjam.integrations.gemini._credentials import check_credentials as check_credentials

__all__ = (
    "EndedBy",
    "GeminiIntegration",
    "InvalidGeminiCredentialsError",
    "bridge",
    "check_credentials",
)

GeminiIntegration: _Integration = _Integration()
"""The client and the audio formats that an agent needs to talk with Gemini."""
