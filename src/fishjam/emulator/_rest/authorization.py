"""The check of the management token."""

from __future__ import annotations

import hmac

from fishjam.emulator._model.refusals import Unauthorized


class ManagementToken:
    """The token that requests must bear.

    Args:
        token: the token.
    """

    def __init__(self, token: str) -> None:
        self._authorization = f"Bearer {token}".encode()

    def check(self, authorization: str) -> None:
        """Check the value of an Authorization header; empty if there was none.

        Raises:
            Unauthorized: if it does not hold the token.
        """
        scheme, _, token = authorization.partition(" ")
        # RFC 9110 compares the names of schemes without regard to case. compare_digest takes no
        # text beyond ASCII, so both sides are bytes.
        credentials = f"{scheme.capitalize()} {token.strip()}".encode()
        if not hmac.compare_digest(credentials, self._authorization):
            text = "invalid token" if authorization else "missing token"
            # RFC 9110 wants this header beside every 401.
            raise Unauthorized(text, {"www-authenticate": "Bearer"})
