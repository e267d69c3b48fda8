"""How a client sends: where to, with which token, how long it waits and how often it tries."""

from __future__ import annotations

import math

import httpx
from attrs import evolve, field, frozen

from fishjam._http.address import Address
from fishjam._http.credentials import Credentials
from fishjam._http.deprecation import DeprecationNotice
from fishjam._http.retry import NEVER, RetryPolicy

DEFAULT_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""Seconds for each phase of a request: 10 to connect, 30 to send, to read, to get a connection."""

DEFAULT_RETRY = RetryPolicy()
"""Three tries in all, waiting about half a second and then a second."""

Timeout = float | httpx.Timeout | None


class Keep:
    """Stands for an option that is not given: what was set before stays."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP = Keep()


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

    def derive(self, timeout: Timeout | Keep, retry: RetryPolicy | Keep | None) -> Settings:
        """Return the same settings with another timeout or another policy."""
        return evolve(
            self,
            timeout=self.timeout if isinstance(timeout, Keep) else read_timeout(timeout),
            retry=self.retry if isinstance(retry, Keep) else read_retry(retry),
        )
