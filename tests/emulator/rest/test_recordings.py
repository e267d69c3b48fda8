"""Recordings over REST: their sources, their life, their filters and files."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from tests.support.plain_http import PLAIN

COMPOSITION = {"compositionURL": "https://rtc.fishjam.io/api/composition/c", "outputId": "out"}
TEMPLATE = {"compositionURL": "https://rtc.fishjam.io/api/composition/c"}


def record(api: httpx.Client, **config: Any) -> dict[str, Any]:
    response = api.post("/recordings", json={"source": COMPOSITION, **config})
    assert response.status_code == 201
    recording: dict[str, Any] = response.json()["data"]
    return recording


def send_form(
    api: httpx.Client, config: Any, template: bytes = b"export default 1"
) -> httpx.Response:
    files: Any = {
        "config": (None, json.dumps(config), "application/json"),
        "template": ("template.js", template, "text/javascript"),
    }
    return api.post("/recordings", files=files)


def test_a_new_recording_of_a_composition(api: httpx.Client) -> None:
    recording = record(api, metadata={"a": {"b": [1, None]}})
    assert recording == {
        "id": recording["id"],
        "status": "active",
        "source": {**COMPOSITION, "scaleRatio": 1},
        "metadata": {"a": {"b": [1, None]}},
        "files": [],
    }
    assert api.get(f"/recordings/{recording['id']}").json()["data"] == recording


@pytest.mark.parametrize("config", [{}, {"metadata": None}])
def test_metadata_may_be_left_out(api: httpx.Client, config: dict[str, Any]) -> None:
    assert record(api, **config)["metadata"] is None


def test_a_new_recording_with_a_template(api: httpx.Client) -> None:
    response = send_form(api, {"source": TEMPLATE})
    assert response.status_code == 201
    expected = {**TEMPLATE, "audio": True, "resolution": {"width": 1280, "height": 720}}
    assert response.json()["data"]["source"] == expected


def test_a_template_source_keeps_what_was_given(api: httpx.Client) -> None:
    source = {**TEMPLATE, "audio": False, "resolution": {"width": 640, "height": 360}}
    response = send_form(api, {"source": source, "metadata": {"k": "v"}}, b"\xff\x00\r\n--x")
    assert response.json()["data"]["source"] == source


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (TEMPLATE, "body.source: a template source goes in a form, multipart/form-data, with"),
        ({"outputId": "o"}, "body.source: 'compositionURL' is a required property"),
        ({**COMPOSITION, "x": 1}, "body.source: Additional properties are not allowed ('x' was"),
        ({**COMPOSITION, "scaleRatio": 0}, "body.source.scaleRatio: 0 is less than or equal to"),
        ({**COMPOSITION, "outputId": "o" * 256}, "body.source.outputId: 'ooo"),
        ({**TEMPLATE, "resolution": {"width": 1}}, "body.source.resolution: 'height' is a req"),
        (5, "body.source: 5 is not of type 'object'"),
    ],
)
def test_a_wrong_source_is_refused(api: httpx.Client, source: Any, error: str) -> None:
    response = api.post("/recordings", json={"source": source})
    assert response.status_code == 400
    assert response.json()["errors"].startswith(error)
    assert len(response.json()["errors"]) < 500


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "body: missing"),
        ({"json": {}}, "body: 'source' is a required property"),
        ({"content": b"{}"}, "body: Content-Type must be application/json or multipart/form-data"),
        ({"files": {"template": b"x"}}, "body: 'config' is a required property"),
        (
            {"files": {"config": (None, "{}", "application/json")}},
            "body: 'template' is a required property; body.config: 'source' is a required property",
        ),
        ({"files": [("a", b"x"), ("config", b"{}")]}, "body.config: Content-Type must be"),
        (
            {"files": [("config", (None, b"{", "application/json")), ("template", b"x")]},
            "body.config: not valid JSON: Expecting property name",
        ),
        ({"files": [("template", b"x"), ("template", b"y")]}, "body.template: given twice"),
    ],
)
def test_a_wrong_body_is_refused(api: httpx.Client, arguments: Any, error: str) -> None:
    response = api.post("/recordings", **arguments)
    assert response.status_code == 400
    assert response.json()["errors"].startswith(error)


def test_a_composition_goes_in_no_form(api: httpx.Client) -> None:
    response = send_form(api, {"source": COMPOSITION})
    assert response.status_code == 400
    error = "body.config.source: a composition's output goes in a JSON body, application/json"
    assert response.json() == {"errors": error}


def test_other_parts_and_parts_without_a_type_are_taken(api: httpx.Client) -> None:
    config = json.dumps({"source": TEMPLATE})
    body = (
        '--b\r\nContent-Disposition: form-data; name="config"\r\n\r\n'
        f"{config}\r\n"
        '--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
        '--b\r\nContent-Disposition: form-data; name="template"\r\n\r\nx\r\n'
        "--b--\r\n"
    )
    headers = {"content-type": 'Multipart/Form-Data; boundary="b"'}
    response = api.post("/recordings", content=body.encode(), headers=headers)
    assert response.status_code == 201


@pytest.mark.parametrize(("size", "status"), [(1024 * 1024, 201), (1024 * 1024 + 1, 400)])
def test_a_template_has_a_limit(api: httpx.Client, size: int, status: int) -> None:
    response = send_form(api, {"source": TEMPLATE}, b"x" * size)
    assert response.status_code == status
    if status == 400:
        assert response.json() == {"errors": f"body.template: {size} bytes, 1048576 is the most"}


def test_the_life_of_a_recording(api: httpx.Client, emulator: Emulator) -> None:
    path = f"/recordings/{record(api)['id']}"
    assert api.delete(path).status_code == 409
    stopped = api.post(f"{path}/stop").json()["data"]
    assert (stopped["status"], stopped["files"]) == ("finished", [])
    assert emulator.recordings == [stopped]
    ready = api.get(path).json()["data"]
    assert ready["status"] == "available"
    assert emulator.recordings == [ready]
    [file] = ready["files"]
    assert api.post(f"{path}/stop").json()["data"] == ready
    download = httpx.get(file["url"], **PLAIN)
    assert download.status_code == 200
    assert download.headers["content-type"] == "video/mp4"
    assert download.content[4:8] == b"ftyp"
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert httpx.get(file["url"], **PLAIN).status_code == 404


def test_a_held_recording_waits_for_the_test(api: httpx.Client, emulator: Emulator) -> None:
    emulator.hold_recordings()
    recording = record(api)
    path = f"/recordings/{recording['id']}"
    assert api.post(f"{path}/stop").json()["data"]["status"] == "active"
    assert api.delete(path).status_code == 409
    assert api.get(path).json()["data"]["status"] == "active"
    emulator.finish_recording(recording["id"])
    assert api.get(path).json()["data"]["status"] == "finished"
    assert api.post(f"{path}/stop").json()["data"]["status"] == "finished"
    url = f"{emulator.fishjam_id}/media/{recording['id']}/recording.mp4"
    assert httpx.get(url, **PLAIN).status_code == 404
    emulator.publish_recording(recording["id"])
    available = api.get(path).json()["data"]
    assert available["status"] == "available"
    assert available["files"] == [{"url": url}]


def test_a_recording_that_is_let_go_moves_on(api: httpx.Client, emulator: Emulator) -> None:
    emulator.hold_recordings()
    path = f"/recordings/{record(api)['id']}"
    api.post(f"{path}/stop")
    emulator.hold_recordings(False)
    assert [api.get(path).json()["data"]["status"] for _ in range(3)] == [
        "finished",
        "available",
        "available",
    ]


def test_a_recording_may_fail(api: httpx.Client, emulator: Emulator) -> None:
    recording = record(api)
    emulator.fail_recording(recording["id"])
    path = f"/recordings/{recording['id']}"
    assert api.get(path).json()["data"]["status"] == "failed"
    assert api.post(f"{path}/stop").json()["data"]["status"] == "failed"
    assert api.delete(path).status_code == 204


def test_an_unknown_recording(api: httpx.Client, emulator: Emulator) -> None:
    assert api.get("/recordings/r").json() == {"errors": "recording r not found"}
    assert api.post("/recordings/r/stop").status_code == 404
    assert api.delete("/recordings/r").status_code == 204
    for control in (
        emulator.finish_recording,
        emulator.publish_recording,
        emulator.fail_recording,
    ):
        with pytest.raises(LookupError, match="recording r not found"):
            control("r")


ALL = ["text", "number", "nested", "none", "brackets"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("metadata[k]=v", ["text"]),
        ("metadata%5Bk%5D=v", ["text"]),
        ("metadata[k]=1", []),
        ("metadata[k]=x&metadata[k]=v", ["text"]),
        ("metadata[k]=v&metadata[other]=w", []),
        ("metadata[k][n]=v", ["nested"]),
        ("metadata[k][n]=v&metadata[l]=w", ["nested"]),
        ("metadata[k][n][m]=v", []),
        ("metadata[x]=null", []),
        ("metadata[]=", []),
        ("metadata[k]]=v", []),
        ("metadata[[a]b]=c", ["brackets"]),
        ("status=active", ALL),
        ("status=available", []),
        ("status=active&metadata[k]=v", ["text"]),
        ("something=else", ALL),
    ],
)
def test_recordings_are_filtered(api: httpx.Client, query: str, found: list[str]) -> None:
    made = {
        record(api, metadata=metadata)["id"]: name
        for name, metadata in {
            "text": {"k": "v", "x": None},
            "number": {"k": 1, "x": None},
            "nested": {"k": {"n": "v"}, "l": "w"},
            "none": None,
            "brackets": {"[a]b": "c"},
        }.items()
    }
    response = api.get("/recordings", params=httpx.QueryParams(query))
    assert response.status_code == 200
    assert [made[recording["id"]] for recording in response.json()["data"]] == found


def test_listing_moves_recordings_on(api: httpx.Client) -> None:
    path = f"/recordings/{record(api)['id']}"
    api.post(f"{path}/stop")
    [listed] = api.get("/recordings", params={"status": "available"}).json()["data"]
    assert listed["files"] != []


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("status=x", "query.status: 'x' is not one of ['active', 'finished', 'available', 'fail"),
        ("status=", "query.status: "),
        ("metadata=x", "query.metadata: a filter has the form metadata[key]=value"),
        ("metadata[x=1", "query.metadata[x: a filter has the form"),
        ("metadata[x]y=1", "query.metadata[x]y: a filter has the form"),
        ("%ff=x", "query: not valid UTF-8"),
        ("metadata[k]=%ff", "query: not valid UTF-8"),
    ],
)
def test_a_wrong_query_is_refused(
    api: httpx.Client, emulator: Emulator, query: str, error: str
) -> None:
    response = api.get(f"/recordings?{query}")
    assert response.status_code == 400
    assert response.json()["errors"].startswith(error)
