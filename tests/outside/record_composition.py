"""Records what the published SDK sends to the Composition API, and what it returns, as JSON.

Run it with an interpreter that has the published SDK installed:

    python -m tests.outside.record_composition

It makes the calls of `composition_calls.py` against a local server and writes
`tests/data/published_composition.json`, with which `tests/composition/test_requests.py` compares
this SDK. The output is the same on every run.
"""

from __future__ import annotations

import importlib.metadata
import json
import tempfile
from pathlib import Path

from fishjam import CompositionClient
from tests.outside.composition_calls import (
    CALLS,
    RECORD,
    TOKEN,
    answer,
    plain_request,
    plain_result,
    write_files,
)
from tests.support.http_server import Received, Reply, ScriptedServer

DISTRIBUTION = "fishjam-server-sdk"


def main() -> None:
    """Write the record of the installed SDK."""
    record = {
        "distribution": DISTRIBUTION,
        "version": importlib.metadata.version(DISTRIBUTION),
        "calls": record_calls(),
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    RECORD.write_text(text + "\n", encoding="utf-8")


def record_calls() -> dict[str, object]:
    """Make every call, and describe what it sent and what it returned."""
    calls: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, ScriptedServer(otherwise=reply) as server:
        write_files(Path(folder))
        client = CompositionClient(TOKEN, f"{server.url}/some/path")
        for name, call in CALLS.items():
            server.requests.clear()
            result = plain_result(call(client, Path(folder)), server.url)
            requests = [plain_request(received) for received in server.requests]
            calls[name] = {"requests": requests, "result": result}
    return calls


def reply(received: Received) -> Reply:
    """Answer as the Composition API would."""
    return Reply(*answer(received.target))


if __name__ == "__main__":
    main()
