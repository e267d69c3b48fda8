"""The control API of a running emulator, as `watch`, `trigger` and `peers join` use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fishjam._core.redaction import redact
from fishjam._http.address import Address
from fishjam._http.library import new_client
from fishjam._network.hosts import EnvironmentProxies
from fishjam.cli._credentials import ResolvedCredentials
from fishjam.errors import (
    BadRequestError,
    ConflictError,
    FishjamConnectionError,
    FishjamError,
    HTTPError,
    NotFoundError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    import httpx

_PATIENCE = 30.0
"""Seconds without a heartbeat; the emulator sends one every 10."""
_ERRORS: dict[int, type[HTTPError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    404: NotFoundError,
    409: ConflictError,
}


class Control:
    """Calls the control API of one emulator."""

    def __init__(self, http: httpx.Client, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self._token = token
        self._has_answered = False

    def call(self, method: str, path: str, **request: Any) -> Any:
        """Return the data that a call is answered with."""
        answer = self.send(method, path, **request)
        return answer.json()["data"] if answer.content else None

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Return the answer of a call.

        Raises `HTTPError` when the emulator says no, `FishjamConnectionError` when it says nothing,
        and another `FishjamError` when it answered before.
        """
        with self._failures():
            answer = self._http.request(method, f"{self._url}{path}", **request)
        self._has_answered = True
        if answer.is_success:
            return answer
        kind = _ERRORS.get(answer.status_code, HTTPError)
        raise kind(redact(_reason(answer), [self._token]))

    def activity(self, after: int) -> Iterator[dict[str, Any]]:
        """Give the events that come after a position; it is an error when the emulator ends."""
        url = f"{self._url}/activity?after={after}&type=event"
        with self._failures(), self._http.stream("GET", url) as answer:
            # Empty lines only tell that the connection is alive.
            yield from (json.loads(line) for line in answer.iter_lines() if line)
        raise FishjamError(f"{self._url} has ended")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            # The address is right, then: no hint is to doubt it.
            if self._has_answered:
                raise FishjamError(f"{self._url} has ended: {reason}") from error
            raise FishjamConnectionError(f"{self._url} does not answer: {reason}") from error


@contextmanager
def control_of(resolved: ResolvedCredentials, timeout: float | None) -> Iterator[Control]:
    """Open the control API that goes with credentials.

    Raises `FishjamError` where no emulator answers.
    """
    url = f"{Address.of(resolved.fishjam_id).base_url}/_emulator/v1"
    with new_client(EnvironmentProxies.read()) as http:
        http.timeout = timeout or _PATIENCE
        http.headers["authorization"] = f"Bearer {resolved.management_token}"
        control = Control(http, url, resolved.management_token)
        try:
            control.call("GET", "/info")
        except (NotFoundError, ValueError, KeyError, TypeError):
            raise FishjamError(
                f"{resolved.fishjam_id} is not an emulator, or an older one: this command needs a "
                "running `fishjam emulator`."
            ) from None
        yield control


def _reason(answer: httpx.Response) -> str:
    try:
        reason = answer.json()["errors"]
    except (ValueError, KeyError, TypeError):
        reason = answer.reason_phrase
    return f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {reason}"
