"""Start the transcription: `python -m examples.transcription [SPEECH.wav]`."""

import asyncio
import os
import sys
from contextlib import suppress
from functools import partial

from examples.local_fishjam import local_fishjam
from examples.meeting import meeting
from examples.transcription.agent import OPTIONS, write_down
from examples.transcription.tones import ToneTranscriber
from examples.transcription.transcriber import Transcriber
from fishjam import AsyncFishjamClient
from fishjam.emulator import Emulator, tone

MELODY = b"".join(tone(hertz, seconds=0.3) + bytes(9600) for hertz in (300, 400, 500))


def choose_transcriber() -> Transcriber:
    """Return OpenAI's transcriber if there is a key for it, or else the stand-in."""
    if not os.environ.get("OPENAI_API_KEY"):
        print("OPENAI_API_KEY is not set: tones are written down in place of words.", flush=True)
        return ToneTranscriber()
    from examples.transcription.openai_transcriber import OpenAITranscriber

    return OpenAITranscriber()


async def main(emulator: Emulator | None) -> None:
    """Write down what is said in a room, until Ctrl+C."""
    transcriber = choose_transcriber()
    speech = sys.argv[1] if sys.argv[1:] else MELODY
    async with (
        AsyncFishjamClient.from_env() as client,
        meeting(emulator, speech, OPTIONS) as agent,
    ):
        await agent.run(partial(write_down, client=client, transcriber=transcriber))


with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    asyncio.run(main(emulator))
