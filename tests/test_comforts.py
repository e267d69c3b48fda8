"""What makes a first hour pleasant: reprs, short tracebacks, descriptions where editors look."""

from __future__ import annotations

import ast
import pydoc
import re
import subprocess
import sys
import textwrap
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import pytest

import fishjam
from fishjam import Agent, AsyncFishjamClient, FishjamClient, FishjamNotifier
from fishjam._core.tracebacks import shortened
from fishjam.cli import main
from fishjam.emulator import Emulator
from fishjam.errors import SocketOpenError

SOURCE = Path(fishjam.__file__).parent
PUBLIC = (
    *("agent", "composition", "emulator", "errors", "events", "livestream", "moq", "notifier"),
    *("options", "peer", "recording", "room", "client"),
)


# What a repr shows.


@pytest.mark.anyio
async def test_what_is_connected_says_so_and_never_shows_a_token(emulator: Emulator) -> None:
    place = (emulator.fishjam_id, emulator.management_token)
    notifier = FishjamNotifier(*place)
    assert repr(notifier) == f"<FishjamNotifier {emulator.fishjam_id} not connected>"
    async with AsyncFishjamClient(*place) as client:
        room = await client.create_room()
        agent = await client.create_agent(room.id)
        _, token = await client.create_peer(room.id)
        user = emulator.connect_peer(token)
        assert repr(user) == f"<VirtualPeer {user.id} in room {room.id}, connected>"
        microphone = user.publish_audio()
        assert repr(microphone) == f"<VirtualTrack {microphone.id}, audio, published>"
        async with agent.connect() as session:
            assert repr(session) == f"<AgentSession of {agent.id} in room {room.id}, open>"
        assert "closed: 1000" in repr(session)
        user.leave()
        assert repr(user) == f"<VirtualPeer {user.id} in room {room.id}, closed: 1000>"
        assert repr(microphone).endswith("removed>")
    shown = f"{notifier!r} {user!r} {session!r} {agent!r} {emulator!r}"
    assert token not in shown
    assert emulator.management_token not in shown


@pytest.mark.anyio
async def test_a_notifier_that_is_connected_and_its_subscription(emulator: Emulator) -> None:
    notifier = FishjamNotifier(emulator.fishjam_id, emulator.management_token)
    notifier.on_server_notification(print)
    async with notifier.subscribe(fishjam.events.PeerAdded, markers=False) as events:
        assert repr(events) == "<Subscription of PeerAdded; 0 dropped>"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notifier.connect)
        await notifier.wait_ready()
        assert repr(notifier).endswith(f"{emulator.fishjam_id} connected>")
        tasks.cancel_scope.cancel()


def test_an_emulator_says_whether_it_runs() -> None:
    emulator = Emulator()
    assert repr(emulator) == "<Emulator not running>"
    with emulator:
        assert repr(emulator) == f"<Emulator at {emulator.fishjam_id}>"
    assert repr(emulator) == "<Emulator not running>"


# A Fishjam that does not run.

PROGRAMS = {
    "sync": "FishjamClient(*place).create_room()",
    "asyncio": "import asyncio\nasyncio.run(AsyncFishjamClient(*place).create_room())",
    "trio": "import trio\ntrio.run(AsyncFishjamClient(*place).create_room)",
    "notifier": "import asyncio\nasyncio.run(notifier.connect())",
    "notifier on trio": "import trio\ntrio.run(notifier.connect)",
    "run": "import asyncio\nasyncio.run(notifier.run(max_attempts=1))",
    "subscribe": "import asyncio\nasyncio.run(enter(notifier.subscribe()))",
    "agent": "import asyncio\nasyncio.run(enter(agent.connect()))",
    "agent on trio": "import trio\ntrio.run(enter, agent.connect())",
    "agent.run": "import asyncio\nasyncio.run(agent.run(enter, max_attempts=1))",
}
OF_THE_LOOP = re.compile(r'  File "[^"]*/(?:asyncio/|trio/|contextlib)[^"]*".*\n(?:    .*\n)+')
"""Frames of the event loop and of `contextlib`, which every traceback of an async program has."""


@pytest.mark.once
@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_refused_connection_prints_few_lines(kind: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    beginning = """
        from fishjam import Agent, AsyncFishjamClient, FishjamClient, FishjamNotifier
        place = ("http://127.0.0.1:9", "development")
        notifier = FishjamNotifier(*place)
        notifier.on_server_notification(print)
        agent = Agent("agent", "room", "token", place[0])
        async def enter(block):
            async with block:
                pass
    """
    program.write_text(f"{textwrap.dedent(beginning)}\n{PROGRAMS[kind]}\n", encoding="utf-8")
    done = subprocess.run(  # noqa: S603
        [sys.executable, program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "The server could not be reached." in done.stderr
    assert "Does the emulator run (`fishjam emulator`)" in done.stderr
    assert re.search(r"Connection ?[rR]efused", done.stderr)
    lines = OF_THE_LOOP.sub("", done.stderr).splitlines()
    assert len(lines) < 20, done.stderr
    if kind == "sync":
        assert len(done.stderr.splitlines()) < 20


@pytest.mark.anyio
async def test_the_traceback_of_a_refused_agent_ends_in_the_sdk() -> None:
    agent = Agent("agent", "room", "token", "http://127.0.0.1:9")
    with pytest.raises(SocketOpenError) as caught:
        async with agent.connect():
            pass
    assert len(caught.traceback) <= 3
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert caught.value.__cause__.__traceback__ is None


def test_an_error_without_a_cause_is_shortened_as_well() -> None:
    with pytest.raises(ValueError, match="broken") as caught:
        raise ValueError("broken")
    assert shortened(caught.value).__traceback__ is None


def test_ctrl_c_while_the_command_is_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loading(ModuleType):
        def __getattr__(self, name: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "fishjam.cli._app", Loading("fishjam.cli._app"))
    assert main(["rooms", "list"]) == 130


# Options in the wrong place.


def test_options_as_keywords() -> None:
    client: Any = FishjamClient("abc", "secret")
    with pytest.raises(TypeError) as caught:
        client.create_room(max_peers=2)
    assert str(caught.value) == (
        "create_room has no parameter 'max_peers'; it takes an options object: "
        "RoomOptions(max_peers=...)"
    )
    with pytest.raises(TypeError, match=r"create_peer has no parameter 'name'; the fields of Pee"):
        client.create_peer("room", name="Ada")
    with pytest.raises(TypeError, match=r"create_agent .* AgentOptions\(output=\.\.\.\)"):
        client.create_agent("room", output="pcm16")
    with pytest.raises(TypeError, match=r"create_stream .* StreamOptions\(public=\.\.\.\)"):
        client.create_stream(public=True)


@pytest.mark.anyio
async def test_options_as_keywords_of_the_async_client() -> None:
    client: Any = AsyncFishjamClient("abc", "secret")
    with pytest.raises(TypeError, match=r"RoomOptions\(max_peers=\.\.\.\)"):
        await client.create_room(max_peers=2)


# Descriptions.


def public_names() -> set[str]:
    modules = [import_module(f"fishjam.{name}") for name in PUBLIC]
    return {name for module in modules for name in module.__all__}


def described_classes() -> dict[str, ast.ClassDef]:
    """Return the public classes that describe their attributes, from wherever they are written."""
    public = public_names()
    return {
        node.name: node
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.parse(path.read_text("utf-8")).body
        # The emulator has private classes of the same names.
        if isinstance(node, ast.ClassDef)
        and node.name in public
        and not {"_model", "_rest"} & set(path.parts)
        and "\nAttributes:\n" in (ast.get_docstring(node) or "")
    }


CLASSES = described_classes()


def described_below(cls: ast.ClassDef) -> dict[str, str]:
    """Read the docstrings below the attributes of a class, as editors do."""
    found = {}
    for node in ast.walk(cls):
        body = getattr(node, "body", None)
        for one, below in pairwise(body if isinstance(body, list) else []):
            target = getattr(one, "target", None) or getattr(one, "targets", [None])[0]
            name = getattr(target, "attr", getattr(target, "id", ""))
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                found[name] = plain(str(below.value.value))
    return found


def plain(text: str) -> str:
    return " ".join(text.split()).strip(".").lower()


def test_there_are_many_public_classes_with_attributes() -> None:
    assert {"RoomOptions", "Room", "PeerAdded", "HTTPError", "HeardAudio", "Agent"} <= set(CLASSES)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_editors_find_the_description_of_each_attribute(name: str) -> None:
    cls = CLASSES[name]
    section = (ast.get_docstring(cls) or "").partition("\nAttributes:\n")[2]
    listed = re.findall(r"^    (\w+): ((?:.+\n?)(?:        .+\n?)*)", section, re.MULTILINE)
    methods = {node.name for node in cls.body if isinstance(node, ast.FunctionDef)}
    texts = {key: plain(text) for key, text in listed if key not in methods}
    below = described_below(cls)
    assert {key: below.get(key) for key in texts} == texts


def test_help_begins_with_an_overview() -> None:
    text = pydoc.plain(pydoc.render_doc(fishjam))
    overview, contents, _ = text.partition("PACKAGE CONTENTS")
    assert contents
    assert len(overview.splitlines()) < 60
    for word in ("FishjamClient.from_env()", "FishjamNotifier", "fishjam.agent", "fishjam.errors"):
        assert word in overview


def test_the_overview_names_what_there_is() -> None:
    overview = fishjam.__doc__ or ""
    modules = {f"fishjam.{name}" for name in PUBLIC} - {"fishjam.options", "fishjam.client"}
    assert {name for name in modules if name not in overview} <= {
        "fishjam.composition",
        "fishjam.notifier",
    }
