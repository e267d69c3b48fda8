"""Fishjam in Pipecat: a transport, with which a bot of Pipecat takes part in a Fishjam room.

Needs `pip install 'fishjam-server-sdk[pipecat]'` and Python 3.11 or newer. Pipecat runs on asyncio
only; under trio `FishjamTransport` raises `EventLoopError`.

Example:
    ```python
    from fishjam import AsyncFishjamClient
    from fishjam.integrations.pipecat import FishjamParams, FishjamTransport

    async with AsyncFishjamClient.from_env() as client:
        agent = await client.create_agent(room_id)
        transport = FishjamTransport(
            agent,
            FishjamParams(audio_in_enabled=True, audio_out_enabled=True),
            client=client,
            notifier=FishjamNotifier.from_env(),
        )
        pipeline = Pipeline([transport.input(), stt, llm, tts, transport.output()])
        runner = WorkerRunner()
        await runner.add_workers(PipelineWorker(pipeline))
        await runner.run()
    ```

The names and the arguments of its event handlers are those of Pipecat's transport for LiveKit, so
that a bot that was written for that one changes its import and its constructor.
"""

import sys

from fishjam.errors import MissingExtraError

if sys.version_info < (3, 11):
    raise ImportError("fishjam.integrations.pipecat needs Python 3.11 or newer, as Pipecat does")

# Before the modules below, whose own ImportError would not say what to install.
try:
    import pipecat.frames.frames  # noqa: F401
except ImportError as _error:
    raise MissingExtraError(
        "fishjam.integrations.pipecat needs Pipecat: pip install 'fishjam-server-sdk[pipecat]'"
    ) from _error

from fishjam.integrations.pipecat._input import FishjamInputTransport as FishjamInputTransport
from fishjam.integrations.pipecat._output import FishjamOutputTransport as FishjamOutputTransport
from fishjam.integrations.pipecat._params import FishjamParams as FishjamParams
from fishjam.integrations.pipecat._transport import FishjamTransport as FishjamTransport

__all__ = ("FishjamInputTransport", "FishjamOutputTransport", "FishjamParams", "FishjamTransport")
