"""Compares public names with a record of the published SDK's, made by `record_surface.py`."""

import dataclasses
import enum
import importlib
import inspect
import json
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs

RECORD = Path(__file__).parent / "data" / "published_surface.json"

# One recorded name, method or parameter, as it stands in the record.
Entry = dict[str, Any]

_POSITIONAL = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD")
_KEYWORD = ("POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")
_VARIABLE = ("VAR_POSITIONAL", "VAR_KEYWORD")


def load_record() -> dict[str, dict[str, Entry]]:
    """Read the recorded names of every public module."""
    modules: dict[str, dict[str, Entry]] = json.loads(RECORD.read_text("utf-8"))["modules"]
    return modules


def resolve(path: str) -> object:
    """Get what `module`, `module:name` or `module:name.member` names.

    Raises:
        LookupError: There is no such module, name or member.
    """
    module, _, qualname = path.partition(":")
    try:
        value: object = importlib.import_module(module)
        for name in filter(None, qualname.split(".")):
            value = getattr(value, name)
    except AttributeError as error:
        raise LookupError(f"{path} is missing") from error
    except ModuleNotFoundError as error:
        # Any other module that is not there is a fault of the one being imported.
        if not f"{path.replace(':', '.')}.".startswith(f"{error.name}."):
            raise
        raise LookupError(f"{path} is missing") from error
    return value


def mismatches(entry: Entry, ours: object) -> list[str]:
    """Say in which ways a value does not do what the record promises; empty when it does."""
    if "same_as" in entry:
        same = ours is resolve(entry["same_as"])
        return [] if same else [f"is not the same object as {entry['same_as']}"]
    return list(_CHECKS[entry["kind"]](entry, ours))


def _check_class(entry: Entry, ours: object) -> Iterable[str]:
    if not isinstance(ours, type):
        yield "is not a class"
        return
    if "parameters" in entry:
        parameters = list(_signature(ours).parameters.values())
        yield from parameter_mismatches(entry["parameters"], parameters)
    yield from _check_members(entry, ours)
    yield from _check_order(entry.get("fields", []), _field_names(ours))
    if "sample" in entry:
        sample = ours(*entry["sample"])
        yield from _missing("attribute", entry["attributes"], dir(sample))


def _check_exception(entry: Entry, ours: object) -> Iterable[str]:
    if not (isinstance(ours, type) and issubclass(ours, BaseException)):
        yield "is not an exception"
        return
    yield from _check_class(entry, ours)
    yield from _missing("base", entry["bases"], [base.__name__ for base in ours.__mro__])
    if "parameters" not in entry:
        try:
            _signature(ours).bind("text")
        except TypeError:
            yield "cannot be made from one positional text"


def _check_enum(entry: Entry, ours: object) -> Iterable[str]:
    if not (isinstance(ours, type) and issubclass(ours, enum.Enum)):
        yield "is not an enum"
        return
    for name, value in entry["members"].items():
        member = ours.__members__.get(name)
        if member is None:
            yield f"has no member {name}"
        elif member != value:
            yield f"{name} does not equal {value!r}"


def _check_function(entry: Entry, ours: object) -> Iterable[str]:
    if not callable(ours):
        return ["is not callable"]
    return _check_call(entry, ours, list(_signature(ours).parameters.values()))


def _check_union(entry: Entry, ours: object) -> Iterable[str]:
    return _check_choices(entry["members"], typing.get_args(ours))


def _check_constant(entry: Entry, ours: object) -> Iterable[str]:
    if type(ours).__name__ != entry["type"]:
        yield f"is a {type(ours).__name__}, not a {entry['type']}"
    elif isinstance(ours, tuple):
        yield from _check_choices(entry["members"], ours)


def _check_choices(recorded: list[str], ours: tuple[object, ...]) -> Iterable[str]:
    return [f"has no member {path}" for path in recorded if resolve(path) not in ours]


def _check_module(entry: Entry, ours: object) -> Iterable[str]:
    return [] if inspect.ismodule(ours) else [f"is not a {entry['kind']}"]


def _check_members(entry: Entry, ours: object) -> Iterable[str]:
    """Check the methods and properties of a class or of an object."""
    yield from _missing("property", entry.get("properties", []), dir(ours))
    for name, method in entry.get("methods", {}).items():
        for mismatch in _check_method(method, ours, name):
            yield f"{name}(): {mismatch}"


def _check_method(entry: Entry, owner: object, name: str) -> Iterable[str]:
    method = getattr(owner, name, None)
    if not callable(method):
        return ["is missing"]
    static = inspect.getattr_static(owner, name)
    # A plain function taken from a class still has the parameter for the object.
    unbound = isinstance(owner, type) and not isinstance(static, (classmethod, staticmethod))
    if unbound and entry["binding"] == "class":
        return ["cannot be called on the class"]
    return _check_call(entry, method, list(_signature(method).parameters.values())[int(unbound) :])


def _check_call(
    entry: Entry, function: Callable[..., object], parameters: list[inspect.Parameter]
) -> Iterable[str]:
    if inspect.iscoroutinefunction(function) != entry["coroutine"]:
        yield f"is {'not ' if entry['coroutine'] else ''}a coroutine function"
    yield from parameter_mismatches(entry["parameters"], parameters)


def parameter_mismatches(recorded: list[Entry], ours: list[inspect.Parameter]) -> Iterable[str]:
    """Say which recorded calls these parameters refuse, or take with another meaning.

    Parameters beyond the recorded ones are fine when they are optional.
    """
    yield from _check_positions([entry for entry in recorded if entry["kind"] in _POSITIONAL], ours)
    yield from _check_keywords([entry for entry in recorded if entry["kind"] in _KEYWORD], ours)
    required = {entry["name"] for entry in recorded if not entry["has_default"]}
    for parameter in ours:
        optional = parameter.default is not parameter.empty or parameter.kind.name in _VARIABLE
        if not optional and parameter.name not in required:
            yield f"newly requires {parameter.name}"


def _check_positions(recorded: list[Entry], ours: list[inspect.Parameter]) -> Iterable[str]:
    names = [parameter.name for parameter in ours if parameter.kind.name in _POSITIONAL]
    takes_more = any(parameter.kind.name == "VAR_POSITIONAL" for parameter in ours)
    for index, entry in enumerate(recorded):
        if index < len(names) and names[index] != entry["name"]:
            yield f"position {index} is {names[index]}, not {entry['name']}"
        elif index >= len(names) and not takes_more:
            yield f"does not take {entry['name']} by position"


def _check_keywords(recorded: list[Entry], ours: list[inspect.Parameter]) -> Iterable[str]:
    named = {parameter.name: parameter for parameter in ours if parameter.kind.name in _KEYWORD}
    takes_more = any(parameter.kind.name == "VAR_KEYWORD" for parameter in ours)
    for entry in recorded:
        if parameter := named.get(entry["name"]):
            yield from _check_default(entry, parameter.default)
        elif not takes_more:
            yield f"does not take {entry['name']} by keyword"


def _check_default(entry: Entry, ours: object) -> Iterable[str]:
    """Compare the values of two defaults where both are plain; sentinels and factories pass."""
    if isinstance(ours, enum.Enum):
        ours = ours.value
    plain = ours is None or type(ours) in (bool, int, str, float)
    if plain and "default" in entry and ours != entry["default"]:
        yield f"{entry['name']} is {ours!r} by default, not {entry['default']!r}"


def _check_order(recorded: list[str], ours: list[str]) -> Iterable[str]:
    yield from _missing("field", recorded, ours)
    shared = [name for name in ours if name in recorded]
    if len(shared) == len(recorded) and shared != recorded:
        yield f"has the fields in the order {shared}, not {recorded}"


def _missing(what: str, recorded: Iterable[str], ours: Iterable[str]) -> Iterable[str]:
    present = set(ours)
    return [f"has no {what} {name}" for name in recorded if name not in present]


def _field_names(cls: type) -> list[str]:
    if attrs.has(cls):
        return [field.name for field in attrs.fields(cls) if field.init]
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls) if field.init]
    return []


def _signature(function: Callable[..., object]) -> inspect.Signature:
    """Get a signature; constructors written in C have none before Python 3.13 or so."""
    try:
        return inspect.signature(function)
    except ValueError:
        variable = [inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)]
        if not (isinstance(function, type) and issubclass(function, BaseException)):
            variable.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
        return inspect.Signature(variable)


_CHECKS: dict[str, Callable[[Entry, object], Iterable[str]]] = {
    "class": _check_class,
    "constant": _check_constant,
    "enum": _check_enum,
    "exception": _check_exception,
    "function": _check_function,
    "instance": _check_members,
    "module": _check_module,
    "union": _check_union,
}
