"""Code written against the published SDK finds every name here, with the same calls."""

import dataclasses
import enum
import inspect
import subprocess
import sys
from collections.abc import Iterator

import attrs
import pytest

from tests import surface

RECORD = surface.load_record()


def entries() -> Iterator[tuple[str, surface.Entry]]:
    for module, names in RECORD.items():
        for name, entry in names.items():
            yield f"{module}:{name}", entry


@pytest.mark.parametrize(("path", "entry"), [pytest.param(*e, id=e[0]) for e in entries()])
def test_published_name_is_accepted(path: str, entry: surface.Entry) -> None:
    assert surface.mismatches(entry, surface.resolve(path)) == []


def test_submodules_need_no_import_of_their_own() -> None:
    submodules = [name for name, entry in RECORD["fishjam"].items() if entry["kind"] == "module"]
    # In a clean process, where no other test has imported them.
    code = f"import fishjam\nfor name in {submodules}: getattr(fishjam, name)"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


# The comparison itself, tried on small classes that differ from what is promised.


def parameter(name: str, **default: object) -> surface.Entry:
    return {
        "name": name,
        "kind": "POSITIONAL_OR_KEYWORD",
        "has_default": bool(default),
        **default,
    }


def keyword_only(name: str) -> surface.Entry:
    return {**parameter(name), "kind": "KEYWORD_ONLY"}


def call(*parameters: surface.Entry, **facts: object) -> surface.Entry:
    return {"kind": "function", "coroutine": False, "parameters": list(parameters), **facts}


def method(*parameters: surface.Entry, **facts: object) -> surface.Entry:
    return call(*parameters, **{"binding": "instance", **facts})


PLAIN = call(parameter("a"), parameter("b", default=1))


def same(a: int, b: int = 1) -> None: ...
def extended(a: int, b: int = 1, c: int = 2, *, d: int = 3) -> None: ...
def catches_all(*args: int, **kwargs: int) -> None: ...
def less_required(a: int = 0, b: int = 1) -> None: ...
def lacks_b(a: int) -> None: ...
def other_order(b: int, a: int = 1) -> None: ...
def in_between(a: int, c: int = 0, b: int = 1) -> None: ...
def newly_required(a: int, b: int = 1, *, c: int) -> None: ...
def now_required(a: int, b: int) -> None: ...
def by_keyword_only(*, a: int, b: int = 1) -> None: ...
def by_position_only(a: int, b: int = 1, /) -> None: ...
def other_default(a: int, b: int = 2) -> None: ...
def sentinel_default(a: int, b: object = PLAIN) -> None: ...
async def asynchronous(a: int, b: int = 1) -> None: ...


@pytest.mark.parametrize(
    "ours", [same, extended, catches_all, less_required, sentinel_default], ids=lambda f: f.__name__
)
def test_compatible_function(ours: object) -> None:
    assert surface.mismatches(PLAIN, ours) == []


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (lacks_b, ["does not take b by position", "does not take b by keyword"]),
        (
            other_order,
            ["position 0 is b, not a", "position 1 is a, not b"],
        ),
        (in_between, ["position 1 is c, not b"]),
        (newly_required, ["newly requires c"]),
        (now_required, ["newly requires b"]),
        (by_keyword_only, ["does not take a by position", "does not take b by position"]),
        (by_position_only, ["does not take a by keyword", "does not take b by keyword"]),
        (other_default, ["b is 2 by default, not 1"]),
        (asynchronous, ["is a coroutine function"]),
        (None, ["is not callable"]),
    ],
)
def test_incompatible_function(ours: object, expected: list[str]) -> None:
    assert set(expected) <= set(surface.mismatches(PLAIN, ours))


def test_function_that_is_no_coroutine_function() -> None:
    entry = call(parameter("a"), parameter("b", default=1), coroutine=True)
    assert surface.mismatches(entry, asynchronous) == []
    assert surface.mismatches(entry, same) == ["is not a coroutine function"]


def test_keyword_only_parameter() -> None:
    entry = call(keyword_only("b"), keyword_only("a"))
    assert surface.mismatches(entry, by_keyword_only) == []
    assert surface.mismatches(entry, lacks_b) == ["does not take b by keyword"]


class Size(str, enum.Enum):
    SMALL = "s"
    LARGE = "l"


class UnequalSize(enum.Enum):
    SMALL = "s"


class Client:
    def __init__(self, name: str, size: Size = Size.SMALL) -> None:
        self.name = name

    @classmethod
    def build(cls, name: str) -> "Client":
        return cls(name)

    @property
    def url(self) -> str:
        return ""

    def send(self, data: bytes) -> None: ...

    async def fetch(self, count: int = 1) -> None: ...


CLIENT = {
    "kind": "class",
    "parameters": [parameter("name"), parameter("size", default="s")],
    "methods": {
        "build": method(parameter("name"), binding="class"),
        "send": method(parameter("data")),
        "fetch": method(parameter("count", default=1), coroutine=True),
    },
    "properties": ["url"],
    "sample": ["me"],
    "attributes": ["name"],
}


class BadClient:
    def __init__(self, name: str, size: str) -> None: ...

    def build(self, name: str) -> None: ...

    def fetch(self, *, count: int = 1) -> None: ...


def test_class() -> None:
    assert surface.mismatches(CLIENT, Client) == []
    entry = {**CLIENT, "sample": ["me", "s"]}
    assert surface.mismatches(entry, BadClient) == [
        "newly requires size",
        "has no property url",
        "build(): cannot be called on the class",
        "send(): is missing",
        "fetch(): is not a coroutine function",
        "fetch(): does not take count by position",
        "has no attribute name",
    ]
    assert surface.mismatches(CLIENT, Client("me")) == ["is not a class"]


def test_instance() -> None:
    entry = {"kind": "instance", "methods": CLIENT["methods"], "properties": ["url", "path"]}
    assert surface.mismatches(entry, Client("me")) == ["has no property path"]


@attrs.define
class Point:
    x: int
    label: str = ""
    y: int = 0


@dataclasses.dataclass
class Reversed:
    y: int
    x: int
    cached: int = dataclasses.field(init=False)


def test_fields() -> None:
    entry = {"kind": "class", "fields": ["x", "y"]}
    assert surface.mismatches(entry, Point) == []
    assert surface.mismatches(entry, Reversed) == [
        "has the fields in the order ['y', 'x'], not ['x', 'y']"
    ]
    assert surface.mismatches(entry, Client) == ["has no field x", "has no field y"]


def test_enum() -> None:
    entry = {"kind": "enum", "members": {"SMALL": "s"}}
    assert surface.mismatches(entry, Size) == []
    assert surface.mismatches(entry, UnequalSize) == ["SMALL does not equal 's'"]
    assert surface.mismatches(entry, Point) == ["is not an enum"]
    entry = {"kind": "enum", "members": {"SMALL": "m", "HUGE": "h"}}
    assert surface.mismatches(entry, Size) == ["SMALL does not equal 'm'", "has no member HUGE"]


class BaseFaultError(Exception): ...


class FaultError(BaseFaultError):
    def __init__(self, errors: str) -> None:
        super().__init__(errors)


class WordlessError(Exception):
    def __init__(self) -> None: ...


def test_exception() -> None:
    entry = {"kind": "exception", "bases": ["BaseFaultError"], "parameters": [parameter("errors")]}
    assert surface.mismatches(entry, FaultError) == []
    assert surface.mismatches(entry, Client("me")) == ["is not an exception"]
    del entry["parameters"]
    assert surface.mismatches(entry, BaseFaultError) == []
    assert surface.mismatches(entry, WordlessError) == [
        "has no base BaseFaultError",
        "cannot be made from one positional text",
    ]


def test_union_and_constants() -> None:
    entry = {"kind": "union", "members": ["builtins:int", "builtins:str"]}
    assert surface.mismatches(entry, int | str | None) == []
    assert surface.mismatches(entry, int | None) == ["has no member builtins:str"]
    entry = {"kind": "constant", "type": "tuple", "members": ["builtins:int"]}
    assert surface.mismatches(entry, (str, int)) == []
    assert surface.mismatches(entry, (str,)) == ["has no member builtins:int"]
    assert surface.mismatches(entry, [int]) == ["is a list, not a tuple"]


def test_modules_and_second_names() -> None:
    assert surface.mismatches({"kind": "module"}, inspect) == []
    assert surface.mismatches({"kind": "module"}, "inspect") == ["is not a module"]
    entry = {"kind": "class", "same_as": "collections.abc:Iterator"}
    assert surface.mismatches(entry, Iterator) == []
    assert surface.mismatches(entry, Point) == [
        "is not the same object as collections.abc:Iterator"
    ]


@pytest.mark.parametrize(
    "path", ["no_such_module", "json.no_such", "json:no_such", "json:JSONDecoder.no_such"]
)
def test_missing_things(path: str) -> None:
    with pytest.raises(LookupError, match=f"{path} is missing"):
        surface.resolve(path)
