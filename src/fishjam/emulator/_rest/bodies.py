"""Decoding the bodies of requests: strict JSON, and multipart forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from attrs import define, frozen
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from fishjam.emulator._model.refusals import BadRequest

JSON = "application/json"
FORM = "multipart/form-data"

MAX_BODY = 4 * 1024 * 1024
"""Bytes of a body that are read."""
MAX_JSON = 1024 * 1024
MAX_DEPTH = 100
"""How deeply JSON arrays and objects may be nested."""


@define
class FormPart:
    """One part of a multipart form.

    Attributes:
        name: the form field.
        filename: the file's name, or None.
        content_type: the part's own content type, or None.
        data: the bytes of the part.
    """

    __module__ = "fishjam.emulator"

    name: str
    filename: str | None
    content_type: str | None
    data: bytes


@frozen
class FormField:
    """The rules for a part of a multipart form.

    Attributes:
        is_json: whether it is JSON; otherwise it is a file.
        max_bytes: how large the file may be, or None for no limit.
    """

    is_json: bool
    max_bytes: int | None = None


def media_type(content_type: str) -> str:
    """Return the type and subtype of a Content-Type header, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def decode_json(raw: bytes, at: str) -> Any:
    """Decode JSON strictly: UTF-8, without NaN and lone surrogates.

    Args:
        raw: the bytes.
        at: their name in an error, such as `body`.

    Raises:
        BadRequest: if they are not JSON, too large or too deep.
    """
    if len(raw) > MAX_JSON:
        raise BadRequest(f"{at}: {len(raw)} bytes of JSON, {MAX_JSON} is the most")
    try:
        # json.loads takes UTF-16, too, if it gets bytes, and NaN and Infinity, which are no JSON.
        value = json.loads(raw.decode(), parse_constant=_no_constant)
        _check_depth(value)
        # Only encoding it again reveals infinite numbers and lone surrogates.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise BadRequest(f"{at}: not valid JSON: {error.msg} at {place}") from error
    except UnicodeError as error:
        raise BadRequest(f"{at}: not valid JSON: the text is not valid Unicode") from error
    except RecursionError as error:
        raise BadRequest(f"{at}: JSON of more than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise BadRequest(f"{at}: not valid JSON: {error}") from error
    return value


def decode_parts(raw: bytes, content_type: str) -> list[FormPart]:
    """Split a multipart form into its parts, in their order.

    Raises:
        BadRequest: if the form is incomplete, or a part has no name.
    """
    reader = _FormReader()
    try:
        parser = MultipartParser(_boundary(content_type), reader.callbacks())
        parser.write(raw)
    except FormParserError as error:
        raise BadRequest(f"body: not a valid multipart form: {error}") from error
    # The parser does not mind if the last boundary is missing.
    if not reader.ended:
        raise BadRequest("body: not a valid multipart form: it is incomplete")
    return reader.parts


def decode_form(raw: bytes, content_type: str, fields: Mapping[str, FormField]) -> dict[str, Any]:
    """Decode a form: the values of its JSON parts, the bytes of its files.

    Parts that are not among the fields are ignored.

    Raises:
        BadRequest: if the form or one of its parts violates the rules.
    """
    form: dict[str, Any] = {}
    for part in decode_parts(raw, content_type):
        if part.name in form:
            raise BadRequest(f"body.{part.name}: given twice")
        if part.name in fields:
            form[part.name] = _decode_part(part, fields[part.name])
    return form


def _decode_part(part: FormPart, expected: FormField) -> Any:
    at = f"body.{part.name}"
    if not expected.is_json:
        size, most = len(part.data), expected.max_bytes
        if most is not None and size > most:
            raise BadRequest(f"{at}: {size} bytes, {most} is the most")
        return part.data
    if part.content_type is not None and media_type(part.content_type) != JSON:
        raise BadRequest(f"{at}: Content-Type must be {JSON}, not {part.content_type}")
    return decode_json(part.data, at)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _check_depth(value: Any) -> None:
    level = [value]
    # Without recursion, so that the limit does not depend on how deep the stack is already.
    for _ in range(MAX_DEPTH + 1):
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    raise RecursionError


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _boundary(content_type: str) -> bytes:
    options = parse_options_header(content_type)[1]
    boundary = options.get(b"boundary")
    if not boundary:
        raise BadRequest("body: the Content-Type of a multipart form needs a boundary")
    return boundary


class _FormReader:
    """Collects the parts from the form parser."""

    def __init__(self) -> None:
        self.parts: list[FormPart] = []
        self.ended = False
        self._field = b""
        self._value = b""
        self._headers: dict[str, str] = {}
        self._data: list[bytes] = []

    def callbacks(self) -> Any:
        """Return the callbacks for the parser."""
        return {
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        # The parser may hand out one name, or one value, in several pieces.
        self._field += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._field = self._value = b""

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _on_part_end(self) -> None:
        options = parse_options_header(self._headers.get("content-disposition"))[1]
        name = _text(options, b"name")
        if name is None:
            raise BadRequest(f"body: part {len(self.parts) + 1} of the form has no name")
        content_type = self._headers.get("content-type")
        part = FormPart(name, _text(options, b"filename"), content_type, b"".join(self._data))
        self.parts.append(part)
        self._headers, self._data = {}, []

    def _on_end(self) -> None:
        self.ended = True


def _text(options: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = options.get(name)
    return None if value is None else value.decode(errors="replace")
