"""What each method sends and returns is what the published client sends and returns."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from tests.composition.conftest import MakeClient
from tests.outside.composition_calls import (
    CALLS,
    RECORD,
    TOKEN,
    plain_request,
    plain_result,
    write_files,
)
from tests.support.http_server import ScriptedServer

pytestmark = pytest.mark.anyio

RECORDED: dict[str, Any] = json.loads(RECORD.read_text("utf-8"))["calls"]


async def test_requests_and_results_are_as_recorded(
    server: ScriptedServer, make_client: MakeClient, tmp_path: Path
) -> None:
    write_files(tmp_path)
    async with make_client(f"{server.url}/some/path", TOKEN) as client:
        for name, call in CALLS.items():
            server.requests.clear()
            result = call(client, tmp_path)
            result = await result if inspect.isawaitable(result) else result
            sent = [plain_request(received) for received in server.requests]
            ours = {"requests": sent, "result": plain_result(result, server.url)}
            assert {name: ours} == {name: RECORDED[name]}


def test_the_record_is_of_these_calls() -> None:
    assert list(RECORDED) == list(CALLS)
