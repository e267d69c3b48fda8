"""A client's settings and credentials: checked when it is made, judged when refused."""

from __future__ import annotations

from fishjam._http.address import Address, warn_if_insecure
from fishjam._http.credentials import Credentials
from fishjam._http.retry import RetryPolicy
from fishjam._http.settings import DEFAULT_TIMEOUT, Settings, Timeout, read_retry, read_timeout
from fishjam.errors import HTTPError, InvalidFishjamCredentialsError

REFUSALS = frozenset({401, 403, 404})
"""What a server may answer when the id and the token do not belong together."""


def checked_settings(
    fishjam_id: str,
    management_token: str,
    timeout: Timeout,
    retry: RetryPolicy | None,
    *,
    own_http: bool,
) -> Settings:
    """Check what a client is made from; `own_http` tells that the HTTP client is the user's."""
    address = Address.of(fishjam_id)
    credentials = Credentials.of(management_token)
    warn_if_insecure(address)
    leave_to_http = own_http and timeout is DEFAULT_TIMEOUT
    limits = None if leave_to_http else read_timeout(timeout)
    return Settings(address, credentials, limits, read_retry(retry))


def refused(error: HTTPError) -> InvalidFishjamCredentialsError:
    """Return the error that `check_credentials` raises for an answer in `REFUSALS`."""
    said = f": {error.detail}" if error.detail else ""
    return InvalidFishjamCredentialsError(
        "The Fishjam ID and the management token do not belong together: "
        f"{error.method} {error.url} answered {error.status_code}{said}. "
        "Check both, and that they come from the same environment.",
        status_code=error.status_code,
        detail=error.detail,
        method=error.method,
        url=error.url,
        headers=error.headers,
        operation=error.operation,
        retry_after=error.retry_after,
    )
