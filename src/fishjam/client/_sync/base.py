# Generated from src/fishjam/client/_async/base.py by `nox -s codegen`. Do not edit: change the source instead.
"""What all groups of methods share: a way to send a request."""

from __future__ import annotations

from typing import TypeVar

from fishjam._core.request import Request
from fishjam._http._sync import Transport

T = TypeVar("T")


class Methods:
    """A group of API methods over one transport."""

    _transport: Transport

    def _send(self, request: Request[T]) -> T:
        return self._transport.send(request)
