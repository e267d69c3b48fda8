"""Host names in their ASCII form, and the names of this machine."""

from __future__ import annotations

import httpx
import pytest

from fishjam._network.hosts import ascii_host, is_loopback
from fishjam.errors import ConfigurationError


@pytest.mark.parametrize(
    "host", ["straße.example", "faß.example", "βόλος.example", "bücher.example", "BÜCHER.example"]
)
def test_a_host_is_encoded_as_httpx_does_it(host: str) -> None:
    assert ascii_host(host) == httpx.URL(f"https://{host}").raw_host.decode()


def test_what_is_ascii_stays() -> None:
    assert ascii_host("Example.COM") == "example.com"
    assert ascii_host("::1") == "::1"


@pytest.mark.parametrize("host", ["☃.example", "-ü.example", "a\u2100b.example", "a..b", "x" * 64])
def test_a_host_that_cannot_be_encoded(host: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a valid host name"):
        ascii_host(host)


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "a.b.localhost", "127.0.0.1", "127.9.8.7", "::1"],
)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["notlocalhost", "localhost.example", "128.0.0.1", "::2", "127.0.0.1.example", ""]
)
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)
