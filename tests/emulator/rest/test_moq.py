"""Access to the MoQ relay over REST."""

from __future__ import annotations

from typing import Any

import httpx
import jwt
import pytest

from fishjam.emulator import Emulator
from tests.support.plain_http import PLAIN


def access(api: httpx.Client, body: dict[str, Any], base: str = "") -> tuple[str, dict[str, Any]]:
    response = api.post(f"{base}/moq/access", json=body)
    assert response.status_code == 200
    answer = response.json()
    token = answer["token"]
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    assert answer["connection_url"].endswith(f"?jwt={token}")
    claims = jwt.decode(token, options={"verify_signature": False})
    return answer["connection_url"].partition("?")[0], claims


@pytest.mark.parametrize(
    ("body", "put", "get"),
    [
        ({"publishPath": "a", "subscribePath": "b"}, ["a"], ["b"]),
        ({"publishPath": "a", "subscribePath": None}, ["a"], []),
        ({"subscribePath": "b/c", "ttl": None}, [], ["b/c"]),
        ({"subscribePath": ""}, [], [""]),
    ],
)
def test_the_token_holds_the_paths(
    api: httpx.Client, body: dict[str, Any], put: list[str], get: list[str]
) -> None:
    url, claims = access(api, body)
    assert url == "https://relay.fishjam.io/emulator"
    assert claims["root"] == "emulator"
    assert (claims["put"], claims["get"]) == (put, get)
    assert claims["exp"] - claims["iat"] == 3600


def test_the_root_is_the_id_of_the_base_url(api: httpx.Client) -> None:
    url, claims = access(api, {"publishPath": "a"}, "/api/v1/connect/my-id")
    assert url == "https://relay.fishjam.io/my-id"
    assert claims["root"] == "my-id"


@pytest.mark.parametrize("ttl", [1, 604_800])
def test_the_time_to_live_is_taken(api: httpx.Client, ttl: int) -> None:
    _, claims = access(api, {"publishPath": "a", "ttl": ttl})
    assert claims["exp"] - claims["iat"] == ttl


@pytest.mark.parametrize("ttl", [0, -1, 604_801, 1.5, "60s", True])
def test_a_wrong_time_to_live_is_refused(api: httpx.Client, ttl: Any) -> None:
    response = api.post("/moq/access", json={"publishPath": "a", "ttl": ttl})
    assert response.status_code == 400
    assert response.json()["errors"].startswith("body.ttl: ")


@pytest.mark.parametrize(
    "body", [{}, {"json": {}}, {"json": {"publishPath": None, "subscribePath": None}}]
)
def test_neither_path_is_refused(api: httpx.Client, body: dict[str, Any]) -> None:
    response = api.post("/moq/access", **body)
    assert response.status_code == 400
    assert response.json() == {"errors": "body: publishPath or subscribePath must be given"}


def test_the_relay_is_a_choice() -> None:
    with Emulator(moq_relay_url="https://relay.example/") as emulator:
        headers = {"authorization": "Bearer development"}
        url = f"{emulator.fishjam_id}/moq/access"
        response = httpx.post(url, headers=headers, json={"publishPath": "a"}, **PLAIN)
    assert response.json()["connection_url"].startswith("https://relay.example/emulator?jwt=")
