"""Signed tokens that expire."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import jwt

ALGORITHM = "HS256"
LIFETIME = 24 * 60 * 60
"""How long a token of a peer, a streamer or a viewer is valid, in seconds."""


class TokenError(Exception):
    """A token that is not accepted."""


class InvalidTokenError(TokenError):
    """A text that is not a token of this emulator."""


class ExpiredTokenError(TokenError):
    """A token of this emulator that has expired."""


class Tokens:
    """Signs and verifies JWTs with a secret that only this emulator knows.

    Args:
        now: reads the clock, in Unix seconds.
        new_id: makes identifiers, so that two tokens of the same second differ.
    """

    def __init__(self, now: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._now = now
        self._new_id = new_id
        # RFC 7518 asks for a key of 256 bits at least for HS256.
        self._secret = secrets.token_bytes(32)

    def issue(self, kind: str, **claims: str) -> str:
        """Issue a token that is valid for a day.

        Args:
            kind: the claim `type`: the type of a peer, `streamer` or `viewer`.
            claims: further claims, such as `room_id` and `peer_id`.
        """
        return self._sign({"type": kind, **claims, "jti": self._new_id()}, LIFETIME)

    def issue_moq(self, root: str, put: list[str], get: list[str], ttl: int) -> str:
        """Issue a token for the MoQ relay; `ttl` is its lifetime in seconds."""
        return self._sign({"root": root, "put": put, "get": get}, ttl)

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token.

        Raises:
            InvalidTokenError: if this emulator did not sign it.
            ExpiredTokenError: if it has expired.
        """
        claims = self._read(token)
        if claims["exp"] <= self._now():
            raise ExpiredTokenError("expired token")
        return claims

    def _sign(self, claims: dict[str, Any], lifetime: int) -> str:
        issued = int(self._now())
        return jwt.encode(
            {**claims, "iat": issued, "exp": issued + lifetime}, self._secret, ALGORITHM
        )

    def _read(self, token: str) -> dict[str, Any]:
        # PyJWT compares times with the machine's clock; the emulator's may be ahead of it.
        options: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp"]}
        try:
            return jwt.decode(token, self._secret, [ALGORITHM], options=options)
        except jwt.PyJWTError as error:
            raise InvalidTokenError("invalid token") from error
