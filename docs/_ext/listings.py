"""Directives for lists that would go stale: the names of a module, the help of a command."""

from __future__ import annotations

import ast
import inspect
import io
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import patch

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.nodes import nested_parse_with_titles
from sphinx.util.typing import ExtensionMetadata

from fishjam.cli import main


class ExportedNames(Directive):
    """`.. exported-names:: fishjam`: a table of what a module exports from its submodules."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the table, and let Sphinx link the names."""
        module = import_module(self.arguments[0])
        homes = _homes(module)
        rows = [_row(module, name, homes[name]) for name in module.__all__ if name in homes]
        table = [".. list-table::", "   :header-rows: 1", "   :widths: auto", ""]
        table += ["   * - name", "     - what it is"]
        container = nodes.container()
        text = StringList([*table, *(line for row in rows for line in row)], source="exported")
        nested_parse_with_titles(self.state, text, container)
        return container.children


def _homes(module: ModuleType) -> dict[str, str]:
    """Map the names that a module exports to the public modules that they come from."""
    return {
        alias.name: str(node.module)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{module.__name__}.")
        for alias in node.names
        if alias.asname == alias.name and "._" not in str(node.module)
    }


def _row(module: Any, name: str, home: str) -> list[str]:
    value = getattr(module, name)
    doc = value.__doc__ if callable(value) else "The union of all events, for annotations."
    summary = " ".join((doc or "").strip().partition("\n\n")[0].split())
    return [f"   * - `~{home}.{name}`", f"     - {summary}"]


class MethodTable(Directive):
    """`.. method-table:: fishjam.FishjamClient`: the methods of a class, each with one line."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the table, in the order of the class and its bases."""
        path = self.arguments[0]
        module, _, name = path.rpartition(".")
        rows = []
        for method in methods_of(getattr(import_module(module), name)):
            summary = " ".join((method.__doc__ or "").partition("\n\n")[0].split())
            rows += [
                f"   * - :py:meth:`{method.__name__} <{path}.{method.__name__}>`",
                f"     - {summary}",
            ]
        table = [".. list-table::", "   :header-rows: 1", "   :widths: auto", ""]
        table += ["   * - method", "     - what it does"]
        container = nodes.container()
        nested_parse_with_titles(self.state, StringList([*table, *rows], source=path), container)
        return container.children


def methods_of(cls: type) -> list[Any]:
    """Return the public methods of a class: those of its bases first, which are its subjects."""
    found: dict[str, Any] = {}
    for one in (*cls.__mro__[1:], cls):
        for name, value in vars(one).items():
            function = getattr(value, "__func__", value)
            if inspect.isfunction(function) and not name.startswith("_"):
                found[name] = function
    return list(found.values())


class CommandHelp(Directive):
    """`.. command-help::`: what `fishjam --help` prints, and then the help of each command."""

    def run(self) -> list[nodes.Node]:
        """Ask the command itself."""
        with patch.dict(os.environ, {"COLUMNS": "88", "NO_COLOR": "1"}):
            return list(_described([]))


def _described(words: list[str]) -> Iterator[nodes.Node]:
    """Describe a command and the commands below it, each in a section of its own."""
    text = _help(words)
    shown = " ".join(["fishjam", *words])
    block = nodes.literal_block(text, f"$ {shown} --help\n{text}", language="console")
    if not words:
        yield block
    below = [nodes_ for name in _actions(text) for nodes_ in _described([*words, name])]
    if words:
        section = nodes.section("", nodes.title(shown, shown), block, ids=["-".join(words)])
        section += below
        yield section
    else:
        yield from below


def _actions(text: str) -> list[str]:
    """Return the names of the commands that a help lists."""
    found = re.search(r"^Commands:\n((?: {2}.*\n)+)", text, re.MULTILINE)
    return re.findall(r"^ {2}([\w-]+)", found[1], re.MULTILINE) if found else []


def _help(words: list[str]) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed), suppress(SystemExit):
        main([*words, "--help"])
    return printed.getvalue()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives."""
    app.add_directive("exported-names", ExportedNames)
    app.add_directive("command-help", CommandHelp)
    app.add_directive("method-table", MethodTable)
    return {"parallel_read_safe": True}
