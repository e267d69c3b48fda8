"""What an import costs, and which part of the package may import which."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import fishjam
from tests.support.apart import APART

ROOT = Path(fishjam.__file__).parent

# From the ground up; a part imports only parts on lower floors. What is not named here is the
# facade, whose parts may import each other, as those of the top may.
FLOORS = {
    "_lazy": 0,
    "_version": 0,
    "errors": 0,
    "_core": 1,
    "_audio": 1,
    "clock": 1,
    "_concurrency": 1,
    "_network": 1,
    "_generated": 2,
    "_protocol": 3,
    "_http": 4,
    "_websocket": 4,
    "__main__": 6,
    "cli": 6,
    "emulator": 6,
    "integrations": 6,
}
FACADE, TOP = 5, 6

# Who may import a package that costs much or belongs to one event loop. The top may import any.
AT_HOME = {
    "asyncio": {"_websocket", "_concurrency"},
    "trio": {"_websocket", "_concurrency"},
    "trio_websocket": {"_websocket"},
    "websockets": {"_websocket"},
    "picows": {"_websocket"},
    "aiofastnet": {"_websocket"},
    "wsproto": {"_websocket"},
    "google": {"_protocol"},
    "certifi": {"_network"},
    "idna": {"_network"},
    "httpx": {"_http"},
    "coredis": {"fleet"},
    "aioice": set(),
    "aiortc": set(),
    "av": {"_audio"},
    "starlette": set(),
    "uvicorn": set(),
    "jwt": set(),
    "pytest": set(),
}
ALLOWED = {"anyio", "attrs", "typing_extensions", *AT_HOME}

HEAVY = (
    "aiortc",
    "av",
    "coredis",
    "httpx",
    "trio",
    "websockets",
    "trio_websocket",
    "starlette",
    "uvicorn",
    "google.protobuf",
)
OURS_ON_DEMAND = ("fishjam.emulator", "fishjam.cli", "fishjam.client._async", "fishjam._generated")


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = ["fishjam", *path.relative_to(ROOT).with_suffix("").parts]
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


FILES = dict(modules())


def part_of(module: str) -> str:
    """The top-level part that a module belongs to; the package itself is the facade."""
    return [*module.split("."), ""][1]


def floor_of(module: str) -> int:
    return FLOORS.get(part_of(module), FACADE)


def imports(tree: ast.AST) -> Iterator[str]:
    """Give the modules that a file imports, wherever in it, as dotted names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            base = str(node.module)
            submodules = {f"{base}.{alias.name}" for alias in node.names} & set(FILES)
            yield from submodules
            if len(submodules) < len(node.names):
                yield base


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text("utf-8"))


def imports_when_loaded(name: str) -> set[str]:
    """Give what a module imports as soon as it is loaded itself."""
    imported: set[str] = set()
    for node in tree_of(name).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imported.update(imports(node))
    return imported


@cache
def all_imports(name: str) -> frozenset[str]:
    return frozenset(imports(tree_of(name)))


EACH = pytest.mark.parametrize("name", sorted(FILES))


@EACH
def test_a_part_imports_only_what_is_below_it(name: str) -> None:
    # The package itself names all that is public, and loads none of it.
    wanted = imports_when_loaded(name) if name == "fishjam" else all_imports(name)
    for other in wanted:
        if other.partition(".")[0] != "fishjam" or part_of(other) == part_of(name):
            continue
        below = floor_of(other) < floor_of(name)
        beside = floor_of(other) == floor_of(name) and floor_of(name) in {FACADE, TOP}
        assert below or beside, f"{name} imports {other}"


@EACH
def test_costly_packages_stay_at_home(name: str) -> None:
    if floor_of(name) == TOP:
        return
    for other in all_imports(name):
        package = other.partition(".")[0]
        if package == "fishjam" or package in sys.stdlib_module_names - {"asyncio"}:
            continue
        assert package in ALLOWED, f"{name} imports {other}"
        assert part_of(name) in AT_HOME.get(package, {part_of(name)}), f"{name} imports {other}"


@EACH
def test_event_loops_are_named_only_at_home(name: str) -> None:
    if floor_of(name) == TOP or part_of(name) in {"_websocket", "_concurrency"}:
        return
    tree = tree_of(name)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"asyncio", "trio", "sniffio"}


@EACH
def test_there_is_no_assert(name: str) -> None:
    tree = tree_of(name)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def graph_of_imports() -> dict[str, set[str]]:
    """Map each module to those it imports: also for type checkers, and inside functions.

    The package itself names all that is public, and loads none of it.
    """
    graph = {name: set(all_imports(name)) & set(FILES) - {name} for name in FILES}
    graph["fishjam"] = imports_when_loaded("fishjam")
    return graph


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = graph_of_imports()
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above, name))
        if name not in done:
            for other in sorted(graph.get(name, ())):
                visit(other, (*above, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.once
@pytest.mark.timeout(180)
def test_each_public_module_can_be_imported_first() -> None:
    names = [name for name in FILES if "._" not in name and name not in APART]
    code = f"""
import importlib, sys
for name in {names}:
    for loaded in [each for each in sys.modules if each.partition(".")[0] == "fishjam"]:
        del sys.modules[loaded]
    importlib.import_module(name)
    print(name)
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == names, done.stderr


def loaded_by(code: str) -> list[str]:
    """Run code in a clean process and give the modules that are loaded afterwards."""
    code += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    loaded: list[str] = json.loads(done.stdout)
    return loaded


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import fishjam", ()),
        ("import fishjam; dir(fishjam); fishjam.__all__; fishjam.__version__", ()),
        ("from fishjam import FishjamError, errors, version", ()),
        ("from fishjam import RoomOptions, PeerOptions, options", ("fishjam._generated",)),
        (
            "from fishjam import receive_webhook, decode_server_notifications, events, webhooks",
            ("fishjam._generated", "google.protobuf"),
        ),
        ("from fishjam import Room, Peer, MoqAccess, Recording", ("fishjam._generated",)),
        ("import fishjam.agent", ("fishjam._generated", "google.protobuf")),
        ("from fishjam import WhipInputTarget, composition", ("fishjam._generated",)),
        (
            "from fishjam import CompositionClient, AsyncCompositionClient",
            ("httpx", "fishjam.client._async", "fishjam._generated"),
        ),
        (
            "from fishjam import FishjamClient, AsyncFishjamClient",
            ("httpx", "fishjam.client._async", "fishjam._generated"),
        ),
    ],
)
def test_an_import_loads_only_what_it_needs(code: str, allowed: tuple[str, ...]) -> None:
    loaded = set(loaded_by(code))
    unwanted = {name for name in (*HEAVY, *OURS_ON_DEMAND) if name not in allowed}
    assert not loaded & unwanted


def test_the_client_of_a_fishjam_does_not_load_compositions() -> None:
    loaded = loaded_by("from fishjam import FishjamClient, AsyncFishjamClient")
    assert not [name for name in loaded if "composition" in name]


def test_importing_the_package_loads_hardly_anything() -> None:
    ours = [name for name in loaded_by("import fishjam") if name.partition(".")[0] == "fishjam"]
    assert ours == ["fishjam", "fishjam._lazy", "fishjam._version"]
