"""From a received request to its answer, without I/O: routing, token, checks, operation."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from attrs import frozen

from fishjam.emulator._model.query import parse_query
from fishjam.emulator._model.refusals import BadRequest, RequestRefused, Unauthorized
from fishjam.emulator._model.scenes import check_size
from fishjam.emulator._rest.apis import APIS, Api
from fishjam.emulator._rest.authorization import ManagementToken
from fishjam.emulator._rest.bodies import FORM, JSON, MAX_BODY, decode_form, decode_json, media_type
from fishjam.emulator._rest.casting import cast_numbers
from fishjam.emulator._rest.operation_request import OperationRequest
from fishjam.emulator._rest.responses import RestResponse, refusal_response
from fishjam.emulator._rest.routes import MEDIA, Operation, RouteMatch, Routes
from fishjam.emulator._rest.validation import Validator

VALIDATE = "validate_credentials"


@frozen
class Received:
    """A request as received.

    Attributes:
        path: the path, percent-encoded.
        headers: the headers by lower-case name; of repeated ones the first.
        body: the whole body, or None if it is larger than what is read.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes | None


class RestService:
    """Answers requests as the documents define them.

    Args:
        operations: for each API an object with a method for each of its operations.
        management_token: the token that requests must bear.
        lock: held while an operation works on the state.
    """

    def __init__(
        self,
        operations: Mapping[Api, object],
        management_token: str,
        lock: AbstractContextManager[Any],
    ) -> None:
        self._routes = Routes()
        self._validators = {api: Validator(api.document) for api in APIS}
        self._operations = operations
        self._token = ManagementToken(management_token)
        self._lock = lock

    def route(self, received: Received) -> RouteMatch | RestResponse:
        """Return the operation of a request, or the error answer for an unknown path or method."""
        try:
            return self._routes.match(received.method, received.path)
        except RequestRefused as refusal:
            return refusal_response(self._routes.api_at(received.path), refusal)

    def respond(self, received: Received, match: RouteMatch) -> RestResponse:
        """Carry a request out and return its answer."""
        operation = match.operation
        try:
            self._authorize(received, operation)
            request = self._check(received, match)
            with self._lock:
                carry_out = getattr(self._operations[operation.api], operation.id)
                response: RestResponse = carry_out(request)
                return response
        except Unauthorized as refusal:
            # The document has 404 without a body for invalid credentials there.
            missing = operation.id == VALIDATE
            return RestResponse(404) if missing else refusal_response(operation.api, refusal)
        except RequestRefused as refusal:
            return refusal_response(operation.api, refusal)

    def _authorize(self, received: Received, operation: Operation) -> None:
        # The files of recordings have public addresses.
        if operation.id == MEDIA:
            return
        self._token.check(received.headers.get("authorization", ""))

    def _check(self, received: Received, match: RouteMatch) -> OperationRequest:
        operation = match.operation
        query = parse_query(received.query) if operation.has_query else []
        body: Any = None
        kind = ""
        if operation.body_types:
            body, kind = _body(received, operation)
        if operation.api.casts_numbers and kind in operation.schemas:
            # Before the check, because the document knows nothing of numbers that come as text.
            body = cast_numbers(operation.api.document, operation.schemas[kind], body)
        # Before the check, which would take seconds for a large scene.
        check_size(body, "body")
        if kind == FORM:
            check_size(body.get("config"), "body.config")
        if operation.body_types or operation.has_query:
            # Otherwise there are only ids, and any text may be an id.
            validator = self._validators[operation.api]
            validator.check(operation, match.parameters, dict(query), body, kind)
        return OperationRequest(
            match.parameters, query, body, kind, match.fishjam_id, received.headers
        )


def _body(received: Received, operation: Operation) -> tuple[Any, str]:
    """Return the decoded body and its media type; no body counts as an empty JSON object."""
    if received.body is None:
        raise BadRequest(f"body: more than {MAX_BODY} bytes")
    if not received.body:
        if operation.body_required:
            raise BadRequest("body: missing")
        return {}, JSON
    content_type = received.headers.get("content-type", "")
    kind = media_type(content_type)
    if kind not in operation.body_types:
        types = " or ".join(operation.body_types)
        raise BadRequest(f"body: Content-Type must be {types}, not {content_type or 'absent'}")
    if kind == FORM:
        return decode_form(received.body, content_type, operation.form), kind
    return decode_json(received.body, "body"), kind
