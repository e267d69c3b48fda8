"""A client's settings and credentials: checked when it is made, judged when refused."""

from __future__ import annotations

from attrs import evolve

from fishjam._http.address import Address, warn_if_insecure
from fishjam._http.credentials import Credentials
from fishjam._http.retry import RetryPolicy
from fishjam._http.settings import DEFAULT_TIMEOUT, Settings, Timeout, read_retry, read_timeout
from fishjam.errors import HTTPError, InvalidFishjamCredentialsError

REFUSALS = frozenset({401, 403, 404})
"""What a server may answer when the id and the token do not belong together."""


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


def refused(error: HTTPError, credentials: Credentials) -> InvalidFishjamCredentialsError:
    """Return the error that `check_credentials` raises for an answer in `REFUSALS`."""
    said = f": {error.detail}" if error.detail else ""
    return InvalidFishjamCredentialsError(
        "The Fishjam ID and the management token do not belong together: "
        f"{error.method} {error.url} answered {error.status_code}{said}. "
        f"Check both, and the order in which they were passed. {credentials.advice}",
        status_code=error.status_code,
        detail=error.detail,
        method=error.method,
        url=error.url,
        headers=error.headers,
        operation=error.operation,
        retry_after=error.retry_after,
    )
