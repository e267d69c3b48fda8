"""What it means when a server refuses the credentials of a client."""

from __future__ import annotations

from fishjam._core.notes import with_notes
from fishjam._http.credentials import Credentials
from fishjam._http.responses import status_line
from fishjam.errors import HTTPError, InvalidFishjamCredentialsError

# The API answers 404 to a bad token here, where other operations answer 401.
REFUSALS = frozenset({401, 403, 404})
"""What a server may answer when the id and the token do not belong together."""
_SILENT = frozenset(map(status_line, REFUSALS))
_WRONG_PAIR = "The Fishjam ID and the management token do not belong together"


def refused(error: HTTPError, credentials: Credentials) -> InvalidFishjamCredentialsError:
    """Return the error that `check_credentials` raises for an answer in `REFUSALS`."""
    hint = f"Check both, and the order in which they were passed. {credentials.advice}"
    answered = f"{error.method} {error.url} answered {error.status_code}."
    # Fishjam says nothing here, and a status alone would tell nobody what is wrong.
    if error.detail in _SILENT:
        text, reason = f"{_WRONG_PAIR}.", f"check_credentials: {answered}"
    else:
        text, reason = str(error), f"{_WRONG_PAIR}: {answered}"
    refusal = InvalidFishjamCredentialsError(
        text,
        status_code=error.status_code,
        detail=error.detail,
        method=error.method,
        url=error.url,
        headers=error.headers,
        operation=error.operation,
        retry_after=error.retry_after,
        hint=hint,
    )
    return with_notes(refusal, reason, hint)
