"""Addresses: taken apart once, and written the same way wherever they turn up."""

from __future__ import annotations

import pytest

from fishjam._websocket.url import WebSocketUrl


@pytest.mark.parametrize(
    ("url", "authority", "resource"),
    [
        ("ws://host", "host", "/"),
        ("wss://host:443/a/b?c=d#", "host", "/a/b?c=d"),
        ("ws://host:443/", "host:443", "/"),
        ("WSS://HOST:80/A", "host:80", "/A"),
        ("ws://[::1]:8080/x", "[::1]:8080", "/x"),
        ("ws://bücher.example/ü?ü", "xn--bcher-kva.example", "/%C3%BC?%C3%BC"),
        ("ws://host/a%2Fb?q=%20+&r=/?", "host", "/a%2Fb?q=%20+&r=/?"),
        ("ws://host//double//slashes", "host", "//double//slashes"),
    ],
)
def test_addresses(url: str, authority: str, resource: str) -> None:
    target = WebSocketUrl.of(url)
    assert target.authority == authority
    assert target.resource == resource
    assert target.url == f"{target.scheme}://{authority}{resource}"
    assert target.secure == url.lower().startswith("wss")


def test_the_query_does_not_show() -> None:
    assert str(WebSocketUrl.of("wss://host/path?token=secret")) == "wss://host/path"
    assert WebSocketUrl.of("wss://host/path?token=secret").host_and_port == "host:443"
