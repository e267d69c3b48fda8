"""The management token: checked once, shown to nobody."""

from __future__ import annotations

import platform

from attrs import field, frozen

from fishjam._version import __version__
from fishjam.errors import ConfigurationError


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
            "x-fishjam-api-client": f"python-server/{__version__}",
            "user-agent": f"fishjam-server-sdk/{__version__} (Python {platform.python_version()})",
            "accept": "application/json",
        }

    def redact(self, text: str) -> str:
        """Take the token out of a text that comes from outside."""
        return text.replace(self.management_token, "***")
