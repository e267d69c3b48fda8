"""The answers of the control API."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

# What the emulator holds is different a moment later, and it is nobody else's business.
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class Data(JSONResponse):
    """A value, in the envelope that Fishjam's API has as well."""

    def __init__(self, value: Any, status: int = 200) -> None:
        super().__init__({"data": value}, status, _HEADERS)


class Failed(JSONResponse):
    """A refused request."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__({"errors": text}, status, {**_HEADERS, **(headers or {})})


class Done(Response):
    """Nothing to say."""

    def __init__(self) -> None:
        super().__init__(status_code=204, headers=_HEADERS)
