# Generated from src/fishjam/_http/_async.py by `nox -s codegen`. Do not edit: change the source instead.
"""Sending requests: builds the HTTP request, tries as the policy says, reads the answer."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any, TypeVar

import httpx
from attrs import evolve
from typing_extensions import Self

from fishjam._core.misuse import Blocks
from fishjam._core.request import Request, json_bytes
from fishjam._http.failures import failure_of
from fishjam._http.pool import Pool
from fishjam._http.responses import ApiResponse, Failure, result_of
from fishjam._http.retry import RetryPolicy
from fishjam._http.settings import NOT_GIVEN, NotGiven, Settings, Timeout
from fishjam.clock._system import Clock, SystemClock

T = TypeVar("T")

_log = logging.getLogger("fishjam")


class Transport:
    """Sends requests to one API over one pool of connections."""

    def __init__(self, settings: Settings, pool: Pool, clock: Clock | None = None) -> None:
        self.settings = settings
        self.pool = pool
        self._clock: Clock = SystemClock() if clock is None else clock

    def derive(
        self, timeout: Timeout | NotGiven, retry: RetryPolicy | NotGiven | None
    ) -> Transport:
        """Return a transport with other settings over the same connections."""
        return Transport(self.settings.derive(timeout, retry), self.pool, self._clock)

    def send(self, request: Request[T]) -> T:
        """Send a request, again where that is safe, and return what its answer holds.

        Raises `HTTPError` for an answer that says no, `FishjamConnectionError` when none came.
        """
        self.pool.check(request.called)
        wire = self._wire(request)
        attempt = 0
        broke = False
        while True:
            attempt += 1
            outcome = self._try(request, wire)
            delay = self.settings.retry.delay(request, outcome, attempt)
            if delay is None:
                return self._conclude(request, outcome, str(wire.url), broke=broke)
            broke = broke or (isinstance(outcome, Failure) and outcome.may_have_arrived)
            _log.debug("%s: trying again in %.2f s", request.operation, delay)
            self._clock.sleep_until(self._clock.now() + delay)

    def _wire(self, request: Request[Any]) -> httpx.Request:
        content: dict[str, Any] = {}
        headers = self.settings.credentials.headers()
        if request.parts:
            content["files"] = [
                (part.name, (part.filename, part.content, part.content_type))
                for part in request.parts
            ]
        elif request.body is not None:
            content["content"] = json_bytes(request.body, request.called)
            headers["content-type"] = "application/json"
        if self.settings.timeout is not None:
            content["timeout"] = self.settings.timeout
        url = self.settings.address.base_url + request.path
        try:
            return self.pool.http.build_request(
                request.method, url, params=request.query or None, headers=headers, **content
            )
        except httpx.InvalidURL as error:
            raise ValueError(f"{request.called}: this makes an invalid address ({error})") from None

    def _try(self, request: Request[Any], wire: httpx.Request) -> ApiResponse | Failure:
        started = self._clock.now()
        try:
            response = self.pool.http.send(wire, auth=None, follow_redirects=False)
        except httpx.RequestError as error:
            _log.debug("%s %s: %s", request.method, wire.url, type(error).__name__)
            return failure_of(error, request, str(wire.url))
        elapsed = (self._clock.now() - started) * 1000
        _log.debug("%s %s: %d in %.0f ms", wire.method, wire.url, response.status_code, elapsed)
        if self.settings.notice is not None:
            self.settings.notice.see(response.headers)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return ApiResponse(response.status_code, headers, response.content)

    def _conclude(
        self, request: Request[T], outcome: ApiResponse | Failure, url: str, *, broke: bool
    ) -> T:
        if isinstance(outcome, Failure):
            raise outcome.error
        if request.method == "DELETE" and outcome.status_code == 404 and broke:
            # An earlier try broke after it had taken effect: what was to go is gone.
            return request.read(b"")
        settings = self.settings
        return result_of(request, outcome, url, settings.credentials, strict=settings.strict)


class Methods:
    """A group of API methods over one transport."""

    _transport: Transport

    def _send(self, request: Request[T], *, method: str = "") -> T:
        """Send a request; `method` is the name of the method where the operation has another."""
        if method:
            request = evolve(request, method_name=method)
        return self._transport.send(request)


class ClientBase(Methods, Blocks):
    """A client: other options over the same connections, and closing them."""

    _derived = False

    def with_options(
        self,
        *,
        timeout: Timeout | NotGiven = NOT_GIVEN,
        retry: RetryPolicy | NotGiven | None = NOT_GIVEN,
    ) -> Self:
        """Return a client with another timeout or retry policy over the same connections.

        Closing it does nothing; closing the client it came from closes both.

        Args:
            timeout: seconds, a `httpx.Timeout`, or None for no limit; unchanged if not given.
            retry: when to repeat a call, None never repeats; unchanged if not given.
        """
        other = self.__class__.__new__(self.__class__)
        other._transport = self._transport.derive(timeout, retry)
        other._derived = True
        return other

    def close(self) -> None:
        """Close the connections; the client cannot be used afterwards. May be called again."""
        if not self._derived:
            self._transport.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.settings.address.base_url!r})"
