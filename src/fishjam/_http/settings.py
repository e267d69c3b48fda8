"""How a client sends: where to, with which token, how long it waits and how often it tries."""

from __future__ import annotations

from attrs import evolve, field, frozen

from fishjam._http.address import Address, warn_if_insecure
from fishjam._http.credentials import Credentials
from fishjam._http.deprecation import DeprecationNotice
from fishjam._http.library import DEFAULT_TIMEOUT
from fishjam._http.retry import NEVER, RetryPolicy
from fishjam._http.timeouts import Timeout, Timeouts

DEFAULT_RETRY = RetryPolicy()
"""Three tries in all, waiting about half a second and then a second."""

MAX_RESPONSE_SIZE = 64 * 1024 * 1024
"""Bytes that a decoded answer may have."""


class NotGiven:
    """Stands for an option that is not given: what was set before stays."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()


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
    timeout: Timeouts | None
    """None leaves it to the HTTP client that the user brought along."""
    retry: RetryPolicy
    notice: DeprecationNotice | None = field(factory=DeprecationNotice, eq=False, repr=False)
    """None for an API that does not say when this SDK is getting old."""
    max_response_size: int | None = MAX_RESPONSE_SIZE
    """Bytes that a decoded answer may have; None for no limit."""
    strict: bool = False
    """Whether a good status that the API's document does not promise is a failure."""

    def derive(self, timeout: Timeout | NotGiven, retry: RetryPolicy | NotGiven | None) -> Settings:
        """Return the same settings with another timeout or another policy."""
        return evolve(
            self,
            timeout=self.timeout if isinstance(timeout, NotGiven) else Timeouts.of(timeout),
            retry=self.retry if isinstance(retry, NotGiven) else read_retry(retry),
        )


def checked_settings(
    address: Address,
    management_token: str,
    timeout: Timeout,
    retry: RetryPolicy | None,
    max_response_size: int | None,
    *,
    own_http: bool,
) -> Settings:
    """Check what a client is made from; `own_http` tells that the HTTP client is the user's."""
    credentials = Credentials.of(management_token)
    warn_if_insecure(address)
    # By identity: equal numbers that the user gave are meant, and are not left to the client.
    leave_to_http = own_http and timeout is DEFAULT_TIMEOUT
    limits = None if leave_to_http else Timeouts.of(timeout)
    return Settings(
        address,
        credentials,
        limits,
        read_retry(retry),
        max_response_size=_checked_size(max_response_size),
    )


def _checked_size(size: int | None) -> int | None:
    # True is an int as well, and would be a limit of one byte.
    if size is None or (isinstance(size, int) and not isinstance(size, bool) and size > 0):
        return size
    raise ValueError(f"max_response_size={size!r}: give bytes, at least 1, or None for no limit")


def composition_settings(
    composition_url: str | None,
    management_token: str,
    timeout: Timeout,
    retry: RetryPolicy | None,
    max_response_size: int | None,
    *,
    own_http: bool,
) -> Settings:
    """Check what a client of the Composition API is made from.

    That API says nothing of old clients, and a good status that it does not promise is a failure.
    """
    address = Address.of_compositions(composition_url)
    settings = checked_settings(
        address, management_token, timeout, retry, max_response_size, own_http=own_http
    )
    return evolve(settings, notice=None, strict=True)
