"""Public names: declared once, equal to what is really there, importable from where they say."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import py_compile
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fishjam
from tests.support.apart import APART

ROOT = Path(fishjam.__file__).parent

# These are found by their entry points and never imported by users.
ENTRY_POINTS = {"fishjam.__main__", "fishjam.cli", "fishjam.emulator.pytest_plugin"}
# These are here for code that was written for the published SDK; see `test_older_names.py`.
OLDER = {"fishjam.api", "fishjam.utils"}


def public_modules() -> Iterator[str]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = ["fishjam", *path.relative_to(ROOT).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        if not any(part.startswith("_") and part != "__main__" for part in parts):
            name = ".".join(parts)
            if name not in ENTRY_POINTS | OLDER | APART:
                yield name


MODULES = list(public_modules())
EACH = pytest.mark.parametrize("name", MODULES)


def tree_of(name: str) -> ast.Module:
    module = importlib.import_module(name)
    return ast.parse(Path(str(module.__file__)).read_text("utf-8"))


def is_for_checkers(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Give the statements of a module, with those that only type checkers see."""
    for node in tree.body:
        if isinstance(node, ast.If) and is_for_checkers(node):
            yield from node.body
        else:
            yield node


def declared(node: ast.stmt) -> Iterator[str]:
    """Give what a statement makes for everybody: `X as X`, definitions and CONSTANTS."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if name.isupper() and len(name) > 1)
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names if alias.name == alias.asname)
        if node.names[0].name == "*":
            yield from importlib.import_module(str(node.module)).__all__


def is_public(name: str) -> bool:
    return not name.startswith("_") or name == "__version__"


@EACH
def test_all_is_a_tuple_of_what_is_really_public(name: str) -> None:
    module = importlib.import_module(name)
    names = [one for node in statements(tree_of(name)) for one in declared(node)]
    assert isinstance(module.__all__, tuple)
    assert len(set(module.__all__)) == len(module.__all__)
    assert set(filter(is_public, names)) <= set(module.__all__)
    assert all(map(is_public, module.__all__))
    # What is listed besides that was imported under another name, or is an alias of a type.
    others = set(module.__all__) - set(names)
    assert others <= {one for node in statements(tree_of(name)) for one in made(node)}


def made(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield from (alias.asname for alias in node.names if alias.asname)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


@EACH
def test_every_name_is_there(name: str) -> None:
    module = importlib.import_module(name)
    for one in module.__all__:
        assert getattr(module, one) is getattr(module, one)
        assert one in dir(module)


@EACH
def test_every_module_opens_with_its_one_subject(name: str) -> None:
    first = str(importlib.import_module(name).__doc__).splitlines()[0]
    assert first.endswith(".")
    assert len(first) <= 97


@EACH
def test_every_class_and_function_has_a_docstring_and_a_public_home(name: str) -> None:
    module = importlib.import_module(name)
    for one in module.__all__:
        value = getattr(module, one)
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        assert inspect.getdoc(value), one
        if inspect.isclass(value):
            home = importlib.import_module(value.__module__)
            assert not any(part.startswith("_") for part in value.__module__.split(".")), one
            assert getattr(home, value.__name__) is value


def lazy_homes(name: str) -> dict[str, str]:
    """Map the names that a package imports for type checkers to where they come from."""
    return {
        alias.name: str(one.module)
        for node in tree_of(name).body
        if is_for_checkers(node) and isinstance(node, ast.If)
        for one in node.body
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }


LAZY = {"fishjam": 50, "fishjam.composition": 86}
EACH_LAZY = pytest.mark.parametrize("name", LAZY)


@EACH_LAZY
def test_lazy_names_are_those_that_checkers_see(name: str) -> None:
    module, homes = importlib.import_module(name), lazy_homes(name)
    assert len(homes) >= LAZY[name]
    assert set(homes) <= set(module.__all__)
    for one, home in homes.items():
        submodule = f"{name}.{one}"
        expected = (
            importlib.import_module(submodule)
            if home == name
            else getattr(importlib.import_module(home), one)
        )
        assert getattr(module, one) is expected


def test_lazy_names_need_no_sources(tmp_path: Path) -> None:
    """Some images ship compiled files alone."""
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] in {"emulator", "integrations", "cli"}:
            continue
        target = tmp_path / "fishjam" / path.relative_to(ROOT).with_suffix(".pyc")
        target.parent.mkdir(parents=True, exist_ok=True)
        py_compile.compile(str(path), str(target), doraise=True)
    code = """
import fishjam, fishjam.composition
assert fishjam.__file__.endswith(".pyc"), fishjam.__file__
print(len(fishjam.__all__), fishjam.RoomOptions().video_codec, fishjam.composition.Tiles.__name__)
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
    )
    assert done.stdout.split() == [
        str(len(importlib.import_module("fishjam").__all__)),
        "None",
        "Tiles",
    ]


def test_a_submodule_is_loaded_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(fishjam, "moq", raising=False)
    assert fishjam.moq is importlib.import_module("fishjam.moq")


@EACH_LAZY
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    module = importlib.import_module(name)
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'no_such_name'"):
        _ = module.no_such_name
    assert not hasattr(module, "_private")
    with pytest.raises(ImportError, match="no_such_name"):
        exec(f"from {name} import no_such_name")  # noqa: S102


@EACH_LAZY
def test_dir_lists_names_before_they_are_loaded(name: str) -> None:
    code = f"import {name} as m; assert set(m.__all__) <= set(dir(m)); print(*dir(m))"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert done.stdout.split() == sorted(done.stdout.split())


def test_a_star_import_gives_everything() -> None:
    names: dict[str, object] = {}
    exec("from fishjam import *", names)  # noqa: S102
    assert set(importlib.import_module("fishjam").__all__) <= set(names)


def test_the_version() -> None:
    from fishjam.version import get_version

    assert fishjam.__version__ == get_version()
    assert fishjam.__version__.startswith("0.31.")


@pytest.mark.parametrize(
    "name",
    ["RoomOptions", "Room", "Peer", "FishjamClient", "AsyncFishjamClient", "RetryPolicy"],
)
def test_what_users_see_in_a_traceback_is_where_they_import_from(name: str) -> None:
    one = getattr(fishjam, name)
    homes = {home for home in lazy_homes("fishjam").values() if "._" not in home}
    assert one.__module__ in homes


@pytest.mark.parametrize(
    "path",
    [
        "fishjam.agent.agent.Agent",
        "fishjam.agent.errors.AgentAuthError",
        "fishjam.client.RetryPolicy",
        "fishjam.clock.ManualClock",
        "fishjam.events.allowed_notifications.AllowedNotification",
    ],
)
def test_submodules_are_attributes_as_soon_as_the_package_is_imported(path: str) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", f"import fishjam; {path}"], check=True
    )
