"""Images of other peers' video: asking at the pace the server allows, and who gets the answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import anyio
from attrs import define, field

from fishjam._concurrency.background import background
from fishjam._generated.protocol.events import IncomingTrackImage
from fishjam._protocol.agent import capture_image
from fishjam.agent._ending import SessionEnd
from fishjam.clock._system import AsyncClock
from fishjam.errors import AgentError, AgentTimeoutError

SPACING = 1.05
"""Seconds from one request for a track to the next: the server takes one a second, by its clock."""


@define(eq=False)
class _Request:
    """Somebody who waits for an image."""

    track_id: str
    deadline: float
    error: Exception
    """What is raised if there is no image in the end."""
    image: IncomingTrackImage | None = None
    over: anyio.Event = field(factory=anyio.Event)

    def answer(self, image: IncomingTrackImage) -> None:
        # Another one may come before the task that waits has had its turn.
        self.image = self.image or image
        self.over.set()

    def fail(self, error: Exception) -> None:
        self.error = error
        self.over.set()


class Images:
    """Keeps apart the images that were requested, and those that `receive()` gives out."""

    def __init__(self, clock: AsyncClock, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._clock = clock
        self._send = send
        self._asked_at: dict[str, float] = {}
        self._captures: Counter[str] = Counter()
        self._requests: dict[str, list[_Request]] = {}

    async def capture(self, track_id: str) -> None:
        """Ask for an image that is to be received like anything else."""
        self._captures[track_id] += 1
        await self._ask(track_id)

    async def request(self, track_id: str, seconds: float) -> IncomingTrackImage:
        """Ask for an image and wait for it; who asks for the same track shares it."""
        request = _Request(
            track_id, self._clock.now() + seconds, error=_timeout_error(track_id, seconds)
        )
        # The list stays when it is empty: it tells that somebody has requested this track.
        requests = self._requests.setdefault(track_id, [])
        requests.append(request)
        try:
            async with (
                background(partial(self._limit, request)),
                background(partial(self._pursue, request)),
            ):
                await request.over.wait()
        finally:
            requests.remove(request)
        if request.image is None:
            raise request.error
        return request.image

    def take(self, image: IncomingTrackImage) -> bool:
        """Hand an image to all who requested it; return whether it is for `receive()` as well."""
        requests = self._requests.get(image.track_id)
        for request in requests or ():
            request.answer(image)
        if self._captures[image.track_id]:
            self._captures[image.track_id] -= 1
            return True
        # One that comes twice, because it was asked for again too early, is nobody's.
        return requests is None

    def fail(self, end: SessionEnd) -> None:
        """Tell all who wait that the session has ended."""
        for requests in self._requests.values():
            for request in requests:
                request.fail(end.error())

    async def _limit(self, request: _Request) -> None:
        await self._clock.sleep_until(request.deadline)
        request.over.set()

    async def _pursue(self, request: _Request) -> None:
        """Ask until there is an answer: the server drops what comes too soon after another's."""
        # When the session ends, who waits is told so by `fail`.
        with suppress(AgentError):
            while (due := self._due(request.track_id)) < request.deadline:
                await self._clock.sleep_until(due)
                if self._due(request.track_id) <= due:
                    await self._ask(request.track_id)

    def _due(self, track_id: str) -> float:
        return self._asked_at.get(track_id, -math.inf) + SPACING

    async def _ask(self, track_id: str) -> None:
        self._asked_at[track_id] = self._clock.now()
        await self._send(capture_image(track_id))


def _timeout_error(track_id: str, seconds: float) -> AgentTimeoutError:
    return AgentTimeoutError(
        f"No image of the track {track_id!r} came within {seconds:g} s. Is it a video track that "
        "this agent is subscribed to?"
    )
