"""Webhook secrets: one, or several while an old one is changed for a new one."""

from __future__ import annotations

from collections.abc import Iterable

from fishjam.errors import ConfigurationError


def checked_secrets(secret: str | Iterable[str] | None) -> list[str]:
    """Return all secrets as a list; raises `ConfigurationError` when there is none to trust."""
    # Most often it is None because a variable is not set, which a type checker may not see.
    secrets = [secret] if isinstance(secret, (str, bytes)) else list(secret or ())
    if not secrets or not all(isinstance(text, str) and text for text in secrets):
        raise ConfigurationError(
            "The webhook secret is empty or not a string, so no webhook can be trusted. Pass the "
            "secret of your Fishjam, for example from an environment variable."
        )
    return secrets
