"""The settings: their defaults, what they refuse, and what they keep to themselves."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest

from fishjam._websocket.options import FROM_ENVIRONMENT, SocketOptions
from fishjam.errors import ConfigurationError


def test_the_defaults() -> None:
    options = SocketOptions()
    assert (options.ping_interval, options.ping_timeout) == (20, 20)
    assert (options.open_timeout, options.close_timeout) == (10, 5)
    assert options.max_message_size == 16 * 1024 * 1024
    assert options.proxy is FROM_ENVIRONMENT
    assert options.ssl_context is None
    assert options.headers == {}


def test_options_do_not_change() -> None:
    headers = {"X-A": "b"}
    options = SocketOptions(headers=headers)
    headers["X-C"] = "d"
    assert options.headers == {"X-A": "b"}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        options.open_timeout = 1  # type: ignore[misc]
    assert attrs.evolve(options, open_timeout=1).open_timeout == 1
    assert {options, SocketOptions(headers={"X-A": "b"})} == {options}


def test_no_secret_shows() -> None:
    options = SocketOptions(
        headers={"Authorization": "Bearer secret"}, proxy="http://user:secret@proxy:3128"
    )
    assert "secret" not in repr(options)
    assert "proxy='http://proxy:3128'" in repr(options)
    assert "proxy=FROM_ENVIRONMENT" in repr(SocketOptions())
    assert "proxy=None" in repr(SocketOptions(proxy=None))


@pytest.mark.parametrize("name", ["ping_interval", "ping_timeout", "open_timeout"])
def test_times_that_may_be_left_out(name: str) -> None:
    settings: dict[str, Any] = {name: None}
    assert getattr(SocketOptions(**settings), name) is None


def test_closing_may_take_no_time_but_not_all_of_it() -> None:
    assert SocketOptions(close_timeout=0).close_timeout == 0
    with pytest.raises(ConfigurationError, match=r"at least 0$"):
        SocketOptions(close_timeout=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0, -1, math.nan, 10**400, "10", True])
@pytest.mark.parametrize("name", ["ping_interval", "ping_timeout", "open_timeout"])
def test_times_that_make_no_sense(name: str, value: object) -> None:
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=rf"{name}=.*: give seconds.*or None"):
        SocketOptions(**settings)


@pytest.mark.parametrize("value", [0, -1, 1.5, None, True])
def test_sizes_that_make_no_sense(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"max_message_size=.*: give bytes"):
        SocketOptions(max_message_size=value)


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"X-A": "b\r\nX-C: d"}, "cannot travel"),
        ({"X-A\n": "b"}, "cannot travel"),
        ({"": "b"}, "cannot travel"),
        ({"X A": "b"}, "cannot travel"),
        ({"X-A": " b"}, "cannot travel"),
        ({"X-A": 1}, "cannot travel"),
        ({1: "b"}, "cannot travel"),
        ([("X-A", "b")], "must be a dict, not list"),
        ({"X-A": "☃"}, "cannot travel"),
        ({"X-A": "é"}, "cannot travel"),
        ({"Host": "elsewhere"}, "belongs to the handshake"),
        ({"Upgrade": "h2c"}, "belongs to the handshake"),
        ({"connection": "close"}, "belongs to the handshake"),
        ({"Sec-WebSocket-Key": "x"}, "belongs to the handshake"),
        ({"Sec-WebSocket-Extensions": "permessage-deflate"}, "belongs to the handshake"),
    ],
)
def test_headers_that_cannot_be_sent(headers: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        SocketOptions(headers=headers)
    assert "☃" not in str(caught.value)


@pytest.mark.parametrize("name", ["proxy", "ssl_context"])
def test_values_of_another_type(name: str) -> None:
    settings: dict[str, Any] = {name: 8080}
    with pytest.raises(ConfigurationError, match=rf"{name} must be .*, not int"):
        SocketOptions(**settings)
