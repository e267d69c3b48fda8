"""Images of other peers' video: asked for at the pace that the server allows, and handed out."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import anyio
from attrs import define, field

from fishjam._concurrency.loop import background
from fishjam._generated.protocol.events import IncomingTrackImage
from fishjam._protocol.agent import capture_image
from fishjam.agent._close import SessionEnd
from fishjam.clock._system import AsyncClock
from fishjam.errors import AgentError, AgentTimeoutError

SPACING = 1.05
"""Seconds from one request for a track to the next: the server takes one a second, by its clock."""

MEMORY = 10.0
"""Seconds after which an image that was asked for is not expected any more.

The server drops a request that comes too soon after another one, and does not say so.
"""


@define(eq=False)
class _Request:
    """A call of `request_image` that waits."""

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


@define(eq=False)
class _Track:
    """What was asked for on one track."""

    asked_at: float = -math.inf
    captures: list[float] = field(factory=list)
    """When each image was asked for that is to come out of `receive()`."""
    requests: list[_Request] = field(factory=list)
    requested_at: float = -math.inf
    """When an image was last asked for that is not to come out of `receive()`."""

    def forget(self, before: float) -> None:
        """Forget what is not expected any more."""
        self.captures = [moment for moment in self.captures if moment >= before]

    def is_idle(self, since: float) -> bool:
        """Whether nothing waits here, and nothing that was asked for may still come."""
        return not self.requests and not self.captures and self.asked_at < since

    def take(self, image: IncomingTrackImage) -> bool:
        """Hand an image to the requests; return whether it is for `receive()` as well."""
        requests = self.requests
        for request in requests:
            request.answer(image)
        asked_for_requests = bool(requests) and self.requested_at == self.asked_at
        if self.captures and not asked_for_requests:
            self.captures.pop(0)
            return True
        # One that comes twice, because it was asked for again too early, is dropped.
        return not requests and self.requested_at == -math.inf


@define(eq=False)
class Images:
    """Keeps apart the images that were requested, and those that `receive()` gives out."""

    _clock: AsyncClock
    _send: Callable[[bytes], Awaitable[None]]
    _tracks: dict[str, _Track] = field(factory=dict, init=False)

    async def capture(self, track_id: str) -> None:
        """Ask for an image that is to be received like anything else."""
        # Noted first, because the answer may be read before the send returns.
        self._track(track_id).captures.append(self._clock.now())
        await self._ask(track_id)

    async def request(self, track_id: str, seconds: float) -> IncomingTrackImage:
        """Ask for an image and wait for it; requests for the same track share it."""
        request = _Request(
            track_id, self._clock.now() + seconds, error=_timeout_error(track_id, seconds)
        )
        requests = self._track(track_id).requests
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
        """Hand an image to its requests; return whether it is for `receive()` as well."""
        self._forget()
        track = self._tracks.get(image.track_id)
        return track is None or track.take(image)

    def fail(self, end: SessionEnd) -> None:
        """Tell all requests that the session has ended."""
        for track in self._tracks.values():
            for request in track.requests:
                request.fail(end.error())

    async def _limit(self, request: _Request) -> None:
        await self._clock.sleep_until(request.deadline)
        request.over.set()

    async def _pursue(self, request: _Request) -> None:
        """Ask until there is an answer: the server drops what comes too soon after another's."""
        # When the session ends, `fail` tells the request so.
        with suppress(AgentError):
            while (due := self._due(request.track_id)) < request.deadline:
                await self._clock.sleep_until(due)
                # Another task may have asked meanwhile, and its image serves this request too.
                if self._due(request.track_id) <= due:
                    await self._ask(request.track_id, for_requests=True)

    def _due(self, track_id: str) -> float:
        return self._track(track_id).asked_at + SPACING

    async def _ask(self, track_id: str, *, for_requests: bool = False) -> None:
        track = self._track(track_id)
        track.asked_at = now = self._clock.now()
        if for_requests:
            track.requested_at = now
        await self._send(capture_image(track_id))
        # It may have waited for a connection, and the server counts from when it arrives.
        track.asked_at += self._clock.now() - now

    def _track(self, track_id: str) -> _Track:
        self._forget()
        return self._tracks.setdefault(track_id, _Track())

    def _forget(self) -> None:
        since = self._clock.now() - MEMORY
        for track in self._tracks.values():
            track.forget(since)
        for track_id in [key for key, track in self._tracks.items() if track.is_idle(since)]:
            del self._tracks[track_id]


def _timeout_error(track_id: str, seconds: float) -> AgentTimeoutError:
    return AgentTimeoutError(
        f"No image of the track {track_id!r} came within {seconds:g} s. Is it a video track that "
        "this agent is subscribed to?"
    )
