"""OpenAI's Agents SDK in a Fishjam room: a realtime session, or a voice pipeline.

Needs `pip install 'fishjam-server-sdk[openai]'`. The Agents SDK runs on asyncio only; under trio
both functions raise `EventLoopError` before anything happens.

Example:
    ```python
    from agents.realtime import RealtimeAgent, RealtimeRunner
    from fishjam.integrations.openai import bridge

    assistant = RealtimeAgent(name="Assistant", instructions="Be brief.", tools=[weather])


    async def talk(session: AgentSession) -> None:
        async with await RealtimeRunner(assistant).run() as model:
            await bridge(session, model, on_output_transcript=print)


    await agent.run(talk)
    ```
"""

from fishjam.errors import MissingExtraError

# Before the modules below, whose own ImportError would not say what to install.
try:
    import agents.realtime
    import agents.voice  # noqa: F401
except ImportError as _error:
    raise MissingExtraError(
        "fishjam.integrations.openai needs OpenAI's Agents SDK with its voice: "
        "pip install 'fishjam-server-sdk[openai]'"
    ) from _error

from fishjam.integrations.openai._pipeline import bridge_pipeline as bridge_pipeline
from fishjam.integrations.openai._realtime import EndedBy as EndedBy
from fishjam.integrations.openai._realtime import bridge as bridge

__all__ = ("EndedBy", "bridge", "bridge_pipeline")
