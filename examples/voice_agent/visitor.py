"""Ada, a virtual user who asks the agent something, hears its answer, and interrupts it."""

from __future__ import annotations

from examples.voice_agent.recognizer import Recognizer
from examples.voice_agent.skills import TIME_GRAMMAR
from fishjam.emulator import Emulator, VirtualPeer, speech


async def visit(emulator: Emulator, token: str) -> None:
    """Come into the room, have a short conversation, and leave."""
    ada = emulator.connect_peer(token)
    await say(ada, "what time is it")
    # Ada understands with the same recogniser as the agent.
    print(f"Ada heard: {Recognizer(TIME_GRAMMAR).recognize(await listen(ada))}", flush=True)
    await say(ada, "please count to twenty")
    await ada.ahear(1.5, timeout=10)
    await say(ada, "thank you very much")
    rest = await listen(ada, quiet=0.3)
    print(f"Ada heard {len(rest) / 32000:.1f} s more of the numbers.", flush=True)
    await listen(ada)
    await say(ada, "goodbye for now")
    await listen(ada)
    ada.save_wav("answers.wav")
    print("All that Ada heard is in answers.wav.", flush=True)
    ada.leave()


async def say(user: VirtualPeer, words: str) -> None:
    """Let a virtual user say something."""
    print(f"Ada: {words}", flush=True)
    user.speak(speech(words))
    await user.afinish_speaking()


async def listen(user: VirtualPeer, quiet: float = 1.5) -> bytes:
    """Return what a user hears, from its beginning until it is quiet for so many seconds."""
    heard = await user.ahear(0.1, timeout=10)
    while True:
        try:
            heard += await user.ahear(0.1, timeout=quiet)
        except TimeoutError:
            return heard
