"""What all groups of methods share: a way to send a request."""

from __future__ import annotations

from typing import TypeVar

from fishjam._core.request import Request
from fishjam._http._async import AsyncTransport

T = TypeVar("T")


class AsyncMethods:
    """A group of API methods over one transport."""

    _transport: AsyncTransport

    async def _send(self, request: Request[T]) -> T:
        return await self._transport.send(request)
