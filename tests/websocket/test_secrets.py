"""Tokens that a server repeats: they show in no error, no cause of one, and no log."""

from __future__ import annotations

import traceback

import pytest

from fishjam._core.notes import explained
from fishjam._websocket._signals import SocketEndedError, UnexpectedText
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import (
    FishjamError,
    HandshakeRefusedError,
    ProxyRefusedError,
    RedirectRefusedError,
    SocketBrokenError,
    SocketOpenError,
)
from tests.support.websocket_server import TEXT, Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

TOKEN = "eyJhbGciOiJIUzI1NiJ9." + "ab3X" * 60 + ".c2lnbmF0dXJl"
SHORT = "a-token-of-medium-size"


def everything_of(error: BaseException) -> str:
    """Return all that a log, a debugger or an error tracker could show of an error."""
    texts = ["".join(traceback.format_exception(error)), explained(error)]
    current: BaseException | None = error
    while current is not None:
        texts += [repr(current), repr(current.args), repr(vars(current))]
        current = current.__cause__ or current.__context__
    return "\n".join(texts)


def check(error: FishjamError) -> None:
    shown = everything_of(error)
    assert SHORT not in shown
    assert TOKEN[:30] not in shown
    assert "***" in shown


@pytest.mark.parametrize("code", [1000, 1011])
@pytest.mark.parametrize("token", [TOKEN, SHORT])
async def test_in_a_close_reason(serve: Serve, code: int, token: str) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        # A close frame has no room for more.
        peer.close(code, f"invalid token {token}"[:123])
        peer.read_until_end()

    error_class = SocketEndedError if code == 1000 else SocketBrokenError
    options = SocketOptions(close_timeout=0.1)
    async with connect_websocket(serve(script).url, options, [token]) as socket:
        with pytest.raises(error_class) as received:
            await socket.receive()
        with pytest.raises(error_class) as sent:
            await socket.send(b"x")
        assert socket.close_reason == "invalid token ***"
    for caught in (received, sent):
        check(caught.value)
        assert getattr(caught.value, "reason", "") == "invalid token ***"


async def test_in_a_text_message(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send_frame(TEXT, f"{'x' * 90} {TOKEN}".encode())
        peer.end_in_order()

    async with connect_websocket(serve(script).url, secrets=[TOKEN]) as socket:
        with pytest.raises(UnexpectedText) as caught:
            await socket.receive()
    check(caught.value)
    assert caught.value.text == f"{'x' * 90} ***"


@pytest.mark.parametrize("status", ["401 Unauthorized", "302 Found"])
async def test_in_a_refusal(serve: Serve, status: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        body = f"{'x' * 900} {TOKEN} is not valid".encode()
        headers = (f"X-Echo: {TOKEN}", f"Location: http://elsewhere/{TOKEN}")
        peer.answer(status, *headers, body=body)
        peer.read_until_end()

    with pytest.raises(HandshakeRefusedError) as caught:
        async with connect_websocket(serve(script).url, secrets=[TOKEN]):
            pytest.fail("connected")
    check(caught.value)
    assert isinstance(caught.value, RedirectRefusedError) == status.startswith("302")


async def test_in_the_refusal_of_a_proxy(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        request = peer.read_request()
        peer.answer("407 Proxy Authentication Required", body=request)
        peer.read_until_end()

    address = f"user:{SHORT}@127.0.0.1:{serve(script).port}"
    with pytest.raises(ProxyRefusedError) as caught:
        async with connect_websocket(
            "ws://host.invalid/", SocketOptions(proxy=f"http://{address}")
        ):
            pytest.fail("connected")
    check(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        f"{'x' * 90} {TOKEN}",
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: {TOKEN}\r\nConnection: Upgrade\r\n\r\n",
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n{TOKEN}\r\n\r\n",
    ],
)
async def test_in_an_answer_that_is_not_a_handshake(serve: Serve, answer: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(answer.encode())
        peer.read_until_end()

    with pytest.raises(SocketOpenError) as caught:
        async with connect_websocket(serve(script).url, secrets=[TOKEN]):
            pytest.fail("connected")
    assert TOKEN[:30] not in everything_of(caught.value)


async def test_a_token_that_is_too_short_to_be_one(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.close(1000, "the token was not taken")
        peer.read_until_end()

    options = SocketOptions(close_timeout=0.1)
    async with connect_websocket(serve(script).url, options, ["t"]) as socket:
        with pytest.raises(SocketEndedError, match="the token was not taken"):
            await socket.receive()
