"""Records the public names and signatures of the published SDK as JSON.

Run it with an interpreter that has the published SDK and its `gemini` extra installed:

    python tests/outside/record_surface.py

It looks at the imported package only and writes `tests/data/published_surface.json`, which
`tests/test_published_surface.py` compares with this SDK. The output is the same on every run.
"""

import dataclasses
import enum
import importlib
import importlib.metadata
import inspect
import json
import re
import typing
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs

DISTRIBUTION = "fishjam-server-sdk"
PACKAGE = "fishjam"
OUTPUT = Path(__file__).parents[1] / "data" / "published_surface.json"

# An object that several modules offer is described in the first of them.
MODULES = (
    "fishjam",
    "fishjam.errors",
    "fishjam.room",
    "fishjam.peer",
    "fishjam.recording",
    "fishjam.agent",
    "fishjam.agent.errors",
    "fishjam.agent.agent",
    "fishjam.events",
    "fishjam.events.allowed_notifications",
    "fishjam.composition",
    "fishjam.integrations.gemini",
    "fishjam.version",
)

# A module without `__all__` promises what it defines itself, not what it imports. So these stay
# out by rule: the protobuf messages and third-party names in `fishjam.agent.agent`, the events in
# `fishjam.events.allowed_notifications`, and `Error`, `Response`, `HTTPStatus` in `fishjam.errors`.
# `fishjam.utils` and `fishjam.types` are not promised at all, nor is `fishjam.api`.
# These are promised although the rule does not see them:
ALSO_PUBLIC = {
    "fishjam": ("__version__", "version"),
    "fishjam.agent.agent": (
        "AgentAuthError",
        "IncomingAgentMessage",
        "IncomingTrackData",
        "IncomingTrackImage",
    ),
    "fishjam.events.allowed_notifications": ("ALLOWED_NOTIFICATIONS", "AllowedNotification"),
    "fishjam.version": ("__version__",),
}

LEFT_OUT_MEMBERS = {
    "additional_keys": "bookkeeping of the generator; the mapping itself has the keys",
    "from_response": "takes a response object of the generated client",
}

# The generator's bag of unknown properties. Unknown properties are ignored here, so it is
# promised only where it is all that a class has: free-form metadata.
FREE_FORM = "additional_properties"

LEFT_OUT_CONSTRUCTORS = {
    "AgentSession": "made by Agent.connect() only; takes the socket of a third-party library",
}

# Plain classes show their instance attributes only on an instance.
SAMPLES: dict[str, tuple[str | int, ...]] = {
    "Agent": ("agent", "room", "token", "http://127.0.0.1"),
    "StaleSdkError": (7,),
}

Entry = dict[str, Any]


def main() -> None:
    """Write the record of the installed SDK."""
    record = {
        "distribution": DISTRIBUTION,
        "version": importlib.metadata.version(DISTRIBUTION),
        "modules": describe_modules(),
    }
    OUTPUT.write_text(render(record), encoding="utf-8")


def render(record: Entry) -> str:
    """Print the record as sorted JSON, each parameter on a line of its own."""
    text = json.dumps(record, indent=1, sort_keys=True)
    return re.sub(r"[{\[][^][{}]*[]}]", one_line, text) + "\n"


def one_line(innermost: re.Match[str]) -> str:
    """Put an object or list that holds only plain values on one line."""
    return json.dumps(json.loads(innermost[0]))


def describe_modules() -> dict[str, dict[str, Entry]]:
    """Describe every public name of every public module."""
    modules = [importlib.import_module(name) for name in MODULES]
    homes = find_homes(modules)
    return {module.__name__: describe_module(module, homes) for module in modules}


def find_homes(modules: list[ModuleType]) -> dict[int, str]:
    """Say for the id of each class and function where it is offered first."""
    homes: dict[int, str] = {}
    for module in modules:
        for name in public_names(module):
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                homes.setdefault(id(value), f"{module.__name__}:{name}")
    return homes


def describe_module(module: ModuleType, homes: dict[int, str]) -> dict[str, Entry]:
    """Describe one module; what is at home elsewhere is only referred to."""
    entries = {}
    for name in public_names(module):
        value = getattr(module, name)
        entry = describe(name, value, homes)
        home = homes.get(id(value), f"{module.__name__}:{name}")
        if home != f"{module.__name__}:{name}":
            entry = {"kind": entry["kind"], "same_as": home}
        entries[name] = entry
    return entries


def public_names(module: ModuleType) -> list[str]:
    """Name what the module promises: its `__all__`, or else what it defines itself."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [name for name in vars(module) if is_defined_here(module, name)]
    return sorted({*names, *ALSO_PUBLIC.get(module.__name__, ())})


def is_defined_here(module: ModuleType, name: str) -> bool:
    """Say whether a module defines this public name rather than importing it."""
    origin = getattr(getattr(module, name), "__module__", None)
    return not name.startswith("_") and origin == module.__name__


def describe(name: str, value: object, homes: dict[int, str]) -> Entry:
    """Describe one value by its kind."""
    if inspect.ismodule(value):
        return {"kind": "module"}
    if isinstance(value, type):
        return describe_class(name, value)
    if inspect.isfunction(value):
        return {"kind": "function", **describe_callable(value)}
    if typing.get_args(value):
        return {"kind": "union", "members": member_paths(typing.get_args(value), homes)}
    if type(value).__module__.startswith(PACKAGE):
        return {"kind": "instance", **describe_members(type(value))}
    return describe_constant(value, homes)


def describe_constant(value: object, homes: dict[int, str]) -> Entry:
    """Describe a constant by its type, and a tuple of classes by its members too."""
    entry: Entry = {"kind": "constant", "type": type(value).__name__}
    if isinstance(value, tuple):
        entry["members"] = member_paths(value, homes)
    return entry


def member_paths(members: tuple[type, ...], homes: dict[int, str]) -> list[str]:
    """Say where each member of a union can be imported from."""
    return sorted(homes.get(id(cls), f"{cls.__module__}:{cls.__name__}") for cls in members)


def describe_class(name: str, cls: type) -> Entry:
    """Describe a class, an exception or an enum."""
    if issubclass(cls, enum.Enum):
        return {"kind": "enum", "members": {member.name: member.value for member in cls}}
    entry: Entry = {"kind": "class", **describe_constructor(name, cls), **describe_members(cls)}
    if issubclass(cls, BaseException):
        entry["kind"] = "exception"
        entry["bases"] = [base.__name__ for base in cls.__mro__[1:-1]]
    if fields := field_names(cls):
        entry["fields"] = fields
    if name in SAMPLES:
        entry.update(describe_sample(cls, SAMPLES[name]))
    return entry


def describe_sample(cls: type, arguments: tuple[str | int, ...]) -> Entry:
    """Describe the public attributes of an object made with these arguments."""
    attributes = sorted(name for name in vars(cls(*arguments)) if not name.startswith("_"))
    return {"sample": list(arguments), "attributes": attributes}


def describe_constructor(name: str, cls: type) -> Entry:
    """Describe how the class is called, if it has a constructor of its own."""
    if name in LEFT_OUT_CONSTRUCTORS or not has_constructor(cls):
        return {}
    return {"parameters": describe_parameters(inspect.signature(cls))}


def has_constructor(cls: type) -> bool:
    """Say whether a class, or a base other than a built-in one, defines how it is called."""
    builtin = (object.__init__, Exception.__init__)
    return inspect.getattr_static(cls, "__init__") not in builtin


def field_names(cls: type) -> list[str]:
    """Name the fields that are given when an object is made, in order."""
    if attrs.has(cls):
        return [field.name for field in attrs.fields(cls) if field.init]
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls) if field.init]
    return []


def describe_members(cls: type) -> Entry:
    """Describe the public methods and properties that the package itself gives a class."""
    methods: dict[str, Entry] = {}
    properties: set[str] = set()
    for name in promised_members(cls):
        member = inspect.getattr_static(cls, name)
        if isinstance(member, property):
            properties.add(name)
        elif inspect.isfunction(member):
            methods[name] = {"binding": "instance", **describe_callable(member, bound=True)}
        elif isinstance(member, (classmethod, staticmethod)):
            methods[name] = {"binding": "class", **describe_callable(getattr(cls, name))}
    if attrs.has(cls) and [field.name for field in attrs.fields(cls)] == [FREE_FORM]:
        properties.add(FREE_FORM)
    members = {"methods": methods, "properties": sorted(properties)}
    return {kind: described for kind, described in members.items() if described}


def promised_members(cls: type) -> list[str]:
    """Name the public attributes of a class, without what third-party bases add."""
    owners = [base for base in cls.__mro__ if base.__module__.startswith(PACKAGE)]
    names = {name for owner in owners for name in vars(owner)}
    return sorted(
        name for name in names if not name.startswith("_") and name not in LEFT_OUT_MEMBERS
    )


def describe_callable(function: Any, *, bound: bool = False) -> Entry:
    """Describe a function; `bound` leaves out the parameter that takes the object."""
    return {
        "coroutine": inspect.iscoroutinefunction(function),
        "parameters": describe_parameters(inspect.signature(function))[int(bound) :],
    }


def describe_parameters(signature: inspect.Signature) -> list[Entry]:
    """Describe the parameters in order."""
    return [describe_parameter(parameter) for parameter in signature.parameters.values()]


def describe_parameter(parameter: inspect.Parameter) -> Entry:
    """Describe a parameter, with the value of its default when that is plain."""
    has_default = parameter.default is not parameter.empty
    entry: Entry = {
        "name": parameter.name,
        "kind": parameter.kind.name,
        "has_default": has_default,
    }
    default = parameter.default
    if isinstance(default, enum.Enum):
        default = default.value
    if has_default and (default is None or type(default) in (bool, int, str, float)):
        entry["default"] = default
    return entry


if __name__ == "__main__":
    main()
