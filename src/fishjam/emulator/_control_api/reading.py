"""What the control API reads of a request: bodies with a limit, and values that were checked."""

from __future__ import annotations

from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from starlette.requests import Request

from fishjam._generated.protocol.events import ENTRIES
from fishjam._protocol.messages import message_class
from fishjam.emulator._model.refusals import BadRequest, RequestRefused
from fishjam.emulator._rest.bodies import decode_json
from fishjam.events import Notification

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a body that are read."""
LARGEST = 2**53
"""Below it a float holds every whole number."""

Json = dict[str, Any]
_EVENTS = {entry.kind.__name__: entry for entry in ENTRIES}


class TooLarge(RequestRefused):
    """The body is larger than what is read."""

    status = 413


async def body_of(request: Request) -> bytes:
    """Return the body of a request.

    Raises:
        TooLarge: if it is larger than what is read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            # The rest is not read, so the connection cannot be used again.
            raise TooLarge(f"body: more than {MAX_BODY} bytes", {"connection": "close"})
    return bytes(body)


async def json_of(request: Request) -> Any:
    """Return the JSON value in the body of a request."""
    return decode_json(await body_of(request), "body")


async def object_of(request: Request) -> Json:
    """Return the JSON object in the body of a request."""
    value = await json_of(request)
    if not isinstance(value, dict):
        raise BadRequest("body: not a JSON object")
    return value


def integer_in(body: Json, name: str, default: int) -> int:
    """Return a value of a JSON object that is a whole number."""
    value = body.get(name, default)
    if type(value) is not int:
        raise BadRequest(f"body.{name}: {value!r} is not a whole number")
    return value


def integer_or_none_in(body: Json, name: str) -> int | None:
    """Return a value of a JSON object that is a whole number, or None if it is not there."""
    return None if body.get(name) is None else integer_in(body, name, 0)


def number_in(body: Json, name: str, default: float | None = None) -> float:
    """Return a value of a JSON object that is a number; without a default it has to be there."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadRequest(f"body.{name}: {value!r} is not a number")
    # JSON has whole numbers of any length, of which no float can be made.
    if not abs(value) < LARGEST:
        raise BadRequest(f"body.{name}: out of its range")
    return value


def text_in(body: Json, name: str) -> str:
    """Return a value of a JSON object that is text and has to be there."""
    value = body.get(name)
    if not isinstance(value, str):
        raise BadRequest(f"body.{name}: missing, or not a text")
    return value


def flag_of(request: Request, name: str, default: bool) -> bool:
    """Return a value of the query that is `true` or `false`."""
    text = request.query_params.get(name, str(default).lower())
    if text not in ("true", "false"):
        raise BadRequest(f"query.{name}: {text!r} is not true or false")
    return text == "true"


def number_of(request: Request, name: str) -> float | None:
    """Return a value of the query that is a number, or None if there is none."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        raise BadRequest(f"query.{name}: {text!r} is not a number") from None
    # NaN and infinity are numbers to Python, and no position in anything.
    if not abs(number) < LARGEST:
        raise BadRequest(f"query.{name}: {text!r} is out of its range")
    return number


def event_of(body: Json) -> Notification:
    """Return the event that a JSON object shows, in the form of `to_dict` with its name.

    Raises:
        BadRequest: if it shows none.
    """
    fields = dict(body)
    name = fields.pop("event", None)
    entry = _EVENTS.get(name) if isinstance(name, str) else None
    if entry is None:
        raise BadRequest(f"body.event: {name!r} is not the name of an event")
    try:
        message = ParseDict(fields, message_class(entry.full_name)())
    except ParseError as error:
        raise BadRequest(f"body: {error}") from None
    event: Notification = entry.read(message)
    return event
