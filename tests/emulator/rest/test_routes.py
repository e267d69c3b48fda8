"""Routing on paths as they come from the wire."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fishjam.emulator._model.refusals import MethodNotAllowed, NotFound
from fishjam.emulator._rest.apis import Api
from fishjam.emulator._rest.routes import Routes
from tests.support.api_contract import ROUTES


@pytest.mark.parametrize(
    ("method", "path", "operation", "parameters"),
    [
        ("GET", "/room", "get_all_rooms", {}),
        ("GET", "/room/", "get_all_rooms", {}),
        ("GET", "//room", "get_all_rooms", {}),
        ("GET", "/room/a", "get_room", {"room_id": "a"}),
        ("GET", "/room/a%2Fb", "get_room", {"room_id": "a/b"}),
        ("GET", "/room/a%2fpeer", "get_room", {"room_id": "a/peer"}),
        ("GET", "/room//a", "get_room", {"room_id": "a"}),
        ("GET", "/room/%C3%A9%20", "get_room", {"room_id": "é "}),
        ("GET", "/room/%ff", "get_room", {"room_id": "\ufffd"}),
        ("GET", "/room/..", "get_room", {"room_id": ".."}),
        ("GET", "/room/{room_id}", "get_room", {"room_id": "{room_id}"}),
        ("DELETE", "/room/a/peer/b", "delete_peer", {"room_id": "a", "id": "b"}),
        ("POST", "/recordings/stop/stop", "stop_recording", {"recording_id": "stop"}),
        ("GET", "/media/r/recording.mp4", "download_media", {"recording_id": "r"}),
    ],
)
def test_a_path_has_an_operation(
    method: str, path: str, operation: str, parameters: dict[str, str]
) -> None:
    for prefix, fishjam_id in (("", None), ("/api/v1/connect/i%2Fd", "i/d")):
        match = ROUTES.match(method, prefix + path)
        assert match.operation.id == operation
        assert match.parameters == parameters
        assert match.fishjam_id == fishjam_id


@pytest.mark.parametrize(
    "path",
    ["", "/", "*", "/rooms", "/Room", "/room/a/b", "/room/a/peer/b/c", "/room%2Fa", "room:1"],
)
def test_a_path_without_an_operation(path: str) -> None:
    for prefix in ("", "/api/v1/connect/id"):
        with pytest.raises(NotFound):
            ROUTES.match("GET", prefix + path)


@pytest.mark.parametrize("path", ["/api/v1/connect", "/api/v1/connect/", "/api/v1/room"])
def test_a_base_url_without_an_id_is_none(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTES.match("GET", path)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/room", "GET, POST"),
        ("HEAD", "/room", "GET, POST"),
        ("get", "/room", "GET, POST"),
        ("POST", "/room/peer", "GET, DELETE"),
        ("POST", "/media/r/recording.mp4", "GET"),
    ],
)
def test_a_wrong_method_lists_the_right_ones(method: str, path: str, allowed: str) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        ROUTES.match(method, path)
    assert sorted(caught.value.headers["allow"].split(", ")) == sorted(allowed.split(", "))


def test_references_are_followed() -> None:
    document: dict[str, Any] = {
        "paths": {
            "/things": {
                "post": {
                    "operationId": "make",
                    "parameters": [{"$ref": "#/components/parameters/q"}],
                    "requestBody": {"$ref": "#/components/requestBodies/thing"},
                }
            }
        },
        "components": {
            "parameters": {"q": {"in": "query", "name": "q"}},
            "requestBodies": {"thing": {"required": True, "content": {"application/json": {}}}},
        },
    }
    operation = Routes([Api(document)]).operations["make"]
    assert operation.has_query
    assert operation.body_required
    assert operation.body_types == ("application/json",)


@pytest.mark.parametrize("path", ["/nothing", "/room/a/b/c", "/api/v1/live"])
def test_unknown_paths_are_answered(api: httpx.Client, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 404
    assert response.json() == {"errors": f"unknown path: {path}"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "HEAD", "FOO"])
def test_unknown_methods_are_answered(plain: httpx.Client, method: str) -> None:
    response = plain.request(method, "/validate")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"
    assert response.headers["content-type"] == "application/json"
