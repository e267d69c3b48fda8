"""Where a Fishjam and its compositions are: from an id or a URL to the addresses of all APIs."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from attrs import frozen

from fishjam._core.request import segment
from fishjam._core.stack import warn_from
from fishjam._network.hosts import is_loopback
from fishjam.errors import ConfigurationError, InsecureUrlWarning, MissingFishjamIdError

CLOUD = "https://fishjam.io/api/v1/connect"
COMPOSITIONS = "https://rtc.fishjam.io"
PEER_SOCKET = "/socket/peer/websocket"
AGENT_SOCKET = "/socket/agent/websocket"

_UNFIT = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f]")
_LACKS_SCHEME = re.compile(r"[\w.-]+:\d+(/|$)|[\w-]+(\.[\w-]+)+/")


@frozen
class Address:
    """The base URL of a REST API, checked, without a trailing slash."""

    base_url: str

    @classmethod
    def of(cls, fishjam_id: str) -> Address:
        """Return the address for an opaque id or a full http(s) URL.

        Raises `MissingFishjamIdError` for an empty id and `ConfigurationError` for a URL that
        cannot be a base URL.
        """
        if not isinstance(fishjam_id, str) or not fishjam_id.strip():
            raise MissingFishjamIdError
        if "://" in fishjam_id:
            return cls(_checked_url(fishjam_id).geturl().rstrip("/"))
        if _LACKS_SCHEME.match(fishjam_id):
            # As an id it would go to the cloud, and with it the token of another server.
            raise ConfigurationError(
                "The Fishjam ID looks like the address of a server: begin it with http:// or "
                "https://. An id alone has no port and no path."
            )
        try:
            return cls(f"{CLOUD}/{segment(fishjam_id, 'fishjam_id')}")
        except ValueError as error:
            raise ConfigurationError(str(error)) from None

    @classmethod
    def of_compositions(cls, composition_url: str | None) -> Address:
        """Return the address of the Composition API: of a URL the origin, else the hosted one.

        Raises `ConfigurationError` for what is no http(s) URL.
        """
        if not composition_url:
            return cls(COMPOSITIONS)
        if not isinstance(composition_url, str):
            raise ConfigurationError(
                f"The composition URL must be a string, not {type(composition_url).__name__}."
            )
        parts = _checked_host(composition_url, "composition URL")
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
    if "?" in url or "#" in url:
        raise ConfigurationError(
            f"The Fishjam URL must end with its path, without ?query or #fragment: {_bare(parts)}"
        )
    if any(part in {".", ".."} for part in parts.path.split("/")):
        raise ConfigurationError(f"The Fishjam URL has . or .. in its path: {_bare(parts)}")
    return parts


def _checked_host(url: str, what: str) -> SplitResult:
    """Split a URL whose scheme and host can be used; `what` names it in errors."""
    if _UNFIT.search(url):
        raise ConfigurationError(f"The {what} has blanks, backslashes or control characters in it.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # Python's own text is left out: it can quote credentials that are part of the URL.
        raise ConfigurationError(
            f"The {what} cannot be read: its host or its port is malformed."
        ) from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            f"The {what} holds credentials; pass the management token by itself instead."
        )
    if parts.scheme not in {"http", "https"}:
        raise ConfigurationError(f"The {what} must begin with https:// or http://: {_bare(parts)}")
    if not parts.hostname or port == 0:
        raise ConfigurationError(f"The {what} names no host that can be reached: {_bare(parts)}")
    return parts


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
    """Return the WebSocket address of a socket under a base URL; only the scheme changes."""
    parts = urlsplit(base_url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return parts._replace(scheme=scheme, path=parts.path.rstrip("/") + socket).geturl()


def warn_if_insecure(address: Address) -> None:
    """Warn the caller when a token sent to this address could be read on the way."""
    if address.is_plain_http_to_elsewhere:
        warn_from(
            f"The management token travels unencrypted to {address.origin}: use https.",
            InsecureUrlWarning,
        )
