"""The synchronous twins offer what their asynchronous sources do, and every call is listed."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import fishjam.client._async as client_source
import fishjam.composition._async as composition_source
from fishjam import AsyncFishjamClient, FishjamClient
from tests.core.instances import DOCUMENT
from tests.support.calls import CALLS, OLDER_NAMES, OPERATIONS, methods_with_io

# What a name of the source is called in its twin.
RENAMED = {
    "aclose": "close",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
}
PLAIN = {"from_env", "livestream_whip_url", "livestream_whep_url", "with_options"}


def modules() -> Iterator[tuple[ModuleType, ModuleType]]:
    names = [
        f"{package.__name__}.{module.name}"
        for package in (client_source, composition_source)
        for module in pkgutil.iter_modules(package.__path__)
    ]
    for name in ["fishjam._http._async", *names]:
        twin = name.replace("._async", "._sync")
        yield importlib.import_module(name), importlib.import_module(twin)


def classes(module: ModuleType) -> dict[str, type]:
    """The classes that a module defines itself, some of which say that they live elsewhere."""
    source = inspect.getsource(module)
    found = inspect.getmembers(module, inspect.isclass)
    return {name: one for name, one in found if re.search(rf"^class {name}\b", source, re.M)}


PAIRS = [
    (one, classes(twin)[name.removeprefix("Async")])
    for source, twin in modules()
    for name, one in classes(source).items()
]
EACH = pytest.mark.parametrize(("source", "twin"), PAIRS, ids=lambda one: one.__name__)


def own(kind: type) -> dict[str, Any]:
    """The methods and attributes written in a class."""
    skipped = {"__module__", "__dict__", "__weakref__", "__annotations__", "__doc__"}
    skipped |= {"__annotate_func__", "__static_attributes__", "__firstlineno__"}
    return {name: value for name, value in vars(kind).items() if name not in skipped}


def function_of(value: Any) -> Any:
    return value.__func__ if isinstance(value, (classmethod, staticmethod)) else value


def as_sync(text: Any) -> str:
    """Turn an annotation or a docstring of the source into what the twin should have."""
    text = re.sub(r"\basynchronous\b", "synchronous", str(text))
    text = re.sub(r"\basync (?=with|for|def)|\bawait ", "", text)
    return re.sub(r"\bAsync(?=[A-Z])", "", text).replace("aclose", "close")


def test_the_pairs() -> None:
    names = {source.__name__ for source, _ in PAIRS}
    assert {"AsyncTransport", "AsyncFishjamClient", "AsyncRooms", "AsyncPeers"} <= names
    assert len(PAIRS) == 16
    for source, twin in modules():
        assert len(classes(source)) == len(classes(twin))


@EACH
def test_they_have_the_same_names(source: type, twin: type) -> None:
    assert [RENAMED.get(name, name) for name in own(source)] == list(own(twin))


@EACH
def test_they_have_the_same_bases(source: type, twin: type) -> None:
    assert [as_sync(one.__name__) for one in source.__mro__] == [
        one.__name__ for one in twin.__mro__
    ]
    assert as_sync(source.__module__).replace("_async", "_sync") == twin.__module__


@EACH
def test_they_have_the_same_signatures_and_docstrings(source: type, twin: type) -> None:
    assert as_sync(source.__doc__) == str(twin.__doc__)
    for name, value in own(source).items():
        other = own(twin)[RENAMED.get(name, name)]
        assert type(other) is type(value)
        value, other = function_of(value), function_of(other)
        if not inspect.isfunction(value):
            assert value == other
            continue
        assert not inspect.iscoroutinefunction(other)
        assert as_sync(value.__doc__) == str(other.__doc__)
        ours, theirs = inspect.signature(value), inspect.signature(other)
        assert as_sync(ours) == str(theirs)
        assert list(ours.parameters) == list(theirs.parameters)


def test_what_does_io_is_a_coroutine_and_nothing_else() -> None:
    public = {name for name in dir(AsyncFishjamClient) if not name.startswith("_")}
    coroutines = {
        name for name in public if inspect.iscoroutinefunction(getattr(AsyncFishjamClient, name))
    }
    assert public - coroutines == PLAIN
    assert {RENAMED.get(name, name) for name in public} == {
        name for name in dir(FishjamClient) if not name.startswith("_")
    }


def test_every_method_and_every_operation_is_among_the_calls_of_these_tests() -> None:
    listed = {call.method for call in CALLS}
    assert methods_with_io() == listed | OLDER_NAMES | {"create_and_verify"}
    assert {call.operation for call in CALLS} == set(OPERATIONS)
    assert len(OPERATIONS) == 27
    assert DOCUMENT["openapi"] == "3.0.3"


def test_every_id_of_a_path_is_among_the_ids_of_its_call() -> None:
    for call in CALLS:
        assert len(call.ids) == call.template.count("{")


@pytest.mark.parametrize("kind", [FishjamClient, AsyncFishjamClient])
def test_every_public_method_is_documented_and_typed(kind: type) -> None:
    for name, value in inspect.getmembers(kind, callable):
        if name.startswith("_"):
            continue
        assert value.__doc__, name
        signature = inspect.signature(value)
        assert signature.return_annotation is not signature.empty, name
        for parameter in list(signature.parameters.values())[1:]:
            assert parameter.annotation is not parameter.empty, (name, parameter)
