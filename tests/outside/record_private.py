"""Records the names in modules of the published SDK that are private, but that users import from.

Run it with an interpreter that has the published SDK installed:

    python tests/outside/record_private.py

It looks at the imported package only and writes `tests/data/published_private.json`, which
`tests/test_older_names.py` compares with this SDK. Names of other packages are left out.
"""

import importlib
import importlib.metadata
import inspect
import json
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

DISTRIBUTION = "fishjam-server-sdk"
PACKAGE = "fishjam"
OUTPUT = Path(__file__).parents[1] / "data" / "published_private.json"
MODULES = (
    "fishjam.events._protos.fishjam",
    "fishjam.events._protos.fishjam.notifications",
    "fishjam._ws_notifier",
    "fishjam._webhook_notifier",
    "fishjam.api",
    "fishjam.api._fishjam_client",
    "fishjam.utils",
)


def kind_of(value: object) -> str:
    """Name what a value is, in one word."""
    if isinstance(value, ModuleType):
        return "module"
    if inspect.isclass(value):
        return "class"
    return "function" if inspect.isfunction(value) else "value"


def is_own(value: object) -> bool:
    """Tell whether a value was made by the package, as far as it can be told."""
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    # Constants and aliases of types do not say where they are from.
    return home is None or home == "typing" or str(home).partition(".")[0] == PACKAGE


def names_of(module: ModuleType) -> dict[str, str]:
    """Map the public names of a module to what they are."""
    typing_names = vars(importlib.import_module("typing"))
    return {
        name: kind_of(value)
        for name, value in sorted(vars(module).items())
        if not name.startswith("_") and is_own(value) and value is not typing_names.get(name)
    }


def main() -> None:
    """Write the record."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modules: dict[str, Any] = {
            module: names_of(importlib.import_module(module)) for module in MODULES
        }
    record = {"version": importlib.metadata.version(DISTRIBUTION), "modules": modules}
    OUTPUT.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
