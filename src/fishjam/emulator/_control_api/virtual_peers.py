"""The virtual peers of the control API: users that join, speak, show pictures and hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fishjam._audio.formats import PcmFormat
from fishjam.emulator._activity import Activity
from fishjam.emulator._control_api import heard, shapes
from fishjam.emulator._control_api.reading import (
    body_of,
    flag_of,
    integer_in,
    json_of,
    number_of,
    object_of,
    text_in,
)
from fishjam.emulator._control_api.responses import Data, Done
from fishjam.emulator._controls.controls import Controls
from fishjam.emulator._virtual.audio import read_wav
from fishjam.emulator._virtual.peer import VirtualPeer
from fishjam.emulator._virtual.tracks import VirtualCamera

_KEPT = 200
"""How many of them are known; beyond that those that left first are forgotten."""
UNTIL_HEADER = "fishjam-until"


@define
class _Member:
    user: VirtualPeer
    camera: VirtualCamera | None = None


class VirtualPeers:
    """Makes virtual peers and passes on what comes for them.

    Args:
        controls: the emulator.
        now: reads its clock, in seconds.
    """

    def __init__(self, controls: Controls, now: Callable[[], float]) -> None:
        self._controls = controls
        self._now = now
        self._members: dict[str, _Member] = {}

    def routes(self) -> list[Route]:
        """Return the routes, below the root of the API."""
        peer = "/virtual-peers/{peer_id}"
        return [
            Route("/virtual-peers", self._list, methods=["GET"]),
            Route("/virtual-peers", self._join, methods=["POST"]),
            Route(peer, self._show, methods=["GET"]),
            Route(peer, self._leave, methods=["DELETE"]),
            Route(f"{peer}/metadata", self._update, methods=["PUT"]),
            Route(f"{peer}/speech", self._speak, methods=["POST"]),
            Route(f"{peer}/speech", self._stop_speaking, methods=["DELETE"]),
            Route(f"{peer}/picture", self._show_picture, methods=["PUT"]),
            Route(f"{peer}/picture", self._hide_picture, methods=["DELETE"]),
            Route(f"{peer}/heard", self._heard, methods=["GET"]),
        ]

    def all(self) -> list[VirtualPeer]:
        """Return all of them, the oldest first."""
        return [member.user for member in self._members.values()]

    def note(self, activity: Activity) -> None:
        """Take note of what happens: a reset ends all of them."""
        if activity.kind == "reset":
            self._members.clear()

    def _member(self, request: Request) -> _Member:
        peer_id = request.path_params["peer_id"]
        member = self._members.get(peer_id)
        if member is None:
            raise LookupError(f"virtual peer {peer_id} not found")
        return member

    async def _list(self, request: Request) -> Response:
        return Data([shapes.virtual_peer(user) for user in self.all()])

    async def _join(self, request: Request) -> Response:
        body = await object_of(request)
        user = self._controls.connect_peer(
            text_in(body, "token"),
            body.get("metadata"),
            sample_rate=integer_in(body, "sampleRate", 16000),
            channels=integer_in(body, "channels", 1),
        )
        self._forget_old()
        # A peer that joins again comes to the end, as the newest one.
        self._members.pop(user.id, None)
        self._members[user.id] = _Member(user)
        return Data(shapes.virtual_peer(user), 201)

    async def _show(self, request: Request) -> Response:
        return Data(shapes.virtual_peer(self._member(request).user))

    async def _leave(self, request: Request) -> Response:
        user = self._member(request).user
        if flag_of(request, "drop", default=False):
            user.drop()
        else:
            user.leave()
        return Done()

    async def _update(self, request: Request) -> Response:
        member = self._member(request)
        member.user.update_metadata(await json_of(request))
        return Done()

    async def _speak(self, request: Request) -> Response:
        user = self._member(request).user
        body = await body_of(request)
        # In a thread, because a long file takes a while to be converted.
        return Data({"seconds": await asyncio.to_thread(_speak, user, body)})

    async def _stop_speaking(self, request: Request) -> Response:
        self._member(request).user.stop_speaking()
        return Done()

    async def _show_picture(self, request: Request) -> Response:
        member = self._member(request)
        picture = await body_of(request)
        if member.camera is not None and member.camera.published:
            member.camera.show(picture)
        else:
            member.camera = member.user.publish_video(picture)
        return Done()

    async def _hide_picture(self, request: Request) -> Response:
        member = self._member(request)
        if member.camera is not None and member.camera.published:
            member.camera.remove()
        return Done()

    async def _heard(self, request: Request) -> Response:
        user = self._member(request).user
        after, peer_id = number_of(request, "after"), request.query_params.get("peer")
        window = heard.window(user.heard, after, self._now(), peer_id)
        if window is None:
            return Done()
        pieces, begin, end = window
        audio = PcmFormat(user.sample_rate, user.channels)
        pcm = await asyncio.to_thread(heard.mixed, pieces, begin, end, audio)
        return Response(
            heard.wav(pcm, audio), media_type="audio/wav", headers={UNTIL_HEADER: repr(end)}
        )

    def _forget_old(self) -> None:
        gone = [peer_id for peer_id, member in self._members.items() if not member.user.connected]
        for peer_id in gone[: max(0, len(self._members) - _KEPT + 1)]:
            del self._members[peer_id]


def _speak(user: VirtualPeer, wav: bytes) -> float:
    audio = read_wav(wav)
    return user.speak(audio.data, audio.format.sample_rate, audio.format.channels)
