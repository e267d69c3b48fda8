"""Tools of the programs that are written for the published Python SDK."""

from __future__ import annotations

import base64
import dataclasses
import json
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.request import Request, urlopen

import attrs

import fishjam
from fishjam import FishjamClient

Scene = dict[str, Any]
"""What `scenes.py` has prepared."""


def client_of(scene: Scene) -> FishjamClient:
    """Make a client as the published package documents it: by position."""
    return FishjamClient(scene["fishjam_id"], scene["management_token"])


def control(scene: Scene, name: str, *arguments: Any) -> Any:
    """Do something behind the API's back, see `remote.py`, and return what comes of it."""
    request = Request(f"{scene['remote']}/{name}", json.dumps(arguments).encode())  # noqa: S310
    with urlopen(request, timeout=10) as response:  # noqa: S310
        return json.load(response)


def expect(
    kind: type[Exception], call: Callable[..., object], *arguments: Any, **named: Any
) -> Exception:
    """Call with the arguments and return the error, which must be of that kind."""
    try:
        call(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def warnings_of(call: Callable[[], object]) -> list[warnings.WarningMessage]:
    """Call and return the warnings that came up."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # The published client cannot be closed, so its sockets are left to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        call()
    return caught


def claims_of(token: str) -> dict[str, Any]:
    """Return what a JWT says, without looking at its signature."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def mapping_of(metadata: Any) -> dict[str, Any]:
    """Return free-form metadata as a plain dict."""
    found: dict[str, Any] = metadata.to_dict()
    return found


def assert_complete(value: Any) -> None:
    """Make sure that no answer lacks a property: the published models show those as `Unset`."""
    missing = list(find_unset(value, "answer"))
    assert not missing, missing


def find_unset(value: Any, at: str) -> Iterator[str]:
    """Name the places in a value, at any depth, where something was not set."""
    if type(value).__name__ == "Unset":
        yield at
    for name, child in children_of(value):
        yield from find_unset(child, f"{at}.{name}")


def children_of(value: Any) -> list[tuple[str, Any]]:
    """Return what is in a model, a mapping or a list."""
    if attrs.has(type(value)):
        return [(one.name, getattr(value, one.name)) for one in attrs.fields(type(value))]
    if dataclasses.is_dataclass(value):
        return [(one.name, getattr(value, one.name)) for one in dataclasses.fields(value)]
    if isinstance(value, dict):
        return [(str(name), child) for name, child in value.items()]
    return [(str(i), child) for i, child in enumerate(value)] if isinstance(value, list) else []


def run_parts(*namespaces: Mapping[str, Any]) -> int:
    """Run every function whose name begins with `check_`, and return the exit code."""
    version, scene = sys.argv[1], json.loads(sys.argv[2])
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)  # As in `warnings_of`.
    assert fishjam.__version__ == version, f"this is version {fishjam.__version__}"
    parts = {name: part for names in namespaces for name, part in names.items()}
    results = [_passes(parts[name], scene) for name in parts if name.startswith("check_")]
    return 0 if all(results) else 1


def _passes(part: Callable[[Scene], None], scene: Scene) -> bool:
    name = part.__name__.removeprefix("check_").replace("_", " ")
    try:
        part(scene)
    except Exception:
        traceback.print_exc()
        print(f"  {name}: FAILED", flush=True)
        return False
    print(f"  {name}: ok", flush=True)
    return True
