"""Where a Fishjam and its compositions are: from an id or a URL to the addresses of all APIs."""

from __future__ import annotations

import logging
import re
from urllib.parse import SplitResult, urlsplit

from attrs import frozen

from fishjam._core.request import segment
from fishjam._core.stack import warn_from
from fishjam._network.hosts import ascii_host, bracketed, is_loopback
from fishjam.errors import ConfigurationError, InsecureUrlWarning, MissingFishjamIdError

_log = logging.getLogger("fishjam")

CLOUD = "https://fishjam.io/api/v1/connect"
COMPOSITIONS = "https://rtc.fishjam.io"
PEER_SOCKET = "/socket/peer/websocket"
AGENT_SOCKET = "/socket/agent/websocket"

_UNFIT = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f]")
# An id has none of these; addresses do. The full stops of other scripts separate labels as well.
_OF_ADDRESSES = re.compile(r"[:/?#@.\[\]\s\u3002\uff0e\uff61]|localhost$", re.IGNORECASE)


@frozen
class Address:
    """The base URL of a REST API, checked, without a trailing slash."""

    base_url: str

    @classmethod
    def of(cls, fishjam_id: str) -> Address:
        """Return the address for an opaque id or a full http(s) URL.

        The host is in ASCII from here on, so that REST calls and sockets go to the same one.

        Raises `MissingFishjamIdError` for an empty id and `ConfigurationError` for what is not an
        id, and not a URL that can be a base URL either.
        """
        if not isinstance(fishjam_id, str) or not fishjam_id.strip():
            raise MissingFishjamIdError
        fishjam_id = _stripped(fishjam_id, "Fishjam ID")
        if "://" in fishjam_id:
            return cls(_checked_url(fishjam_id).geturl().rstrip("/"))
        if _OF_ADDRESSES.search(fishjam_id):
            # As an id it would go to the cloud, and with it the token of another server.
            raise ConfigurationError(
                "The Fishjam ID is neither an id nor a whole address. An id has no spaces and none "
                "of the characters : / ? # @ . [ ] in it; an address begins with https:// or "
                "http://, for example http://localhost:5002."
            )
        try:
            return cls(f"{CLOUD}/{segment(fishjam_id, 'fishjam_id')}")
        except ValueError:
            # The text of that error quotes the id, which may be a token in the wrong place.
            raise ConfigurationError(
                "The Fishjam ID contains control characters or invalid Unicode."
            ) from None

    @classmethod
    def of_compositions(cls, composition_url: str | None) -> Address:
        """Return the address of the Composition API: of a URL the origin, else the hosted one.

        Raises `ConfigurationError` for what is not an http(s) URL.
        """
        if not composition_url:
            return cls(COMPOSITIONS)
        if not isinstance(composition_url, str):
            raise ConfigurationError(
                f"The composition URL must be a string, not {type(composition_url).__name__}."
            )
        url = _stripped(composition_url, "composition URL")
        parts = _checked_host(url, "composition URL")
        return cls(f"{parts.scheme}://{parts.netloc}")

    @property
    def origin(self) -> str:
        """Scheme, host and port alone."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_plain_http_to_elsewhere(self) -> bool:
        """Whether a token sent there could be read on the way."""
        parts = urlsplit(self.base_url)
        return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def _checked_url(url: str) -> SplitResult:
    parts = _checked_host(url, "Fishjam URL")
    # Not `parts.query`, which is empty for a URL that ends in a bare question mark.
    if "?" in url or "#" in url:
        raise ConfigurationError(
            f"The Fishjam URL must end with its path, without ?query or #fragment: {_bare(parts)}"
        )
    # HTTP clients fold these away, and the request would go to another path.
    if any(part in {".", ".."} for part in parts.path.split("/")):
        raise ConfigurationError(f"The Fishjam URL has . or .. in its path: {_bare(parts)}")
    return parts


def _checked_host(url: str, what: str) -> SplitResult:
    """Split a URL whose scheme and host can be used; `what` names it in errors."""
    if _UNFIT.search(url):
        raise ConfigurationError(f"The {what} contains spaces, backslashes or control characters.")
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it: `urlsplit` itself lets any text pass.
        port = parts.port
    except ValueError:
        # Python's own text is left out: it can quote credentials that are part of the URL.
        raise ConfigurationError(
            f"The {what} cannot be read: its host or its port is malformed."
        ) from None
    # Not by truth: an empty name before the @ counts as credentials too.
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            f"The {what} contains credentials; pass the management token by itself instead."
        )
    if parts.scheme not in {"http", "https"}:
        # What it is instead is not shown: where arguments were swapped, it is the token.
        raise ConfigurationError(f"The {what} must begin with https:// or http://.")
    if not parts.hostname or port == 0:
        raise ConfigurationError(f"The {what} has no host, or port 0.")
    host = bracketed(ascii_host(parts.hostname))
    return parts._replace(netloc=host if port is None else f"{host}:{port}")


def _stripped(text: str, what: str) -> str:
    stripped = text.strip()
    if stripped != text:
        _log.warning("The %s has spaces or line breaks at its ends, which are left out.", what)
    return stripped


def _bare(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def agent_address(websocket_url: str | None, address: Address) -> str:
    """Return the URL under which an agent's socket lies, from the answer to "add peer".

    The answer may leave the scheme out (https is meant), may name the peer's or the agent's socket,
    and may lack the address altogether: then the base URL serves.
    """
    if not websocket_url:
        return address.base_url
    url = websocket_url if "://" in websocket_url else f"https://{websocket_url}"
    for socket in (PEER_SOCKET, AGENT_SOCKET):
        url = url.removesuffix(socket)
    return url


def socket_url(base_url: str, socket: str) -> str:
    """Return the WebSocket address of a socket under a base URL; only the scheme changes.

    Raises `ConfigurationError` for a URL that cannot be read, as an agent's may be.
    """
    try:
        parts = urlsplit(base_url)
    except ValueError:
        # Python's own text is left out: it can quote credentials that are part of the URL.
        raise ConfigurationError(
            "The address of the socket cannot be read: its host is malformed."
        ) from None
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return parts._replace(scheme=scheme, path=parts.path.rstrip("/") + socket).geturl()


def warn_if_insecure(address: Address) -> None:
    """Warn the caller when a token sent to this address could be read on the way."""
    if address.is_plain_http_to_elsewhere:
        warn_from(
            f"The management token travels unencrypted to {address.origin}: use https.",
            InsecureUrlWarning,
        )
