"""How soon a bot of Pipecat is silent, and what its transport adds to an answer's latency."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Sequence

from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import Frame, InterruptionFrame, VADUserStartedSpeakingFrame
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from benchmarks.voice_answers import Answer, over_fishjam, over_websocket
from fishjam.emulator import Emulator, HeardAudio, VirtualPeer, speech, tone
from fishjam.integrations.bridge._room_audio import is_loud
from tests.pipecat.bots import Bot, Place, place, running, until

TALK = tone(600, 3.0, sample_rate=24000)
"""What a bot is interrupted in."""
QUIET = 0.3
"""Seconds after which nothing more of an answer comes."""


class Interrupter(FrameProcessor):
    """Interrupts the bot when the detector tells that a user speaks; keeps when that was."""

    def __init__(self) -> None:
        super().__init__()
        self.detected: list[float] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Look at a frame, and hand it on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self.detected.append(time.time())
            await self.broadcast_interruption()  # type: ignore[no-untyped-call]


def last_sound(user: VirtualPeer) -> float:
    """Return when the last sample that somebody has heard ceases to sound."""
    return max((piece.end for piece in user.heard), default=0.0)


async def silence(user: VirtualPeer) -> float:
    """Wait until nothing is heard, and return since when."""
    while time.time() - last_sound(user) < QUIET:  # noqa: ASYNC110 - silence sets no event
        await asyncio.sleep(0.02)
    return last_sound(user)


async def talk(bot: Bot, user: VirtualPeer) -> None:
    """Let the bot talk until somewhere in the middle of a frame."""
    begun = time.time()
    await bot.say(TALK)
    await until(lambda: last_sound(user) > begun + 0.3)
    await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311 - nothing is kept secret by it


async def interrupted(rounds: int) -> list[float]:
    """Return the times from the InterruptionFrame to the last sample heard."""
    times = []
    with Emulator() as emulator:
        async with place(emulator) as there, running(there.transport()) as bot:
            for _ in range(rounds):
                await talk(bot, there.user)
                asked = time.time()
                await bot.worker.queue_frame(InterruptionFrame())
                times.append(await silence(there.user) - asked)
    return times


async def barged_in(rounds: int) -> tuple[list[float], list[float]]:
    """Return the times from a user's first sound to the detector's word, and to silence."""
    detector, silent = [], []
    interrupter = Interrupter()
    analyzer = VADProcessor(vad_analyzer=SileroVADAnalyzer(sample_rate=16000))
    with Emulator() as emulator:
        async with place(emulator) as there:
            witness = await there.another_user()
            async with running(there.transport(), analyzer, interrupter) as bot:
                for _ in range(rounds):
                    first = await barge_in(bot, there, witness)
                    silent.append(await silence(there.user) - first)
                    detector.append(interrupter.detected[-1] - first)
                    # The detector has to see the end of it before the next time.
                    await there.user.afinish_speaking()
    return detector, silent


async def barge_in(bot: Bot, there: Place, witness: VirtualPeer) -> float:
    """Speak while the bot does, and return when the first sound of that was."""
    await talk(bot, there.user)
    before = time.time()
    there.user.speak(speech("stop talking") + bytes(2 * 16000))

    def first_sounds() -> list[HeardAudio]:
        return [
            piece
            for piece in witness.heard
            if piece.peer_id == there.user.id and piece.time >= before and is_loud(piece.data)
        ]

    return (await until(first_sounds))[0].time


def row(name: str, times: Sequence[float]) -> None:
    """Print a line of a table."""
    figures = (statistics.median(times), max(times))
    print(f"{name:58}" + "".join(f"{figure * 1000:9.1f} ms" for figure in figures), flush=True)


def rows(name: str, answers: Sequence[Answer]) -> None:
    """Print the lines of one transport."""
    row(f"  {name}, to the pipeline", [answer.to_pipeline for answer in answers])
    row(f"  {name}, from the pipeline", [answer.from_pipeline for answer in answers])
    row(f"  {name}, both", [answer.added for answer in answers])


async def measure(rounds: int) -> None:
    """Measure and print everything."""
    print(f"{f'{rounds} times each':58}{'median':>12}{'worst':>12}")
    row("from the InterruptionFrame to silence", await interrupted(rounds))
    detector, silent = await barged_in(rounds)
    row("from the user's first sound to silence", silent)
    seconds = SileroVADAnalyzer(sample_rate=16000).params.start_secs
    row(f"  of it until Silero is sure (start_secs={seconds})", detector)
    row("  of it after that", [all_ - part for all_, part in zip(silent, detector, strict=True)])
    print("what the transport adds to an answer")
    rows("Fishjam", await over_fishjam(rounds))
    rows("Pipecat's WebSocket", await over_websocket(rounds))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="default %(default)s")
    parser.add_argument("--quick", action="store_true", help="two, to see that it works")
    arguments = parser.parse_args()
    for library in ("pipecat", "fishjam"):
        logger.disable(library)
    asyncio.run(measure(2 if arguments.quick else arguments.rounds))


if __name__ == "__main__":
    main()
