"""The gate before every route and socket: hosts, web pages and CORS."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from fishjam.emulator import Emulator
from tests.support.emulator_sockets import (
    AGENT,
    PEER,
    SERVER,
    AgentRequest,
    AgentResponse,
    PeerMessage,
    ServerMessage,
    open_socket,
)
from tests.support.local_http import Quiet, serving
from tests.support.plain_http import PLAIN

TOKEN = {"authorization": "Bearer development"}
SOCKETS: dict[str, tuple[Any, Any]] = {
    SERVER: (ServerMessage, None),
    AGENT: (AgentRequest, AgentResponse),
    PEER: (PeerMessage, None),
}
FOREIGN = [
    "null",
    "http://evil.example",
    "https://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.2:5002",
    "http://localhost@evil.example",
    "http://evil.example/?http://localhost",
    "http://localhost/path",
    "http://somebody@localhost",
    "http://localhost:port",
    "http://localhost:99999",
    "http://[::1",
    "ftp://localhost",
    "localhost",
    "",
]
LOCAL = [
    "http://localhost:3000",
    "https://localhost",
    "http://127.0.0.1:8080",
    "http://[::1]:5173",
    "HTTP://LOCALHOST:3000",
]


def ask(emulator: Emulator, host: str | None, path: str = "/room") -> http.client.HTTPResponse:
    """Ask for rooms as a client that thinks that the emulator is that host."""
    port = int(emulator.fishjam_id.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", emulator._port or port, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in {"Host": host, **TOKEN}.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:80",
        "127.8.8.8:5002",
        "localhost",
        "LOCALHOST:1",
        "localhost.",
        "app.localhost:5002",
        "[::1]",
        "[::1]:5002",
    ],
)
def test_this_machine_is_served(emulator: Emulator, host: str) -> None:
    assert ask(emulator, host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:5002",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.5",
        "0.0.0.0",  # noqa: S104
        "[::]",
        "localhost:port",
        "localhost/",
        "a@localhost",
        "[localhost]",
        "127.0.0.1, evil.example",
        "",
        "xn--a",
    ],
)
def test_a_name_that_was_bent_to_this_machine_is_refused(emulator: Emulator, host: str) -> None:
    assert ask(emulator, host).status == 421
    # Nothing of it is noted, and no fault is used up.
    assert emulator.requests == []


def test_each_api_refuses_in_its_own_form(emulator: Emulator) -> None:
    bent = {**TOKEN, "host": "evil.example"}
    answer = httpx.get(f"{emulator.fishjam_id}/room", headers=bent, **PLAIN)
    assert answer.json()["errors"].startswith(
        "this emulator does not serve the host 'evil.example': start it with --public-url"
    )
    url = f"{emulator.fishjam_id}/api/composition/x/start"
    assert "evil.example" in httpx.post(url, headers=bent, json={}, **PLAIN).json()["message"]


@pytest.mark.parametrize("path", SOCKETS)
def test_no_socket_opens_for_a_bent_name(emulator: Emulator, path: str) -> None:
    with (
        pytest.raises(InvalidStatus) as caught,
        open_socket(emulator, path, *SOCKETS[path], additional_headers={"Host": "evil.example"}),
    ):
        pass
    assert caught.value.response.status_code in (400, 421)


def test_a_public_url_is_served() -> None:
    with Emulator(public_url="https://Fishjam.test:8443/") as emulator:
        assert ask(emulator, "fishjam.test:8443").status == 200
        assert ask(emulator, "fishjam.test").status == 200
        assert ask(emulator, "localhost").status == 200
        assert ask(emulator, "test").status == 421


def test_names_beyond_ascii_are_served_as_clients_send_them() -> None:
    with Emulator(
        public_url="https://Straße.example:8443", allow_origins=["https://Bücher.example"]
    ) as emulator:
        assert ask(emulator, "xn--strae-oqa.example").status == 200
        headers = {**TOKEN, "origin": "https://xn--bcher-kva.example"}
        url = f"http://127.0.0.1:{emulator._port}/room"
        assert httpx.get(url, headers=headers, **PLAIN).status_code == 200


def test_all_addresses_are_served_where_it_listens_on_all() -> None:
    with Emulator(host="0.0.0.0") as emulator:  # noqa: S104
        assert ask(emulator, "192.168.1.5:5002").status == 200
        assert ask(emulator, "[fd00::1]:5002").status == 200
        assert ask(emulator, "laptop.lan").status == 421


@pytest.mark.parametrize(
    "url",
    ["", "fishjam.test", "ftp://x", "http://", "http://x:99999", "http://x/?a", "http://u:p@x"],
)
def test_a_public_url_has_to_be_one(url: str) -> None:
    with pytest.raises(ValueError, match="public_url must be an http or https URL"):
        Emulator(public_url=url)


def test_the_scheme_of_a_public_url_may_be_in_capitals() -> None:
    with Emulator(public_url="HTTP://fishjam.test/") as emulator:
        assert emulator.fishjam_id == "http://fishjam.test"


@pytest.mark.parametrize("origin", LOCAL)
def test_a_page_of_this_machine_may_read_answers(emulator: Emulator, origin: str) -> None:
    headers = {**TOKEN, "origin": origin}
    answer = httpx.get(f"{emulator.fishjam_id}/room", headers=headers, **PLAIN)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_page_may_not(emulator: Emulator, origin: str, method: str) -> None:
    headers = {**TOKEN, "origin": origin, "access-control-request-method": "POST"}
    answer = httpx.request(method, f"{emulator.fishjam_id}/room", headers=headers, **PLAIN)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert emulator.rooms == []


def test_one_foreign_origin_of_several_is_enough(emulator: Emulator) -> None:
    headers = [("origin", "http://localhost"), ("origin", "http://evil.example")]
    answer = httpx.get(f"{emulator.fishjam_id}/room", headers=headers, **PLAIN)
    assert answer.status_code == 403


def test_a_preflight_is_answered(emulator: Emulator) -> None:
    headers = {
        "origin": "http://localhost:3000",
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "authorization,x-own",
    }
    answer = httpx.options(f"{emulator.fishjam_id}/room/r", headers=headers, **PLAIN)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert answer.headers["access-control-allow-headers"] == "authorization,x-own"
    assert "DELETE" in answer.headers["access-control-allow-methods"]
    del headers["access-control-request-headers"]
    answer = httpx.options(f"{emulator.fishjam_id}/room/r", headers=headers, **PLAIN)
    assert "authorization" in answer.headers["access-control-allow-headers"]


def test_without_an_origin_nothing_is_said_of_it(emulator: Emulator) -> None:
    answer = httpx.get(f"{emulator.fishjam_id}/room", headers=TOKEN, **PLAIN)
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", [SERVER, AGENT])
@pytest.mark.parametrize("origin", ["null", "http://evil.example"])
def test_backends_sockets_are_closed_to_foreign_pages(
    emulator: Emulator, path: str, origin: str
) -> None:
    with (
        pytest.raises(InvalidStatus) as caught,
        open_socket(emulator, path, *SOCKETS[path], origin=origin),
    ):
        pass
    assert caught.value.response.status_code == 403
    with open_socket(emulator, path, *SOCKETS[path], origin="http://localhost:3000"):
        pass


@pytest.mark.parametrize("base", ["", "/api/v1/connect/mine"])
def test_the_peer_socket_is_open_to_any_page(emulator: Emulator, base: str) -> None:
    for origin in ("null", "http://evil.example", "http://localhost"):
        with open_socket(emulator, base + PEER, *SOCKETS[PEER], origin=origin) as socket:
            socket.send(auth_request={"token": ""})
            assert socket.ending() == (1000, "missing token")


def test_livestreams_are_open_to_any_page(emulator: Emulator) -> None:
    url = f"{emulator.fishjam_id}/api/v1/live/api/whep"
    headers = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = httpx.options(url, headers=headers, **PLAIN)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_pages_that_are_named_may_use_it() -> None:
    allowed = ["https://app.example", "http://other.example:8080/"]
    with Emulator(allow_origins=allowed) as emulator:
        for origin, status in {
            "https://app.example": 200,
            "https://app.example:443": 200,
            "http://other.example:8080": 200,
            "http://app.example": 403,
            "https://app.example:8443": 403,
            "https://sub.app.example": 403,
        }.items():
            headers = {**TOKEN, "origin": origin}
            answer = httpx.get(f"{emulator.fishjam_id}/room", headers=headers, **PLAIN)
            assert answer.status_code == status
            assert answer.headers.get("access-control-allow-origin", origin) == origin


@pytest.mark.parametrize(
    "origin", ["*", "null", "app.example", "https://app.example/path", "https://u:p@app.example"]
)
def test_an_allowed_origin_has_to_be_one(origin: str) -> None:
    with pytest.raises(ValueError, match="an allowed origin has the form"):
        Emulator(allow_origins=[origin])


def test_its_own_page_may_use_it_under_its_public_name() -> None:
    with Emulator(public_url="http://fishjam.test:8080") as emulator:
        url = f"http://127.0.0.1:{emulator._port}/room"
        for origin, status in {
            "http://fishjam.test:8080": 200,
            "http://fishjam.test": 403,
        }.items():
            headers = {**TOKEN, "host": "fishjam.test:8080", "origin": origin}
            assert httpx.get(url, headers=headers, **PLAIN).status_code == status


@pytest.fixture
def other_port() -> Iterator[str]:
    """Another server on this machine, with a page that somebody opened."""

    class Page(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

    with serving(Page) as url:
        yield url


def test_a_page_from_another_port_of_this_machine(emulator: Emulator, other_port: str) -> None:
    assert httpx.get(other_port, **PLAIN).status_code == 200
    headers = {**TOKEN, "origin": other_port}
    answer = httpx.post(f"{emulator.fishjam_id}/room", headers=headers, **PLAIN)
    assert answer.status_code == 201
    assert answer.headers["access-control-allow-origin"] == other_port
