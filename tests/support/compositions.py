"""A composition of the emulator, driven over plain HTTP, and what its requests are made of."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
from attrs import frozen

Json = dict[str, Any]

SIZE = {"width": 640, "height": 360}
ADA = {"type": "input_stream", "input_id": "ada"}
GRID = {"root": {"type": "tiles", "children": [ADA]}}
MIX = {"inputs": [{"input_id": "ada"}]}
VIDEO = {"resolution": SIZE, "initial": GRID}
AUDIO = {"initial": MIX}
RTMP = {"type": "rtmp_client", "url": "rtmp://x/y"}


@frozen
class Composing:
    """A composition and what is done to it; whatever it answers is returned."""

    api: httpx.Client
    id: str

    @property
    def path(self) -> str:
        return f"/api/composition/{self.id}"

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        return self.api.post(f"{self.path}/{path}", **arguments)

    def add(self, kind: str, id_: str, body: Any) -> httpx.Response:
        """Register an `input`, an `output` or an `image`."""
        return self.post(f"{kind}/{quote(id_, safe='')}/register", json=body)

    def remove(self, kind: str, id_: str, **body: Any) -> httpx.Response:
        return self.post(f"{kind}/{quote(id_, safe='')}/unregister", json=body)

    def update(self, output_id: str, **body: Any) -> httpx.Response:
        return self.post(f"output/{output_id}/update", json=body)

    def add_with_template(self, output_id: str, config: Any, template: bytes) -> httpx.Response:
        files: Any = {
            "config": (None, json.dumps(config), "application/json"),
            "template": ("template.js", template, "text/javascript"),
        }
        return self.post(f"output/{output_id}/template", files=files)


def create(api: httpx.Client, **config: Any) -> Composing:
    response = api.post("/api/composition", json=config)
    assert response.status_code == 201
    return Composing(api, response.json()["composition_id"])


def done(*answers: httpx.Response) -> None:
    """Fail unless all of them say that it is done."""
    for answer in answers:
        assert (answer.status_code, answer.json()) == (200, {}), answer.text


def refused(answer: httpx.Response, status: int, text: str) -> None:
    """Fail unless an answer says no in the words of the Composition API."""
    assert answer.status_code == status
    assert list(answer.json()) == ["message"]
    assert text in answer.json()["message"], answer.text
