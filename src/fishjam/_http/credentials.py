"""The management token: found, checked once, and never shown."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from urllib.parse import quote

from attrs import field, frozen

from fishjam._core.redaction import redact
from fishjam._version import __version__
from fishjam.errors import ConfigurationError, MissingFishjamIdError

USER_AGENT = f"fishjam-server-sdk/{__version__} (Python {platform.python_version()})"

_JWT = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*")


@frozen
class Credentials:
    """A management token that can go into a header; its repr and its errors never show it."""

    management_token: str = field(repr=False)

    @classmethod
    def of(cls, management_token: str) -> Credentials:
        """Check a token; raises `ConfigurationError` for what no server could accept."""
        if not isinstance(management_token, str) or not management_token.strip():
            raise ConfigurationError(
                "The management token is empty. Pass the token of your Fishjam, "
                "or set FISHJAM_MANAGEMENT_TOKEN and use from_env()."
            )
        if "://" in management_token:
            # Sent as it is, a token in place of the id would come out in addresses and errors.
            raise ConfigurationError(
                "The management token is an address: the id and the token seem to be swapped. "
                "The address comes first, then the management token."
            )
        travels = management_token.isascii() and management_token.isprintable()
        if not travels or management_token != management_token.strip():
            raise ConfigurationError(
                "The management token has a line break, a blank at an end or another character "
                "that cannot travel in a header. Was it read from a file without stripping it?"
            )
        return cls(management_token)

    def headers(self) -> dict[str, str]:
        """Return the headers that go with every request."""
        return {
            "authorization": f"Bearer {self.management_token}",
            # The published SDK calls itself so too.
            "x-fishjam-api-client": f"python-server/{__version__}",
            "user-agent": USER_AGENT,
            "accept": "application/json",
        }

    @property
    def advice(self) -> str:
        """What to look at when a server refuses the token."""
        pair = "FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN are a pair, and from one environment."
        if not _JWT.fullmatch(self.management_token):
            return pair
        return (
            f"{pair} The token that was passed looks like a JWT, as those of peers, agents and "
            "viewers do: they are for clients, and the management token is another one."
        )

    def redact(self, text: str) -> str:
        """Take the token out of a text that comes from outside, also as a part of an address."""
        return redact(text, [self.management_token, quote(self.management_token, safe="")])


def from_environment(environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the Fishjam ID and the management token; the error names the missing variable."""
    fishjam_id = environment.get("FISHJAM_ID", "")
    if not fishjam_id.strip():
        raise MissingFishjamIdError(
            "The environment variable FISHJAM_ID is not set. It holds the id or the URL of your "
            "Fishjam; for a local one run `fishjam emulator`, which prints what to export."
        )
    return fishjam_id, token_from_environment(environment)


def token_from_environment(environment: Mapping[str, str]) -> str:
    """Return the management token; the error names the missing variable."""
    token = environment.get("FISHJAM_MANAGEMENT_TOKEN", "")
    if not token.strip():
        raise ConfigurationError(
            "The environment variable FISHJAM_MANAGEMENT_TOKEN is not set. It holds the secret "
            "management token of your Fishjam."
        )
    return token
