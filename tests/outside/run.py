"""Clients that nobody here wrote, against the emulator: `nox -s outside`.

Without arguments every check runs; with names only those. The published SDKs get environments of
their own, made at the first run. Nothing in this folder is a test of pytest, and pytest takes no
file here for one, because none is called `test_*.py`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # As with `python -m tests.outside.run`.

import fishjam
from tests.outside import environments
from tests.outside.emulators import set_stage

ROOT = Path(__file__).parents[2]

ROOM_OPERATIONS = {
    *("create_room", "get_room", "get_all_rooms", "delete_room"),
    *("add_peer", "delete_peer", "refresh_token", "subscribe_peer", "subscribe_tracks"),
    *("generate_viewer_token", "generate_streamer_token"),
}
CLIENT_OPERATIONS = ROOM_OPERATIONS | {
    *("create_recording", "get_recording", "list_recordings", "stop_recording"),
    *("delete_recording", "create_moq_access", "create_track_forwarding", "validate_credentials"),
}
EVENT_OPERATIONS = {
    *("create_room", "delete_room", "add_peer", "delete_peer", "create_track_forwarding"),
    *("create_recording", "stop_recording", "get_recording"),
}
AGENT_OPERATIONS = {"create_room", "add_peer", "delete_peer"}
COMPOSITION_OPERATIONS = {
    *("create_composition", "start", "reset", "delete_composition", "send_composition_event"),
    *("register_input", "unregister_input", "register_image", "unregister_image", "register_font"),
    *("register_output", "register_template_output", "update_output", "request_keyframe"),
    *("unregister_output", "create_track_forwarding", "create_recording", "get_recording"),
}
STREAM_OPERATIONS = {
    *("create_stream", "get_stream", "get_all_streams", "delete_stream"),
    *("create_streamer", "delete_streamer", "create_viewer", "delete_viewer"),
}
"""What the published clients can do; the first two sets are what has a method, by language."""


def published_python() -> None:
    """The published Python SDK: all of its client's REST methods."""
    python = environments.published_python()
    run_python(python, "published_python", environments.PYTHON_VERSION, CLIENT_OPERATIONS)


def published_generated() -> None:
    """The published Python SDK: its generated functions for livestreams."""
    python = environments.published_python()
    run_python(python, "published_generated", environments.PYTHON_VERSION, STREAM_OPERATIONS)


def own_python() -> None:
    """This SDK: the same program for the published client, unchanged."""
    python = Path(sys.executable)
    run_python(python, "published_python", fishjam.__version__, CLIENT_OPERATIONS)


def published_events() -> None:
    """The published Python SDK: its notifier and its webhook decoder."""
    python = environments.published_python()
    run_python(python, "published_events", environments.PYTHON_VERSION, EVENT_OPERATIONS)


def own_events() -> None:
    """This SDK: the same program for the published notifier, unchanged."""
    python = Path(sys.executable)
    run_python(python, "published_events", fishjam.__version__, EVENT_OPERATIONS)


def published_agent() -> None:
    """The published Python SDK: its agent."""
    python = environments.published_python()
    run_python(python, "published_agent", environments.PYTHON_VERSION, AGENT_OPERATIONS)


def own_agent() -> None:
    """This SDK: the same program for the published agent, unchanged."""
    python = Path(sys.executable)
    run_python(python, "published_agent", fishjam.__version__, AGENT_OPERATIONS)


def published_composition() -> None:
    """The published Python SDK: its composition client."""
    python = environments.published_python()
    version = environments.PYTHON_VERSION
    run_python(python, "published_composition", version, COMPOSITION_OPERATIONS)


def own_composition() -> None:
    """This SDK: the same program for the published composition client, unchanged."""
    python = Path(sys.executable)
    run_python(python, "published_composition", fishjam.__version__, COMPOSITION_OPERATIONS)


def published_javascript() -> None:
    """The published JavaScript SDK: all of its client's methods."""
    run_javascript("published_js.mjs", ROOM_OPERATIONS)


def published_javascript_events() -> None:
    """The published JavaScript SDK: its notifier."""
    operations = {"create_room", "delete_room", "add_peer", "delete_peer"}
    run_javascript("published_js_notifier.mjs", operations)


def published_javascript_agent() -> None:
    """The published JavaScript SDK: its agent."""
    run_javascript("published_js_agent.mjs", AGENT_OPERATIONS)


def chromium() -> None:
    """A page of our own in Chromium: its devices, simulcast, users and agents."""
    run(sys.executable, "-m", "tests.outside.web_plain")


def published_web_client() -> None:
    """The published web client in Chromium: a whole call, with its media."""
    run_pages("web_client")


def published_react_client() -> None:
    """The published React client in Chromium: calls and livestreams, with their media."""
    run_pages("web_react")


def published_agent_in_call() -> None:
    """The published Python SDK's agent: it hears a browser, and a browser hears it."""
    run_pages("web_agent", str(environments.published_python()))


def schemathesis() -> None:
    """Schemathesis: requests made up from the OpenAPI document, answers held against it."""
    run(sys.executable, "-m", "tests.outside.schemathesis_check", "fishjam")


def schemathesis_composition() -> None:
    """Schemathesis: the same for the Composition API."""
    run(sys.executable, "-m", "tests.outside.schemathesis_check", "composition")


CHECKS: dict[str, Callable[[], None]] = {
    "published-python": published_python,
    "published-generated": published_generated,
    "own-python": own_python,
    "published-events": published_events,
    "own-events": own_events,
    "published-agent": published_agent,
    "own-agent": own_agent,
    "published-composition": published_composition,
    "own-composition": own_composition,
    "published-javascript": published_javascript,
    "published-javascript-events": published_javascript_events,
    "published-javascript-agent": published_javascript_agent,
    "chromium": chromium,
    "published-web-client": published_web_client,
    "published-react-client": published_react_client,
    "published-agent-in-call": published_agent_in_call,
    "schemathesis": schemathesis,
    "schemathesis-composition": schemathesis_composition,
}


def run_python(python: Path, program: str, version: str, operations: set[str]) -> None:
    """Run a program with an interpreter; it must use that SDK and succeed with all operations."""
    with set_stage() as stage:
        run(str(python), "-m", f"tests.outside.{program}", version, json.dumps(stage.scene))
        stage.check_operations(operations)


def run_javascript(name: str, operations: set[str]) -> None:
    """Run a program with node; it must succeed with all operations."""
    # Node looks for packages beside the program.
    program = environments.published_javascript() / name
    shutil.copy(Path(__file__).with_name(name), program)
    with set_stage() as stage:
        run(*environments.node(), str(program), json.dumps(stage.scene))
        stage.check_operations(operations)


def run_pages(name: str, *arguments: str) -> None:
    """Run a program with pages that have the published web clients."""
    site = environments.web_site(Path(__file__).parent)
    run(sys.executable, "-m", f"tests.outside.{name}", str(site), *arguments)


def run(*command: str) -> None:
    """Run a program whose output is for everybody to see."""
    subprocess.run(command, cwd=ROOT, env=environments.clean_variables(), check=True)


def passes(name: str, check: Callable[[], None]) -> bool:
    """Run one check, say what it does, how it went and how long it took."""
    print(f"\n=== {name}: {check.__doc__}", flush=True)
    started = time.monotonic()
    problem = None
    try:
        check()
    except subprocess.CalledProcessError as error:
        problem = f"exit code {error.returncode}"
    except Exception as error:
        traceback.print_exc()
        problem = str(error)
    outcome = "passed" if problem is None else f"FAILED ({problem})"
    print(f"=== {name}: {outcome} in {time.monotonic() - started:.1f} s", flush=True)
    return problem is None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the checks that the arguments name and return the exit code."""
    parser = argparse.ArgumentParser(description="Clients that nobody here wrote, on the emulator.")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"any of {', '.join(CHECKS)}")
    chosen = parser.parse_args(argv).checks or list(CHECKS)
    unknown = [name for name in chosen if name not in CHECKS]
    if unknown:
        parser.error(f"there is no check {unknown[0]!r}, only {', '.join(CHECKS)}")
    passed = [passes(name, CHECKS[name]) for name in chosen].count(True)
    print(f"\n{passed} passed, {len(chosen) - passed} failed")
    return 0 if passed == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
