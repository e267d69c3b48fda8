"""Where users import a model from: the hand-written public module that re-exports it."""

from __future__ import annotations

import ast
from pathlib import Path


def public_homes(package: Path, private_module: str) -> dict[str, str]:
    """Map each class that a public module imports from a generated one to that public module.

    The public modules are the only place where this is written down, so a class is never listed
    twice. `fishjam/__init__.py` re-exports from the public modules and does not count.
    """
    homes: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if path == package / "__init__.py" or any(part.startswith("_") for part in parts[:-1]):
            continue
        module = ".".join(part for part in parts if part != "__init__")
        if module.rpartition(".")[2].startswith("_"):
            continue
        # Parsed and not imported: what is generated may be missing, or out of date.
        for name in _imported(ast.parse(path.read_text(encoding="utf-8")), private_module):
            homes.setdefault(name, module)
    return homes


def _imported(tree: ast.Module, module: str) -> list[str]:
    """Return the names that a module re-exports from another, at once or lazily."""
    lazy = (inner for node in tree.body if isinstance(node, ast.If) for inner in node.body)
    return [
        alias.name
        for node in (*tree.body, *lazy)
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
        # This form marks what is handed on; other imports are for the module's own use.
        if alias.asname == alias.name
    ]
