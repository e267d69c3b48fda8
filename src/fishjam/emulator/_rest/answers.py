"""Answers of the emulator, ready to be sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import Factory, frozen

from fishjam.emulator._model.refusals import Refusal
from fishjam.emulator._rest.apis import Api
from fishjam.emulator._rest.bodies import JSON


@frozen
class Answer:
    """A status, headers by lower-case name, and the bytes of the body."""

    status: int
    headers: Mapping[str, str] = Factory(dict)
    content: bytes = b""


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """Make an answer with a JSON body."""
    return Answer(status, {"content-type": JSON, **(headers or {})}, json.dumps(value).encode())


def data_answer(status: int, data: Any) -> Answer:
    """Make an answer in the envelope of the API, `{"data": ...}`."""
    return json_answer(status, {"data": data})


def refusal_answer(api: Api, refusal: Refusal) -> Answer:
    """Make the answer of an API for a refusal."""
    return json_answer(refusal.status, api.error(str(refusal)), refusal.headers)
