"""What the agent can answer: sentences that it understands, and tools that it calls for them."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from fishjam import AsyncFishjamClient
from fishjam.peer import PeerStatus, PeerType

NUMBERS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)
TENS = ("twenty", "thirty", "forty", "fifty")

ANSWERS = {
    "what time is it": "it is {time}",
    "tell me the time": "it is {time}",
    "what day is it today": "today is {day}",
    "how many people are here": "{people}",
    "what is your name": "my name is Jam, and I am a voice agent",
    "what can you do": "ask me for the time, or the day, or a joke",
    "tell me a joke": "why do programmers prefer dark mode? Because light attracts bugs",
    "flip a coin": "it is {coin}",
    "please count to twenty": " ".join(NUMBERS),
    "please say that again": "{last}",
    "thank you very much": "you are welcome",
    "good morning": "good morning to you too",
    "stop talking": "",
    "goodbye for now": "goodbye",
}
"""What is understood, and the answer; a name in braces is a tool whose result stands there."""
GOODBYE = "goodbye for now"
GRAMMAR = " | ".join(ANSWERS)

OTHERS = """
what time does it start
what day is your birthday
what day was it yesterday
what day is the party
what is your game
what is your favorite food
what is his name
what is the matter
what can i do
what can we do about it
what are you doing
how many apples are there
how many people were there
how many people live in town
how old are you
how are you
tell me a story
tell me a secret
tell me the truth
tell me your name
flip a card
flip the page
put that down
set an alarm for seven
please count the money
please count me in
please say nothing
no thank you
thank you for nothing
thank you for coming
good afternoon
good evening
good night
stop walking
stop shouting
start talking
keep talking
goodbye my friend
""".strip().splitlines()
"""What sounds like a sentence of the grammar, and is something else."""

TIME_GRAMMAR = (
    f"it is ( {' | '.join(NUMBERS[:12])} ) ( o'clock | oh ( {' | '.join(NUMBERS[:9])} ) | "
    f"{' | '.join(NUMBERS[9:19])} | ( {' | '.join(TENS)} ) [ {' | '.join(NUMBERS[:9])} ] )"
)
"""The answers to the question for the time, for those who listen to the agent."""


class Skills:
    """Answers sentences; this is where a language model would decide which tool to call.

    Args:
        client: asks Fishjam about the room.
        room_id: the room that the agent is in.
        now: reads the clock.
    """

    def __init__(
        self, client: AsyncFishjamClient, room_id: str, now: Callable[[], datetime] = datetime.now
    ) -> None:
        self._client = client
        self._room_id = room_id
        self._now = now
        self._last = "I have not said anything yet"
        self._tools: dict[str, Callable[[], Awaitable[str]]] = {
            "time": self.tell_time,
            "day": self.tell_day,
            "people": self.count_people,
            "coin": self.flip_coin,
            "last": self.repeat,
        }

    async def answer(self, sentence: str) -> str:
        """Return what to say to a sentence of the grammar; empty for nothing."""
        answer = ANSWERS[sentence]
        for tool in re.findall(r"{(\w+)}", answer):
            answer = answer.replace(f"{{{tool}}}", await self._tools[tool]())
        self._last = answer or self._last
        return answer

    async def tell_time(self) -> str:
        """Say the time as people do, on a clock of twelve hours."""
        return time_in_words(self._now())

    async def tell_day(self) -> str:
        """Say the day of the week."""
        return f"{self._now():%A}"

    async def count_people(self) -> str:
        """Ask Fishjam for the peers that are connected, and leave out the agents."""
        room = await self._client.get_room(self._room_id)
        count = sum(
            peer.status == PeerStatus.CONNECTED and peer.type_ != PeerType.AGENT
            for peer in room.peers
        )
        if count == 1:
            return "one person is here"
        return f"{NUMBERS[min(count, 20) - 1]} people are here" if count else "nobody is here"

    async def flip_coin(self) -> str:
        """Leave it to chance."""
        return random.choice(("heads", "tails"))  # noqa: S311

    async def repeat(self) -> str:
        """Say again what was said last."""
        return self._last


def time_in_words(moment: datetime) -> str:
    """Return a time such as "ten oh five"."""
    hour = NUMBERS[(moment.hour - 1) % 12]
    tens, ones = divmod(moment.minute, 10)
    if not moment.minute:
        return f"{hour} o'clock"
    if not tens:
        return f"{hour} oh {NUMBERS[ones - 1]}"
    if moment.minute < 20:
        return f"{hour} {NUMBERS[moment.minute - 1]}"
    return " ".join([hour, TENS[tens - 2], *([NUMBERS[ones - 1]] if ones else [])])
