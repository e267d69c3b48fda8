"""The emulator: a local Fishjam that a program starts and stops."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Collection, Sequence
from types import TracebackType
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from typing_extensions import Self

from fishjam.clock._manual import ManualClock
from fishjam.emulator._control_api.app import ControlApi
from fishjam.emulator._controls.controls import Controls
from fishjam.emulator._engine import Engine, MediaFactory
from fishjam.emulator._errors import EmulatorError
from fishjam.emulator._gate import AccessRules
from fishjam.emulator._server import ServerThread
from fishjam.errors import MissingExtraError

MOQ_RELAY_URL = "https://relay.fishjam.io"
DEVELOPMENT = "development"
"""The management token and the webhook secret unless others are given."""


class Emulator(Controls):
    """A local Fishjam for development and tests.

    It serves the REST API and the sockets in a thread of its own, so synchronous code, asyncio and
    trio use it in the same way, with `with` or `async with`. Everything is kept in memory. A
    stopped emulator can be started again on the same port; it still has everything except open
    sockets and webhooks that were not delivered.

    The audio of agents and virtual peers is played in real time and reaches all peers that are
    subscribed to it, in their own format; without `webrtc=True`, peers on the peer socket take part
    without media. An agent that adds an impossible track, or sends an invalid message, is closed
    with 1003. A VAPI peer connects by itself and stays silent; with `autoClose` it disconnects when
    the last other peer has left.

    The Composition API is served at the same address, which is the `composition_url` of a client.
    Compositions keep what is registered and follow the rules, but mix nothing: no media are fetched
    or sent, and every recording has the same short MP4 file. An input is live until it is
    unregistered, its room's tracks are removed, or `end_input` ends it; a composition without live
    inputs is deleted after 5 minutes. A WHIP output to a livestream of the emulator, with the token
    of a streamer, connects that streamer as long as it sends.

    A socket client that reads too slowly is closed with 1013 once more than 65,536 frames or 16 MiB
    are queued for it. For an address that takes webhooks too slowly at most 10,000 events of each
    room are queued; then the oldest ones are dropped.

    Args:
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        management_token: the token that requests must bear: printable ASCII without spaces.
        webhook_secret: the secret that webhooks are signed with.
        webhook_url: an http or https address that gets all webhooks, besides the addresses that
            rooms and streams are made with.
        moq_relay_url: the relay that MoQ access is given for.
        public_url: the address to hand out where clients reach the emulator under another one
            than `http://HOST:PORT`, as in a container. Requests for other hosts than this one,
            `host` and this machine (`localhost`, 127.0.0.1) are refused with 421.
        allow_origins: the origins of web pages that may use the emulator, such as
            `https://app.example`, besides those that this machine serves at any port. Others get
            403; only what a user's own token opens (the peer socket, WHIP, WHEP) is open to all.
        sandbox: whether web pages get tokens by the names of a room and a peer at
            `/room-manager`, as from Fishjam's sandbox, without a backend and the management token.
        clock: a `fishjam.clock.ManualClock` to go by instead of the time of day: then time stands
            still but for `advance`, of the clock or of the emulator, and audio is played no
            further than the clock has come.
        webrtc: whether browsers take part with their cameras and microphones; that takes the extra
            `webrtc`. By default the peer socket serves everything but media.
        ice_addresses: the addresses of this machine at which browsers send and receive media; by
            default 127.0.0.1 and those of the network interfaces.

    Raises:
        ValueError: if an argument cannot be used.
        MissingExtraError: if `webrtc` is asked for without the packages for it.

    Example:
        ```python
        with Emulator() as emulator:
            client = FishjamClient(emulator.fishjam_id, emulator.management_token)
            room = client.create_room()
        ```
    """

    __module__ = "fishjam.emulator"

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        management_token: str = DEVELOPMENT,
        webhook_secret: str = DEVELOPMENT,
        webhook_url: str | None = None,
        moq_relay_url: str = MOQ_RELAY_URL,
        public_url: str | None = None,
        allow_origins: Collection[str] = (),
        sandbox: bool = False,
        clock: ManualClock | None = None,
        webrtc: bool = False,
        ice_addresses: Sequence[str] | None = None,
    ) -> None:
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {port}")
        # Clients put it into a header as it is.
        if not (management_token.isascii() and management_token.isprintable()) or (
            management_token.split() != [management_token]
        ):
            raise ValueError("management_token must be printable ASCII text without spaces")
        if webhook_url is not None and not webhook_url.startswith(("http://", "https://")):
            raise ValueError(f"webhook_url must be an http or https URL, not {webhook_url!r}")
        if public_url is not None:
            public_url = _checked_url(public_url)
        self._engine = Engine(
            management_token=management_token,
            webhook_secret=webhook_secret,
            webhook_url=webhook_url,
            moq_relay_url=moq_relay_url.rstrip("/"),
            clock=clock,
            access=AccessRules(host, public_url, allow_origins),
            has_sandbox=sandbox,
            media=_media(webrtc, ice_addresses, clock),
        )
        self._host = host
        self._port = port
        self._webhook_secret = webhook_secret
        self._public_url = public_url
        self._control_api = ControlApi(self)
        self._server: ServerThread | None = None
        self._lifecycle = threading.Lock()

    @property
    def fishjam_id(self) -> str:
        """The address of the emulator, to be used as Fishjam ID.

        Raises:
            EmulatorError: if the emulator was never started.
        """
        if not self._engine.origin:
            raise EmulatorError("the emulator has no address before it is started")
        return self._engine.origin

    @property
    def management_token(self) -> str:
        """The management token."""
        return self._engine.management_token

    @property
    def webhook_secret(self) -> str:
        """The secret that webhooks are signed with."""
        return self._webhook_secret

    def start(self) -> None:
        """Start serving; returns when requests are answered.

        Raises:
            EmulatorError: if the emulator is running already, or its port is taken.
        """
        with self._lifecycle:
            if self._server is not None:
                raise EmulatorError(f"the emulator is running already, at {self._engine.origin}")
            listener = _listen(self._host, self._port)
            # Kept, so that the next start takes the same port even if any would do.
            self._port = listener.getsockname()[1]
            self._engine.origin = self._public_url or _url(self._host, self._port)
            server = ServerThread(listener)
            application = self._engine.application(server, self._control_api)
            server.start(application, *self._engine.services)
            self._engine.clock.start()
            self._server = server

    def stop(self) -> None:
        """Close all connections and stop serving; does nothing if the emulator is not running."""
        with self._lifecycle:
            server, self._server = self._server, None
            if server is not None:
                server.stop()
                self._engine.clock.stop()

    def reset(self) -> None:
        """Forget everything: all resources, faults, records and settings.

        Open sockets are closed with 1001 and pending webhooks dropped, without notifications. The
        address, the management token and the webhook secret stay the same.
        """
        with self._engine.lock:
            self._engine.reset()

    def advance(self, seconds: float) -> None:
        """Advance the emulator's clock, for example so that tokens expire.

        All audio that is due by then has been delivered when this returns. With a clock of your
        own this is the same as advancing that one.

        Args:
            seconds: how far, in seconds.

        Raises:
            ValueError: if `seconds` is negative.
        """
        # Without the lock: other users of the same clock may need locks of their own.
        self._engine.clock.advance(seconds)

    def __repr__(self) -> str:
        if self._server is None:
            return "<Emulator not running>"
        return f"<Emulator at {self._engine.origin}>"

    def __enter__(self) -> Self:
        """Start the emulator."""
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the emulator."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Start the emulator."""
        await anyio.to_thread.run_sync(self.start)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the emulator, also when the task is cancelled."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.stop)


def _media(
    webrtc: bool, ice_addresses: Sequence[str] | None, clock: ManualClock | None
) -> MediaFactory | None:
    if not webrtc:
        return None
    if clock is not None:
        raise ValueError("webrtc=True needs the machine's time: browsers do not wait for a clock")
    try:
        from fishjam.emulator._webrtc import server
    except ImportError as error:
        raise MissingExtraError(
            'webrtc=True needs aiortc: pip install "fishjam-server-sdk[webrtc]"'
        ) from error
    return server.factory(ice_addresses)


def _checked_url(url: str) -> str:
    """Return a public address without a slash at its end."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or "?" in url or "#" in url or "@" in url:
        raise ValueError(f"public_url must be an http or https URL, not {url!r}")
    # Socket addresses are made by taking the place of "http", in small letters.
    scheme, _, rest = url.partition("://")
    return f"{scheme.lower()}://{rest}".rstrip("/")


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
    except OSError as error:
        raise EmulatorError(f"cannot listen on {host}: {error.strerror}") from error
    # asyncio sets TCP_NODELAY, without which small answers wait, only if the protocol is named.
    listener = socket.socket(family, kind, protocol)
    try:
        # Without it a port could not be taken again while old connections are in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        if error.errno == errno.EADDRINUSE:
            reason = "another program uses this port"
        raise EmulatorError(f"cannot listen on {host} port {port}: {reason}") from error
    return listener


def _url(host: str, port: int) -> str:
    """Return the address at which this machine reaches a server that listens on a host."""
    # A wildcard is for listening; some systems do not connect to it.
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
