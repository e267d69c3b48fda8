"""The management token: where it is asked for, and what happens without it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._rest.apis import COMPOSITION, FISHJAM
from fishjam.emulator._rest.composition_operations import CompositionOperations
from fishjam.emulator._rest.operations import Operations
from fishjam.emulator._rest.routes import MEDIA, Operation
from tests.support.api_contract import ROUTES, check_response
from tests.support.plain_http import PLAIN

WRONG = [
    None,
    "",
    "Bearer",
    "Bearer wrong",
    "Bearer developmenT",
    "Bearer development2",
    "Basic development",
    "development",
    "Bearer d\xe9velopment",
]

PROTECTED = [
    operation for name, operation in ROUTES.operations.items() if name != "validate_credentials"
]


def test_there_is_one_handler_for_each_operation() -> None:
    for api, kind, others in (
        (FISHJAM, Operations, {MEDIA}),
        (COMPOSITION, CompositionOperations, set[str]()),
    ):
        named = {name for name, operation in ROUTES.operations.items() if operation.api is api}
        assert {name for name in vars(kind) if not name.startswith("_")} == named | others
    # None of the two documents names an operation of the other one.
    assert len(ROUTES.operations) == 27 + 15


@pytest.mark.parametrize("operation", PROTECTED, ids=lambda operation: operation.id)
@pytest.mark.parametrize("authorization", [None, "Bearer wrong"])
def test_every_operation_asks_for_the_token(
    emulator: Emulator, operation: Operation, authorization: str | None
) -> None:
    method, path = operation.method, operation.path.replace("{", "").replace("}", "")
    headers = {} if authorization is None else {"authorization": authorization}
    # Nothing in it exists and the body is nonsense: the token comes first.
    response = httpx.request(
        method, emulator.fishjam_id + path, headers=headers, content=b"{", **PLAIN
    )
    check_response(response)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    text = "missing token" if authorization is None else "invalid token"
    assert response.json() == operation.api.error(text)


@pytest.mark.parametrize("authorization", WRONG)
def test_wrong_credentials(emulator: Emulator, authorization: str | None) -> None:
    headers: Any = {}
    if authorization is not None:
        headers["authorization"] = authorization.encode("latin-1")
    with httpx.Client(base_url=emulator.fishjam_id, headers=headers, **PLAIN) as client:
        assert client.get("/room").status_code == 401
        answer = client.get("/validate")
    assert answer.status_code == 404
    assert answer.content == b""


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_good_credentials(emulator: Emulator, scheme: str) -> None:
    headers = {"authorization": f"{scheme} development"}
    with httpx.Client(base_url=emulator.fishjam_id, headers=headers, **PLAIN) as client:
        assert client.get("/room").status_code == 200
        answer = client.get("/validate")
    assert answer.status_code == 200
    assert answer.content == b""


def test_another_token() -> None:
    with Emulator(management_token="s3cret!") as emulator:
        assert emulator.management_token == "s3cret!"
        for token, status in (("s3cret!", 200), ("development", 401)):
            headers = {"authorization": f"Bearer {token}"}
            url = f"{emulator.fishjam_id}/room"
            assert httpx.get(url, headers=headers, **PLAIN).status_code == status


@pytest.mark.parametrize("token", ["", " ", "a b", "a\n", "\xe9", "a\x00"])
def test_a_token_that_fits_no_header_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Emulator(management_token=token)
