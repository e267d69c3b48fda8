"""The sockets of clients in the control API: dropped, and closed late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fishjam.emulator._control_api.reading import integer_or_none_in, number_in, object_of
from fishjam.emulator._control_api.responses import Done
from fishjam.emulator._controls.controls import Controls
from fishjam.emulator._model.refusals import BadRequest
from fishjam.emulator._sockets.connection_registry import SocketKind

_KINDS = get_args(SocketKind)


class Connections:
    """Disturbs the sockets of clients.

    Args:
        controls: the emulator.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def routes(self) -> list[Route]:
        """Return what it serves."""
        return [
            Route("/connections/drop", self._drop, methods=["POST"]),
            Route("/connections/closing-delay", self._delay_closing, methods=["PUT"]),
        ]

    async def _drop(self, request: Request) -> Response:
        body = await object_of(request)
        code, count = (integer_or_none_in(body, name) for name in ("code", "count"))
        reason = body.get("reason", "")
        if not isinstance(reason, str):
            raise BadRequest(f"body.reason: {reason!r} is not a string")
        linger = number_in(body, "linger", 0)
        self._controls.drop_connections(
            code, reason=reason, kind=_kind(body), linger=linger, count=count
        )
        return Done()

    async def _delay_closing(self, request: Request) -> Response:
        self._controls.delay_closing(number_in(await object_of(request), "seconds"))
        return Done()


def _kind(body: Mapping[str, Any]) -> SocketKind | None:
    kind = body.get("kind")
    if kind is not None and kind not in _KINDS:
        raise BadRequest(f"body.kind: {kind!r} is not one of {', '.join(_KINDS)}")
    return cast("SocketKind | None", kind)
