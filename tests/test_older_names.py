"""Code that imports from private modules of the published SDK goes on to work, with a warning."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import fishjam
from fishjam import agent, composition, events, peer, recording, room, webhooks
from fishjam.events import allowed_notifications

RECORD = Path(__file__).parent / "data" / "published_private.json"
MODULES: dict[str, dict[str, str]] = json.loads(RECORD.read_text("utf-8"))["modules"]

CLIENT = "fishjam.api._fishjam_client"
PROTOS = "fishjam.events._protos.fishjam"

# The insides of the generated client, which has another form here; `moving.md` says so.
GONE = {
    *("Client", "CreateRecordingFilesBody", "File", "UNSET", "Unset"),
    *(name for name, kind in MODULES[CLIENT].items() if kind == "module"),
}
# These are where they were, and warn when they are called, if at all.
IN_PLACE = {
    *(("fishjam.utils", name) for name in MODULES["fishjam.utils"]),
    ("fishjam._ws_notifier", "NotificationHandler"),
    (PROTOS, "ServerMessageEventType"),
}
PUBLIC = (fishjam, events, agent, recording, room, peer, composition, allowed_notifications)


def names(*, gone: bool = False) -> list[Any]:
    return [
        pytest.param(module, name, id=f"{module}.{name}")
        for module, found in MODULES.items()
        for name in found
        if (name in GONE) == gone and name != "notifications"
    ]


def asked(module: str, name: str) -> tuple[Any, list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        value = getattr(importlib.import_module(module), name)
    return value, seen


@pytest.mark.parametrize(("module", "name"), names())
def test_an_older_name_is_there_and_warns(module: str, name: str) -> None:
    value, seen = asked(module, name)
    assert value is not None
    assert bool(seen) is ((module, name) not in IN_PLACE)
    for one in seen:
        assert one.category is DeprecationWarning
        assert one.filename == __file__


@pytest.mark.parametrize(("module", "name"), names())
def test_it_is_what_the_public_place_has(module: str, name: str) -> None:
    value, _ = asked(module, name)
    if (module, name) == (CLIENT, "TrackForwarding"):
        return  # The event of that name is another thing; this one is private here.
    public = [vars_of[name] for vars_of in map(public_names, PUBLIC) if name in vars_of]
    # Two modules may have different things of one name, such as `Track`.
    assert not public or any(value is one for one in public)


def public_names(module: Any) -> dict[str, Any]:
    return {name: getattr(module, name) for name in module.__all__}


@pytest.mark.parametrize(("module", "name"), names(gone=True))
def test_what_is_gone_is_an_import_error(module: str, name: str) -> None:
    with pytest.raises(ImportError):
        exec(f"from {module} import {name}")  # noqa: S102


def test_frames_of_the_agent_socket_have_their_newer_names() -> None:
    with pytest.warns(DeprecationWarning, match="use IncomingTrackData of fishjam.agent"):
        from fishjam.events._protos.fishjam import AgentResponseTrackData
    assert AgentResponseTrackData is agent.IncomingTrackData
    with pytest.warns(DeprecationWarning, match="use IncomingTrackImage of fishjam.agent"):
        from fishjam.events._protos.fishjam import AgentResponseTrackImage
    assert AgentResponseTrackImage is agent.IncomingTrackImage


def test_messages_of_the_protocol_are_those_of_protobuf() -> None:
    with pytest.warns(DeprecationWarning, match="encode_notification of fishjam.webhooks"):
        from fishjam.events._protos.fishjam import ServerMessage
    body = webhooks.encode_notification(events.RoomCreated(room_id="r"))
    assert ServerMessage.FromString(body).room_created.room_id == "r"
    assert ServerMessage.FromString(body).SerializeToString() == body


def test_submodules_of_older_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    protos = importlib.import_module(PROTOS)
    monkeypatch.delattr(protos, "notifications", raising=False)
    assert protos.notifications is importlib.import_module(f"{PROTOS}.notifications")
    with pytest.raises(AttributeError, match=f"'{PROTOS}' has no attribute 'nothing'"):
        _ = protos.nothing


# Functions for addresses.

ADDRESSES = [
    ("get_fishjam_url", "abc", "https://fishjam.io/api/v1/connect/abc"),
    ("get_fishjam_url", "http://localhost:5002/y/", "http://localhost:5002/y/"),
    ("get_livestream_whip_url", "abc", "https://fishjam.io/api/v1/live/api/whip"),
    (
        "get_livestream_whep_url",
        "http://localhost:5002/y",
        "http://localhost:5002/api/v1/live/api/whep",
    ),
    ("get_composition_url", None, "https://rtc.fishjam.io"),
    ("get_composition_url", "http://localhost:5002/y/", "http://localhost:5002"),
    ("validate_url", "abc", False),
    ("validate_url", "http://localhost", True),
    ("validate_url", "http://[::1", False),
]


@pytest.mark.parametrize(("name", "given", "result"), ADDRESSES)
def test_functions_for_addresses(name: str, given: str | None, result: object) -> None:
    from fishjam import utils

    with pytest.warns(
        DeprecationWarning, match=f"fishjam.utils.{name} is deprecated: use "
    ) as seen:
        assert getattr(utils, name)(given) == result
    assert [one.filename for one in seen] == [__file__]


def test_an_empty_id_has_no_address() -> None:
    from fishjam.utils import MissingFishjamIdError, get_fishjam_url

    with (
        pytest.warns(DeprecationWarning, match="use FishjamClient"),
        pytest.raises(MissingFishjamIdError),
    ):
        get_fishjam_url("")


# Submodules.


@pytest.mark.once
@pytest.mark.parametrize(
    "line",
    [
        "import fishjam; fishjam.agent.errors.AgentAuthError",
        "import fishjam; fishjam.agent.agent.Agent",
        "import fishjam; fishjam.events.allowed_notifications.AllowedNotification",
        "import fishjam; fishjam.version.get_version()",
        "import fishjam; fishjam.composition.client.CompositionClient",
        "import fishjam; fishjam.client.RetryPolicy",
        "import fishjam.agent; fishjam.agent.errors.AgentAuthError",
        "from fishjam import events; events.allowed_notifications.AllowedNotification",
    ],
)
def test_submodules_are_attributes(line: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", line], check=True)  # noqa: S603
