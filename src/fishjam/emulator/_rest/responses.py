"""HTTP answers of the emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import Factory, frozen

from fishjam.emulator._model.refusals import RequestRefused
from fishjam.emulator._rest.apis import Api
from fishjam.emulator._rest.bodies import JSON


@frozen
class RestResponse:
    """A status, headers by lower-case name, and the bytes of the body."""

    status: int
    headers: Mapping[str, str] = Factory(dict)
    content: bytes = b""


def json_response(
    status: int, value: Any, headers: Mapping[str, str] | None = None
) -> RestResponse:
    """Return an answer with a JSON body."""
    return RestResponse(
        status, {"content-type": JSON, **(headers or {})}, json.dumps(value).encode()
    )


def data_response(status: int, data: Any) -> RestResponse:
    """Return an answer in the envelope of the API, `{"data": ...}`."""
    return json_response(status, {"data": data})


def refusal_response(api: Api, refusal: RequestRefused) -> RestResponse:
    """Return the answer of an API for a refused request."""
    return json_response(refusal.status, api.error(str(refusal)), refusal.headers)
