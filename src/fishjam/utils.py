"""Older functions for addresses, which warn: the clients know their addresses themselves."""

from urllib.parse import urlsplit

from fishjam._core.stack import warn_from
from fishjam._http.address import COMPOSITIONS, Address
from fishjam.errors import MissingFishjamIdError as MissingFishjamIdError

__all__ = (
    "COMPOSITION_HOST",
    "LIVESTREAM_WHEP_PATH",
    "LIVESTREAM_WHIP_PATH",
    "MissingFishjamIdError",
    "get_composition_url",
    "get_fishjam_url",
    "get_livestream_whep_url",
    "get_livestream_whip_url",
    "validate_url",
)

COMPOSITION_HOST = COMPOSITIONS
# Names of the published SDK, kept for programs that import them.
LIVESTREAM_WHEP_PATH = "/api/v1/live/api/whep"
LIVESTREAM_WHIP_PATH = "/api/v1/live/api/whip"


def validate_url(url: str) -> bool:
    """Tell whether a text is an address with a scheme and a host."""
    _warn("validate_url", "urllib.parse.urlsplit")
    try:
        parts = urlsplit(url)
    # `urlsplit` refuses some texts, for example a bracket that is never closed.
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


def get_fishjam_url(fishjam_id: str) -> str:
    """Return the address of the REST API of a Fishjam, from its id or its address."""
    _warn("get_fishjam_url", "FishjamClient, which takes both an id and an address")
    address = Address.of(fishjam_id)
    # The published SDK takes an address as it is, so a slash at its end stays.
    return fishjam_id if "://" in fishjam_id else address.base_url


def get_livestream_whip_url(fishjam_id: str) -> str:
    """Return the address to publish livestreams to."""
    _warn("get_livestream_whip_url", "FishjamClient.livestream_whip_url")
    return Address.of(fishjam_id).origin + LIVESTREAM_WHIP_PATH


def get_livestream_whep_url(fishjam_id: str) -> str:
    """Return the address to watch livestreams at."""
    _warn("get_livestream_whep_url", "FishjamClient.livestream_whep_url")
    return Address.of(fishjam_id).origin + LIVESTREAM_WHEP_PATH


def get_composition_url(composition_url: str | None = None) -> str:
    """Return the address of the Composition API, the hosted one by default."""
    _warn("get_composition_url", "CompositionClient, which knows the hosted one")
    return Address.of_compositions(composition_url).base_url


def _warn(name: str, instead: str) -> None:
    warn_from(f"{__name__}.{name} is deprecated: use {instead}", DeprecationWarning)
