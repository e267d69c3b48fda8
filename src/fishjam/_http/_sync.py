# Generated from src/fishjam/_http/_async.py by `nox -s codegen`. Do not edit: change the source instead.
"""Sending requests: builds the HTTP request, tries as the policy says, reads the answer."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any, TypeVar

from attrs import evolve
from typing_extensions import Self

from fishjam._core.misuse import Blocks
from fishjam._core.request import Request, json_bytes
from fishjam._core.tracebacks import shortened
from fishjam._http.bodies import ACCEPT_ENCODING, ResponseBody
from fishjam._http.failures import failure_of, redact_errors, was_never_sent
from fishjam._http.large import LargeReader
from fishjam._http.pool import Connections, Pool, closed_error
from fishjam._http.responses import ApiResponse, Failure, result_of
from fishjam._http.retry import RetryPolicy
from fishjam._http.settings import NOT_GIVEN, NotGiven, Settings
from fishjam._http.timeouts import Timeout, Timeouts
from fishjam.clock._system import Clock, SystemClock
from fishjam.errors import FishjamConnectionError, HTTPError

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

    def send(self, request: Request[T], *, within: float | None = None) -> T:
        """Send a request, again where that is safe, and return what its answer holds.

        All tries and the waits between them end `within` so many seconds; None for no limit.

        Raises `HTTPError` for an answer that says no, `FishjamConnectionError` when none came.
        """
        end = None if within is None else self._clock.now() + within
        # Built once for all tries: its content is bytes, which no try uses up.
        wire = self._wire(request, self.pool.open(request.called))
        attempt = 0
        broke = False
        while True:
            attempt += 1
            outcome = self._try(request, wire, end)
            delay = self._delay(request, outcome, attempt, end)
            if delay is None:
                request = LargeReader.read(request, outcome)
                return self._conclude(request, outcome, broke=broke)
            broke = broke or (isinstance(outcome, Failure) and outcome.may_have_arrived)
            _log.debug("%s: trying again in %.2f s", request.operation, delay)
            self._clock.sleep_until(self._clock.now() + delay)

    def url_of(self, request: Request[Any]) -> str:
        """Return the address of a request without its query, which can hold data of users."""
        return self.settings.address.base_url + request.path

    def _delay(
        self,
        request: Request[Any],
        outcome: ApiResponse | Failure,
        attempt: int,
        end: float | None,
    ) -> float | None:
        delay = self.settings.retry.delay(request, outcome, attempt)
        # A wait beyond the end would be in vain: the last answer is told at once.
        if delay is None or end is None or self._clock.now() + delay < end:
            return delay
        return None

    def _wire(self, request: Request[Any], connections: Connections) -> Any:
        """Return the request as the HTTP library knows it, made by the client that sends it."""
        content: dict[str, Any] = {}
        headers = self.settings.credentials.headers()
        # The library asks for Brotli and Zstandard too where it finds packages for them.
        headers["accept-encoding"] = ACCEPT_ENCODING
        if request.parts:
            content["files"] = [
                (part.name, (part.filename, part.content, part.content_type))
                for part in request.parts
            ]
        elif request.body is not None:
            content["content"] = json_bytes(request.body, request.called)
            headers["content-type"] = "application/json"
        try:
            return connections.http.build_request(
                request.method,
                self.url_of(request),
                params=request.query or None,
                headers=headers,
                **content,
            )
        except connections.invalid_url as error:
            raise ValueError(f"{request.called}: this makes an invalid address ({error})") from None

    def _try(self, request: Request[Any], wire: Any, end: float | None) -> ApiResponse | Failure:
        # Asked for each try, because the client may have been closed during a wait.
        connections = self.pool.open(request.called)
        started = self._clock.now()
        timeouts = self._timeouts(end, started)
        try:
            with connections.deadline(timeouts):
                response = self._exchange(wire, connections, timeouts)
        except connections.errors as error:
            url = self._shown_url(request)
            _log.debug("%s %s: %s", wire.method, url, type(error).__name__)
            redact_errors(error, self.settings.credentials.redact)
            return failure_of(error, request, url)
        except RuntimeError as error:
            # The library's word for a client that was closed while this call was under way.
            if self.pool.closed:
                raise closed_error() from error
            raise
        if _log.isEnabledFor(logging.DEBUG):
            elapsed = (self._clock.now() - started) * 1000
            status, url = response.status_code, self._shown_url(request)
            _log.debug("%s %s: %d in %.0f ms", wire.method, url, status, elapsed)
        if self.settings.notice is not None:
            self.settings.notice.pass_on(response.headers, self.settings.credentials.redact)
        return response

    def _shown_url(self, request: Request[Any]) -> str:
        # A token may be in it that was taken for an id.
        return self.settings.credentials.redact(self.url_of(request))

    def _timeouts(self, end: float | None, now: float) -> Timeouts | None:
        timeouts = self.settings.timeout
        if end is None:
            return timeouts
        return (timeouts or Timeouts()).within(max(0.0, end - now))

    def _exchange(
        self, wire: Any, connections: Connections, timeouts: Timeouts | None
    ) -> ApiResponse:
        with connections.response(wire, timeouts, follow_redirects=False) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = ResponseBody(headers, self.settings.max_response_size)
            content = connections.read(response, body)
        return ApiResponse(response.status_code, headers, content)

    def _conclude(self, request: Request[T], outcome: ApiResponse | Failure, *, broke: bool) -> T:
        url = self.url_of(request)
        try:
            if isinstance(outcome, Failure):
                raise outcome.error
            if request.method == "DELETE" and outcome.status_code == 404 and broke:
                # An earlier try broke after it had taken effect: what was to go is gone.
                return request.read(b"")
            settings = self.settings
            return result_of(request, outcome, url, settings.credentials, strict=settings.strict)
        except (FishjamConnectionError, HTTPError) as error:
            if proxy := self.pool.proxy(url):
                error.add_note(f"It went through the proxy {proxy}.")
            raise


class Methods:
    """A group of API methods over one transport."""

    _transport: Transport

    def _send(self, request: Request[T], *, method: str = "") -> T:
        """Send a request; `method` is the name of the method where the operation has another."""
        if method:
            request = evolve(request, method_name=method)
        try:
            return self._transport.send(request)
        except FishjamConnectionError as error:
            if not was_never_sent(error):
                raise
            raise shortened(error) from error.__cause__


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
            timeout: seconds for one try, a `Timeout` of httpx or httpx2, or None for no limit;
                unchanged if not given.
            retry: when to repeat a call, None never repeats; unchanged if not given.
        """
        # Not through the constructor, which would make another pool.
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
