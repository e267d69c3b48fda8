"""From a Fishjam ID to addresses: what is taken, what is refused, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fishjam._http.address import (
    AGENT_SOCKET,
    PEER_SOCKET,
    Address,
    agent_address,
    socket_url,
)
from fishjam.errors import ConfigurationError, MissingFishjamIdError

CLOUD = "https://fishjam.io/api/v1/connect"


@pytest.mark.parametrize(
    ("fishjam_id", "base_url"),
    [
        ("abc", f"{CLOUD}/abc"),
        ("0f9e1c-AZ_~x", f"{CLOUD}/0f9e1c-AZ_~x"),
        ("a&e=f%2F", f"{CLOUD}/a%26e%3Df%252F"),
        (" abc ", f"{CLOUD}/abc"),
        ("abc\r\n", f"{CLOUD}/abc"),
        ("\tabc\u2003", f"{CLOUD}/abc"),
        ("localhosts", f"{CLOUD}/localhosts"),
        ("żółw", f"{CLOUD}/%C5%BC%C3%B3%C5%82w"),
        ("https://my.fishjam/base", "https://my.fishjam/base"),
        ("https://my.fishjam/base/", "https://my.fishjam/base"),
        ("https://my.fishjam/base///", "https://my.fishjam/base"),
        ("https://my.fishjam", "https://my.fishjam"),
        ("https://my.fishjam/", "https://my.fishjam"),
        ("HTTPS://My.Fishjam:8443/Base", "https://my.fishjam:8443/Base"),
        (" https://my.fishjam/base\n", "https://my.fishjam/base"),
        ("https://stra\xdfe.example/x", "https://xn--strae-oqa.example/x"),
        ("https://fa\xdf.example:8443", "https://xn--fa-hia.example:8443"),
        ("https://B\xdcCHER.example", "https://xn--bcher-kva.example"),
        ("https://b\xfccher\u3002example", "https://xn--bcher-kva.example"),
        ("http://127.0.0.1:5002", "http://127.0.0.1:5002"),
        ("http://[::1]:5002/x", "http://[::1]:5002/x"),
        ("https://fishjam.io/api/v1/connect/abc", f"{CLOUD}/abc"),
        ("https://host/a%2Fb/c", "https://host/a%2Fb/c"),
        ("https://host/...", "https://host/..."),
    ],
)
def test_ids_and_urls(fishjam_id: str, base_url: str) -> None:
    assert Address.of(fishjam_id).base_url == base_url


@pytest.mark.parametrize("empty", ["", " ", "\t\n", "\u2003", None, 0, b"bytes", ["x"]])
def test_nothing_is_a_missing_id(empty: Any) -> None:
    with pytest.raises(MissingFishjamIdError, match="Fishjam ID is empty") as caught:
        Address.of(empty)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.0.0.1:5002",
        "[::1]:5002",
        "::1",
        "localhost",
        "LocalHost",
        " localhost ",
        "localhost:5002",
        "localhost/fishjam",
        "fishjam.example.com",
        "fishjam.example.com/",
        "fishjam\u3002example\u3002com",
        "//localhost:5002",
        "host:5002?x=1",
        "http:127.0.0.1:5002",
        "user@host",
        "a b",
        "a\nb",
        "a/b",
        ".",
        "..",
        "...",
        "a?b",
        "a#b",
    ],
)
def test_what_may_be_an_address_is_not_taken_for_an_id(address: str) -> None:
    with pytest.raises(ConfigurationError, match="neither an id nor a whole address"):
        Address.of(address)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: Address.of(" abc"), "Fishjam ID"),
        (lambda: Address.of("https://host\n"), "Fishjam ID"),
        (lambda: Address.of_compositions("https://host "), "composition URL"),
    ],
)
def test_spaces_at_the_ends_are_left_out_with_a_word(
    make: Callable[[], Address], what: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert not make().base_url.endswith((" ", "%20", "\n"))
    assert caplog.messages == [
        f"The {what} has spaces or line breaks at its ends, which are left out."
    ]


@pytest.mark.parametrize("host", ["b\xfc\xdf..example", "\u2260.example", "x" * 64, "a..b"])
def test_hosts_that_cannot_be_looked_up(host: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a valid host name"):
        Address.of(f"https://{host}/")


@pytest.mark.parametrize("bad", ["a\x00", "\x7f", "a\x9fb", "\ud800"])
def test_ids_that_cannot_be_one_segment(bad: str) -> None:
    with pytest.raises(ConfigurationError, match="control characters or invalid Unicode"):
        Address.of(bad)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://host/x?token=s3cret", "without .query or #fragment"),
        ("https://host/x?", "without .query or #fragment"),
        ("https://host/x#s3cret", "without .query or #fragment"),
        ("https://host/#", "without .query or #fragment"),
        ("https://user:s3cret@host/x", "contains credentials"),
        ("https://s3cret@host", "contains credentials"),
        ("https://@host", "contains credentials"),
        ("https://:@host", "contains credentials"),
        ("ftp://user:s3cret@host", "contains credentials"),
        ("ftp://host/x", "must begin with https:// or http://"),
        ("ws://host/x", "must begin with https:// or http://"),
        ("file:///etc/passwd", "must begin with https:// or http://"),
        ("://host", "must begin with https:// or http://"),
        ("javascript://host/%0aalert(1)", "must begin with https:// or http://"),
        ("https://", "has no host"),
        ("https:///path", "has no host"),
        ("https://:8080/path", "has no host"),
        ("https://host:0/", "has no host"),
        ("https://host:99999/", "host or its port is malformed"),
        ("https://host:s3cret/", "host or its port is malformed"),
        ("https://user:s3cr/et@host/", "host or its port is malformed"),
        ("https://user:s3cret@exa\u2100mple.com/", "host or its port is malformed"),
        ("https://[::1", "host or its port is malformed"),
        ("https://ho st/", "spaces, backslashes or control characters"),
        ("https://host/a\tb", "spaces, backslashes or control characters"),
        ("https://host/\x00", "spaces, backslashes or control characters"),
        ("https://host/\u2003x", "spaces, backslashes or control characters"),
        ("https://evil.example\\.host/", "spaces, backslashes or control characters"),
        ("https://host/./x", r"\. or \.\. in its path"),
        ("https://host/a/../b", r"\. or \.\. in its path"),
        ("https://host/..", r"\. or \.\. in its path"),
    ],
)
def test_urls_that_cannot_be_a_base(url: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        Address.of(url)
    assert "s3cret" not in str(caught.value)
    assert "s3cr" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("abc", "https://fishjam.io"),
        ("https://host/a/b", "https://host"),
        ("http://127.0.0.1:5002/a", "http://127.0.0.1:5002"),
        ("http://[::1]:5002/a", "http://[::1]:5002"),
    ],
)
def test_the_origin_has_no_path(url: str, origin: str) -> None:
    assert Address.of(url).origin == origin


@pytest.mark.parametrize(
    ("url", "in_the_open"),
    [
        ("abc", False),
        ("https://host", False),
        ("http://host", True),
        ("http://10.0.0.1:5002", True),
        ("http://localhost.example", True),
        ("http://127.0.0.1.example", True),
        ("http://0.0.0.0:5002", True),
        ("http://[2001:db8::1]", True),
        ("http://localhost:5002", False),
        ("http://LOCALHOST:5002", False),
        ("http://emulator.localhost", False),
        ("http://127.0.0.1", False),
        ("http://127.8.9.1:80", False),
        ("http://[::1]:5002", False),
    ],
)
def test_where_a_token_travels_in_the_open(url: str, in_the_open: bool) -> None:
    assert Address.of(url).is_plain_http_to_elsewhere is in_the_open


BASE = "https://fishjam.io/api/v1/connect/abc"


@pytest.mark.parametrize(
    ("given", "agent_url"),
    [
        (None, BASE),
        ("", BASE),
        (f"host/x{PEER_SOCKET}", "https://host/x"),
        (f"host/x{AGENT_SOCKET}", "https://host/x"),
        (f"https://host/x{PEER_SOCKET}", "https://host/x"),
        (f"http://127.0.0.1:5002{AGENT_SOCKET}", "http://127.0.0.1:5002"),
        ("wss://host/x", "wss://host/x"),
        ("host/x", "https://host/x"),
    ],
)
def test_where_an_agent_connects(given: str | None, agent_url: str) -> None:
    assert agent_address(given, Address.of("abc")) == agent_url


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://host/x", "wss://host/x/s"),
        ("http://host/x/", "ws://host/x/s"),
        ("wss://host", "wss://host/s"),
        ("https://my-http-proxy.example/http/x", "wss://my-http-proxy.example/http/x/s"),
    ],
)
def test_only_the_scheme_of_a_socket_differs(base_url: str, url: str) -> None:
    assert socket_url(base_url, "/s") == url


def test_the_address_of_a_socket_that_cannot_be_read() -> None:
    with pytest.raises(ConfigurationError, match="its host is malformed"):
        socket_url("http://[::1", "/socket/agent/websocket")
