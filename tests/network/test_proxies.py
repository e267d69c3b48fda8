"""Which proxy the environment names, held against what httpx makes of the same variables."""

from __future__ import annotations

import itertools
import ssl

import httpx
import pytest

from fishjam._network.hosts import EnvironmentProxies, without_credentials
from fishjam.errors import ConfigurationError

HOSTS = [
    "example.com",
    "www.example.com",
    "wwwexample.com",
    "192.168.0.0",
    "192.168.0.7",
    "[2001:db8::7]",
    "example.com:8080",
    "example.com:443",
    "b\xfccher.example",
]
EXEMPTIONS = [
    "",
    "*",
    "example.com",
    ".example.com",
    "EXAMPLE.com",
    "*.example.com",
    "*example.com",
    "www.example.com , other.example",
    "example.com:8080",
    "example.com:443",
    "localhost",
    "127.0.0.1",
    "192.168.0.0/16",
    "2001:db8::7",
    "http://example.com",
    "https://example.com",
    "all://*.example.com",
    "all://*example.com",
    "https://",
    ",,",
]


def find(url: str) -> str | None:
    parsed = httpx.URL(url)
    host = parsed.raw_host.decode("ascii")
    proxy = EnvironmentProxies.read().find(parsed.scheme, host, parsed.port)
    return None if proxy is None else without_credentials(proxy.url)


@pytest.mark.parametrize("exempt", EXEMPTIONS)
def test_the_environment_is_read_as_httpx_reads_it(
    exempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ask httpx itself which way it would go."""
    settings = [
        {},
        {"HTTP_PROXY": "http://one:1"},
        {"HTTPS_PROXY": "http://two:2"},
        {"ALL_PROXY": "http://three:3"},
        {"HTTP_PROXY": "http://one:1", "https_proxy": "two:2", "ALL_PROXY": "http://three:3"},
    ]
    monkeypatch.setenv("NO_PROXY", exempt)
    for setting in settings:
        with monkeypatch.context() as patch:
            for name, value in setting.items():
                patch.setenv(name, value)
            with httpx.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as client:
                for host, scheme in itertools.product(HOSTS, ["http", "https"]):
                    url = f"{scheme}://{host}/"
                    assert find(url) == way_of_httpx(client, url), (setting, url)


def way_of_httpx(client: httpx.Client, url: str) -> str | None:
    transport = client._transport_for_url(httpx.URL(url))
    assert isinstance(transport, httpx.HTTPTransport)
    proxy = getattr(transport._pool, "_proxy_url", None)
    if proxy is None:
        return None
    return f"{proxy.scheme.decode()}://{proxy.host.decode()}:{proxy.port}"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "emulator.localhost", "127.0.0.1", "127.9.9.9", "[::1]"]
)
def test_this_machine_is_reached_directly(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy:1")
    assert find(f"http://{host}:5002/") is None


def test_an_exemption_with_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where httpx gives up, this does what is meant."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy:1")
    monkeypatch.setenv("NO_PROXY", "[2001:db8::7]")
    assert find("http://[2001:db8::7]/") is None


@pytest.mark.parametrize(
    "exempt", ["example.com:port", "fd00::/64", "localhost,fd00:aa::/64", "a\u2100b"]
)
def test_an_exemption_that_cannot_be_read_exempts_nothing(
    exempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy:1")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert find("http://example.com/") == "http://proxy:1"


def test_an_exempt_host_beyond_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy:1")
    for exempt in (
        "stra\xdfe.example",
        "xn--strae-oqa.example",
        "\u2260..example, stra\xdfe.example",
    ):
        monkeypatch.setenv("NO_PROXY", exempt)
        assert find("http://stra\xdfe.example/") is None


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2/x@proxy.example:3128",
        "http://user:hunter2\u2100@proxy.example:1",
        "proxy:http",
        "http://",
        "http://proxy:0",
        "http://[::1",
    ],
)
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_read(
    url: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(ConfigurationError, match=f"^{variable} holds a URL") as caught:
        find("http://example.com/")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert find("http://localhost/") is None


def test_its_text_has_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://user:hunter2@[2001:db8::1]:3128")
    proxy = EnvironmentProxies.read().find("https", "example.com", None)
    assert str(proxy) == "http://[2001:db8::1]:3128 (https_proxy)"
    assert "hunter2" not in repr(proxy)
    assert "hunter2" not in repr(EnvironmentProxies.read())


def test_settings_of_the_system_have_no_variable() -> None:
    proxy = EnvironmentProxies({"http": "http://proxy"}).find("http", "example.com", 80)
    assert str(proxy) == "http://proxy (the system's proxy settings)"
