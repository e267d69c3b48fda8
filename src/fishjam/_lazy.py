"""Public names of a package that are loaded when they are first used (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from types import CodeType
from typing import Any


def lazy_names(package: str, *eager: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a package.

    Lazy are the names that the package imports `if TYPE_CHECKING:`, each as `name as name`, so that
    every name stands in one place. `__all__` holds them too. To be called by the package itself.

    Args:
        package: its full name.
        eager: public names that the package defines itself, for its `__all__`.
    """
    # Not the source, which need not be shipped, and not the loader, which need not keep the code.
    code = sys._getframe(1).f_code

    @cache
    def homes() -> dict[str, str]:
        return dict(_imports(code))

    def load(name: str) -> Any:
        namespace = vars(sys.modules[package])
        if name == "__all__":
            value: Any = tuple(sorted({*eager, *homes()}))
        # Many tools ask modules for names such as `__wrapped__`, which must not cost the imports.
        elif name.startswith("_") or not (name in homes() or _is_submodule(package, name)):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        # `from fishjam import agent` names a module, and nothing that stands in one.
        elif homes().get(name, package) == package:
            value = import_module(f"{package}.{name}")
        else:
            value = getattr(import_module(homes()[name]), name)
        # From now on the name is found without a call: Python only asks for what is missing.
        namespace[name] = value
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *eager, *homes()})

    return load, names


def _is_submodule(package: str, name: str) -> bool:
    from importlib.util import find_spec

    # Looked for and not imported: a name that does not exist must not run anything.
    return find_spec(f"{package}.{name}") is not None


def _imports(code: CodeType) -> Iterator[tuple[str, str]]:
    """Yield the public names that a module imports from this SDK, with the module of each."""
    # Costs a few milliseconds, which a program that uses no lazy name need not spend.
    from dis import get_instructions

    # To the compiler TYPE_CHECKING is a variable like others, so it keeps the imports behind it.
    module = ""
    for instruction in get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            module = str(instruction.argval)
        elif instruction.opname == "IMPORT_FROM" and module.partition(".")[0] == "fishjam":
            name = str(instruction.argval)
            if module != __name__ and not name.startswith("_"):
                yield name, module
