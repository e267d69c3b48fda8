"""The part of `published_python.py` that is about recordings."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from fishjam import Recording
from fishjam.errors import BadRequestError, ConflictError, NotFoundError
from fishjam.recording import (
    CompositionSource,
    RecordingStatus,
    TemplateSource,
    TemplateSourceResolution,
)
from tests.outside.published_tools import (
    Scene,
    assert_complete,
    client_of,
    expect,
    mapping_of,
    warnings_of,
)

COMPOSITION = "https://rtc.fishjam.io/api/composition/c1"
SOURCE = CompositionSource(composition_url=COMPOSITION, output_id="out")


def check_composition_recording(scene: Scene) -> None:
    client = client_of(scene)
    recording = client.create_composition_recording(SOURCE, metadata={"show": "news", "part": 1})
    assert isinstance(recording, Recording)
    assert recording.status is RecordingStatus.ACTIVE
    assert recording.files == []
    assert recording.source == SOURCE
    assert mapping_of(recording.metadata) == {"show": "news", "part": 1}
    assert_complete(recording)
    error = expect(ConflictError, client.delete_recording, recording.id)
    assert "active" in str(error)
    assert client.stop_recording(recording.id).status is RecordingStatus.FINISHED
    available = client.get_recording(recording.id)
    assert available.status is RecordingStatus.AVAILABLE
    assert [file.url for file in available.files]
    assert client.stop_recording(recording.id) == available
    client.delete_recording(recording.id)
    expect(NotFoundError, client.get_recording, recording.id)
    expect(NotFoundError, client.stop_recording, recording.id)


def check_recording_without_metadata(scene: Scene) -> None:
    client = client_of(scene)
    recording = client.create_composition_recording(SOURCE)
    assert recording.metadata is None
    older: list[Recording] = []
    caught = warnings_of(lambda: older.append(client.create_recording(SOURCE)))
    assert [warning.category for warning in caught] == [DeprecationWarning]
    assert older[0].source == recording.source
    wrong = CompositionSource(composition_url="no url", output_id="out")
    expect(BadRequestError, client.create_composition_recording, wrong)


def check_template_recording(scene: Scene) -> None:
    client = client_of(scene)
    plain = client.create_template_recording(TemplateSource(composition_url=COMPOSITION), b"scene")
    assert isinstance(plain.source, TemplateSource)
    assert plain.source.audio is True
    assert plain.source.resolution == TemplateSourceResolution(height=720, width=1280)
    assert_complete(plain)
    source = TemplateSource(
        composition_url=COMPOSITION,
        audio=False,
        resolution=TemplateSourceResolution(height=10, width=20),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "my scene.js")
        path.write_bytes(b"scene")
        for template in (path, str(path)):
            recording = client.create_template_recording(source, template, metadata={"k": "v"})
            assert recording.source == source
            assert mapping_of(recording.metadata) == {"k": "v"}
    too_large = bytes(1024 * 1024 + 1)
    expect(BadRequestError, client.create_template_recording, source, too_large)


def check_metadata_filters(scene: Scene) -> None:
    client = client_of(scene)
    run = f"run-{os.getpid()}"
    recordings: dict[str, dict[str, Any]] = {
        "news": {"show": "news", "by": {"team": "a", "in": {"city": "Łódź"}}},
        "talk": {"show": "talk", "by": {"team": "b"}},
        "null": {"end": "null", "flag": "true", "number": "7"},
        "other": {"end": None, "flag": True, "number": 7},
    }
    made = {
        name: client.create_composition_recording(SOURCE, metadata={"run": run, **metadata}).id
        for name, metadata in recordings.items()
    }

    def found(**metadata: Any) -> list[str]:
        ids = [one.id for one in client.get_all_recordings(metadata={"run": run, **metadata})]
        return [name for name, id_ in made.items() if id_ in ids]

    assert found() == list(made)
    assert found(show="news") == ["news"]
    assert found(by={"team": "b"}) == ["talk"]
    assert found(by={"team": "a", "in": {"city": "Łódź"}}) == ["news"]
    assert found(by={"team": "a", "in": {"city": "Lodz"}}) == []
    assert found(show=["news", "talk"]) == ["news", "talk"]
    assert found(end=None) == ["null"]
    assert found(flag=True) == ["null"]
    assert found(number=7) == ["null"]
    assert found(by={}) == list(made)
    assert len(client.get_all_recordings()) >= len(made)
    assert len(client.get_all_recordings(metadata={})) == len(client.get_all_recordings())


def check_every_recording_status(scene: Scene) -> None:
    client = client_of(scene)
    for name in ("available", "failed"):
        one = client.get_recording(scene["recordings"][name])
        assert one.status is RecordingStatus(name)
        assert_complete(one)
    assert_complete(client.get_all_recordings())
    assert_complete(client.get_all_rooms())
