"""How a client sends: where to, with which token, how long it waits and how often it tries."""

from __future__ import annotations

import math

import httpx
from attrs import evolve, field, frozen

from fishjam._http.address import Address, warn_if_insecure
from fishjam._http.credentials import Credentials
from fishjam._http.deprecation import DeprecationNotice
from fishjam._http.retry import NEVER, RetryPolicy

DEFAULT_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""Seconds for each phase of a request: 10 to connect, 30 to send, to read, to get a connection."""

DEFAULT_RETRY = RetryPolicy()
"""Three tries in all, waiting about half a second and then a second."""

Timeout = float | httpx.Timeout | None


class NotGiven:
    """Stands for an option that is not given: what was set before stays."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()


def read_timeout(timeout: Timeout) -> httpx.Timeout:
    """Turn seconds, a `httpx.Timeout` or None (no limit at all) into a `httpx.Timeout`."""
    if isinstance(timeout, httpx.Timeout):
        return timeout
    if timeout is not None and not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout={timeout!r}: give seconds, a httpx.Timeout, or None for no limit")
    if timeout is not None and not 0 < timeout < math.inf:
        raise ValueError(f"timeout={timeout!r}: give seconds above 0, or None for no limit")
    return httpx.Timeout(timeout)


def read_retry(retry: RetryPolicy | None) -> RetryPolicy:
    """Return the policy; None stands for the one that never repeats."""
    if retry is not None and not isinstance(retry, RetryPolicy):
        raise TypeError(
            f"retry={retry!r}: pass a RetryPolicy, for example RetryPolicy(max_attempts=3), or "
            "None to never repeat"
        )
    return NEVER if retry is None else retry


@frozen
class Settings:
    """What all requests of one client share."""

    address: Address
    credentials: Credentials
    timeout: httpx.Timeout | None
    """None leaves it to the HTTP client that the user brought along."""
    retry: RetryPolicy
    notice: DeprecationNotice | None = field(factory=DeprecationNotice, eq=False, repr=False)
    """None for an API that does not say when this SDK is getting old."""
    strict: bool = False
    """Whether a good status that the API's document does not promise is a failure."""

    def derive(self, timeout: Timeout | NotGiven, retry: RetryPolicy | NotGiven | None) -> Settings:
        """Return the same settings with another timeout or another policy."""
        return evolve(
            self,
            timeout=self.timeout if isinstance(timeout, NotGiven) else read_timeout(timeout),
            retry=self.retry if isinstance(retry, NotGiven) else read_retry(retry),
        )


def checked_settings(
    address: Address,
    management_token: str,
    timeout: Timeout,
    retry: RetryPolicy | None,
    *,
    own_http: bool,
) -> Settings:
    """Check what a client is made from; `own_http` tells that the HTTP client is the user's."""
    credentials = Credentials.of(management_token)
    warn_if_insecure(address)
    leave_to_http = own_http and timeout is DEFAULT_TIMEOUT
    limits = None if leave_to_http else read_timeout(timeout)
    return Settings(address, credentials, limits, read_retry(retry))


def composition_settings(
    composition_url: str | None,
    management_token: str,
    timeout: Timeout,
    retry: RetryPolicy | None,
    *,
    own_http: bool,
) -> Settings:
    """Check what a client of the Composition API is made from.

    That API says nothing of old clients, and a good status that it does not promise is a failure.
    """
    address = Address.of_compositions(composition_url)
    settings = checked_settings(address, management_token, timeout, retry, own_http=own_http)
    return evolve(settings, notice=None, strict=True)
