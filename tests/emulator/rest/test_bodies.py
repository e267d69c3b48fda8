"""Bodies: strict JSON and forms, however hostile."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fishjam.emulator._model.refusals import BadRequest
from fishjam.emulator._rest.bodies import (
    JSON,
    MAX_DEPTH,
    MAX_JSON,
    decode_json,
    decode_parts,
    media_type,
)
from tests.support.api_contract import ROUTES

DEEP = b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH

BAD_JSON = [
    (b"{", "body: not valid JSON: Expecting property name enclosed in double quotes"),
    (b'{\n "a": 1,\n "b" 2}', "body: not valid JSON: Expecting ':' delimiter at line 3 column 6"),
    (b"", "body: not valid JSON: Expecting value at line 1 column 1"),
    (b"{} {}", "body: not valid JSON: Extra data at line 1 column 4"),
    (b"\xff", "body: not valid JSON: the text is not valid Unicode"),
    (b'"\xed\xa0\x80"', "body: not valid JSON: the text is not valid Unicode"),
    (b'{"a": "\\ud800"}', "body: not valid JSON: the text is not valid Unicode"),
    (b'{"\\udfff": 1}', "body: not valid JSON: the text is not valid Unicode"),
    (b"\xef\xbb\xbf{}", "body: not valid JSON: "),
    ("{}".encode("utf-16"), "body: not valid JSON: "),
    (b'{"a": NaN}', "body: not valid JSON: NaN is not a JSON value"),
    (b"[-Infinity]", "body: not valid JSON: -Infinity is not a JSON value"),
    (b"1e999", "body: not valid JSON: "),
    (b"9" * 5000, "body: not valid JSON: "),
    (b"[" + DEEP + b"]", "body: JSON of more than 100 levels"),
    (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "body: JSON of more than 100 levels"),
    (b'"' + b"x" * MAX_JSON + b'"', f"body: {MAX_JSON + 2} bytes of JSON, {MAX_JSON} is the most"),
]


@pytest.mark.parametrize(("raw", "error"), BAD_JSON, ids=[repr(raw[:20]) for raw, _ in BAD_JSON])
def test_what_is_no_json_is_refused(raw: bytes, error: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_json(raw, "body")
    assert str(caught.value).startswith(error)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"null", None),
        (b' {"a": [1, 2.5, true, "\xc3\xa9\\ud83d\\ude00"]}\n', {"a": [1, 2.5, True, "é😀"]}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_json_is_read(raw: bytes, value: Any) -> None:
    assert decode_json(raw, "body") == value


def test_json_may_be_deep_to_a_point() -> None:
    value = decode_json(DEEP, "body")
    for _ in range(MAX_DEPTH):
        [value] = value
    assert value == 1


BODY_OPERATIONS = [
    operation for operation in ROUTES.operations.values() if JSON in operation.body_types
]


@pytest.mark.parametrize("operation", BODY_OPERATIONS, ids=lambda operation: operation.id)
@pytest.mark.parametrize(
    ("content", "content_type", "error"),
    [
        (b"{", "application/json", "body: not valid JSON"),
        (b"{}", "text/plain", "body: Content-Type must be application/json"),
        (b"{}", None, "body: Content-Type must be application/json"),
        (b"[1]", "application/json; charset=utf-8", "body: [1] is not of type 'object'"),
        (b"null", "APPLICATION/JSON", "body: None is not of type 'object'"),
        (b'"' + b"x" * MAX_JSON + b'"', "application/json", "body: 1048578 bytes of JSON"),
        (b"x" * (4 * 1024 * 1024 + 1), "application/json", "body: more than 4194304 bytes"),
    ],
)
def test_every_operation_with_a_body_says_what_is_wrong(
    api: httpx.Client, operation: Any, content: bytes, content_type: str | None, error: str
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    path = operation.path.replace("{", "").replace("}", "")
    response = api.request(operation.method, path, content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()[operation.api.error_name].startswith(error)


def test_a_large_body_ends_the_connection(plain: httpx.Client) -> None:
    headers = {"content-type": "application/json"}
    response = plain.post("/room", content=b"x" * (5 * 1024 * 1024), headers=headers)
    assert response.status_code == 400
    assert response.headers["connection"] == "close"
    assert plain.get("/room").status_code == 200


@pytest.mark.parametrize("content", [b"{", b"\xff", b"x" * (2 * 1024 * 1024)])
def test_a_body_that_no_operation_asked_for_is_ignored(api: httpx.Client, content: bytes) -> None:
    response = api.request("GET", "/room", content=content)
    assert response.status_code == 200
    assert api.post("/livestream/s/viewer", content=content).status_code == 404


FORM_HEAD = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'

BAD_FORMS = [
    (b"", 'multipart/form-data; boundary="b"', "it is incomplete"),
    (b"--b", "multipart/form-data", "needs a boundary"),
    (b"--b", "multipart/form-data; boundary=", "needs a boundary"),
    (b"--b--", "multipart/form-data; boundary=" + "b" * 5000, "not a valid multipart form"),
    (FORM_HEAD, "multipart/form-data; boundary=b", "it is incomplete"),
    (FORM_HEAD + b"x\r\n--b", "multipart/form-data; boundary=b", "it is incomplete"),
    (b"nonsense", "multipart/form-data; boundary=b", "not a valid multipart form"),
    (b"--b\r\n\xff: x\r\n\r\n\r\n--b--", "multipart/form-data; boundary=b", "not a valid"),
    (b"--b\r\nA: x\r\n\r\n1\r\n--b--\r\n", "multipart/form-data; boundary=b", "part 1 of"),
    (
        b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--\r\n",
        "multipart/form-data; boundary=b",
        "part 1 of the form has no name",
    ),
]


@pytest.mark.parametrize(("raw", "content_type", "error"), BAD_FORMS)
def test_what_is_no_form_is_refused(raw: bytes, content_type: str, error: str) -> None:
    with pytest.raises(BadRequest, match=error):
        decode_parts(raw, content_type)


@pytest.mark.parametrize(("raw", "content_type", "error"), BAD_FORMS[1:])
def test_a_bad_form_is_answered(
    api: httpx.Client, raw: bytes, content_type: str, error: str
) -> None:
    response = api.post("/recordings", content=raw, headers={"content-type": content_type})
    assert response.status_code == 400
    assert error in response.json()["errors"]


def test_the_parts_of_a_form() -> None:
    data = bytes(range(256)) + b"\r\n--"
    raw = (
        b'--b\r\ncontent-disposition: form-data; name="\xc3\xa9"; filename="a.js"\r\n'
        b"CONTENT-TYPE: text/javascript\r\n\r\n" + data + b"\r\n" + FORM_HEAD + b"\r\n--b--\r\n"
    )
    first, second = decode_parts(raw, "multipart/form-data; boundary=b")
    assert (first.name, first.filename, first.content_type) == ("é", "a.js", "text/javascript")
    assert first.data == data
    assert (second.name, second.filename, second.content_type) == ("a", None, None)
    assert second.data == b""


@pytest.mark.parametrize(
    ("header", "kind"),
    [("", ""), (" A/B ; c=d", "a/b"), ("a/b", "a/b"), (";", "")],
)
def test_the_media_type_is_the_part_before_the_parameters(header: str, kind: str) -> None:
    assert media_type(header) == kind
