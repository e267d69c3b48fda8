"""Recordings, on a local Fishjam."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fishjam import AsyncFishjamClient, Recording, errors
from fishjam.emulator import Emulator
from fishjam.recording import (
    CompositionSource,
    RecordingStatus,
    TemplateSource,
    TemplateSourceResolution,
)
from tests.support.calls import COMPOSITION, OUTPUT

pytestmark = pytest.mark.anyio

TEMPLATE = b"export const layout = 1;\r\n\x00\xff"


async def test_a_recording_of_an_output(client: AsyncFishjamClient, emulator: Emulator) -> None:
    recording = await client.create_composition_recording(OUTPUT, {"show": "x"})
    assert isinstance(recording, Recording)
    assert recording.status is RecordingStatus.ACTIVE
    assert recording.source == OUTPUT
    assert recording.metadata == {"show": "x"}
    assert recording.files == []
    (request,) = emulator.requests
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "source": {"compositionURL": COMPOSITION, "outputId": "o1", "scaleRatio": 1.0},
        "metadata": {"show": "x"},
    }


async def test_metadata_are_left_out_when_not_given(
    client: AsyncFishjamClient, emulator: Emulator
) -> None:
    recording = await client.create_composition_recording(CompositionSource(COMPOSITION, "o", 0.5))
    assert recording.metadata is None
    assert emulator.requests[-1].json == {
        "source": {"compositionURL": COMPOSITION, "outputId": "o", "scaleRatio": 0.5}
    }
    await client.create_composition_recording(OUTPUT, {})
    assert emulator.requests[-1].json["metadata"] == {}


async def test_a_recording_with_a_template(
    client: AsyncFishjamClient, emulator: Emulator, tmp_path: Path
) -> None:
    path = tmp_path / "wide.mjs"
    path.write_bytes(TEMPLATE)
    size = TemplateSourceResolution(height=480, width=640)
    source = TemplateSource(COMPOSITION, False, size)
    for template, name in ((TEMPLATE, "template.js"), (path, "wide.mjs"), (str(path), "wide.mjs")):
        recording = await client.create_template_recording(source, template, {"a": "b"})
        assert recording.source == source
        config, file = emulator.requests[-1].parts
        assert (config.name, config.filename) == ("config", None)
        assert config.content_type == "application/json"
        assert json.loads(config.data) == {
            "source": {
                "compositionURL": COMPOSITION,
                "audio": False,
                "resolution": {"height": 480, "width": 640},
            },
            "metadata": {"a": "b"},
        }
        assert (file.name, file.filename) == ("template", name)
        assert (file.content_type, file.data) == ("text/javascript", TEMPLATE)


async def test_the_life_of_a_recording(client: AsyncFishjamClient, emulator: Emulator) -> None:
    emulator.hold_recordings()
    recording = await client.create_composition_recording(OUTPUT)
    assert (await client.stop_recording(recording.id)).status == "active"
    with pytest.raises(errors.ConflictError):
        await client.delete_recording(recording.id)
    emulator.finish_recording(recording.id)
    finished = await client.get_recording(recording.id)
    assert (finished.status, finished.files) == ("finished", [])
    emulator.publish_recording(recording.id)
    available = await client.get_recording(recording.id)
    assert available.status is RecordingStatus.AVAILABLE
    assert [file.url for file in available.files] != []
    assert (await client.stop_recording(recording.id)).status == "available"
    await client.delete_recording(recording.id)
    await client.delete_recording(recording.id)
    for call in (client.get_recording, client.stop_recording):
        with pytest.raises(errors.NotFoundError):
            await call(recording.id)


FILTERS: list[tuple[Any, list[str]]] = [
    (None, ["a", "b", "c"]),
    ({}, ["a", "b", "c"]),
    ({"name": "a"}, ["a"]),
    ({"kind": "x"}, ["a", "b"]),
    ({"kind": "x", "name": "b"}, ["b"]),
    ({"in": {"deep": "yes & no"}}, ["c"]),
    ({"in": {}}, ["a", "b", "c"]),
    ({"name": "nobody"}, []),
    ({"ż=&[]": "🐟"}, ["c"]),
]


@pytest.mark.parametrize(("metadata", "names"), FILTERS)
async def test_the_metadata_filter(
    client: AsyncFishjamClient, metadata: Any, names: list[str]
) -> None:
    stored: list[dict[str, Any]] = [
        {"name": "a", "kind": "x"},
        {"name": "b", "kind": "x"},
        {"name": "c", "in": {"deep": "yes & no"}, "ż=&[]": "🐟"},
    ]
    for one in stored:
        await client.create_composition_recording(OUTPUT, one)
    found = await client.get_all_recordings(metadata)
    assert [one.metadata and one.metadata["name"] for one in found] == names


async def test_the_status_filter(client: AsyncFishjamClient, emulator: Emulator) -> None:
    emulator.hold_recordings()
    first = await client.create_composition_recording(OUTPUT)
    second = await client.create_composition_recording(OUTPUT)
    emulator.fail_recording(second.id)
    for status in ("failed", RecordingStatus.FAILED):
        (found,) = await client.get_all_recordings(status=status)
        assert found.id == second.id
        assert emulator.requests[-1].query == {"status": ["failed"]}
    (found,) = await client.get_all_recordings(None, RecordingStatus.ACTIVE)
    assert found.id == first.id


async def test_the_older_name_does_the_same(client: AsyncFishjamClient) -> None:
    with pytest.warns(DeprecationWarning, match="use create_composition_recording"):
        recording = await client.create_recording(OUTPUT, metadata={"a": "b"})
    assert recording.metadata == {"a": "b"}


async def test_the_size_of_a_template_is_left_to_the_server(client: AsyncFishjamClient) -> None:
    source, most = TemplateSource(COMPOSITION), 1024 * 1024
    await client.create_template_recording(source, bytes(most))
    with pytest.raises(errors.BadRequestError, match="1048577 bytes, 1048576 is the most"):
        await client.create_template_recording(source, bytes(most + 1))


async def test_what_the_server_refuses(client: AsyncFishjamClient) -> None:
    with pytest.raises(errors.BadRequestError):
        await client.create_composition_recording(CompositionSource("no address", "o"))
    wrong: Any = TemplateSource(COMPOSITION)
    with pytest.raises(errors.BadRequestError):
        await client.create_composition_recording(wrong)
