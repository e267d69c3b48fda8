"""The synchronous client offers what the asynchronous one does; see also `tests/client`."""

from __future__ import annotations

import inspect

import pytest

from fishjam import AsyncCompositionClient, CompositionClient
from tests.composition.values import DOCUMENT
from tests.outside.composition_calls import CALLS

PLAIN = {"composition_url", "from_env", "with_options"}


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_what_does_io_is_a_coroutine_and_nothing_else() -> None:
    names = public(AsyncCompositionClient)
    coroutines = {
        name for name in names if inspect.iscoroutinefunction(getattr(AsyncCompositionClient, name))
    }
    assert names - coroutines == PLAIN
    assert names - {"aclose"} == public(CompositionClient) - {"close"}


def test_every_method_is_among_the_calls_of_these_tests() -> None:
    listed = {name.partition(",")[0] for name in CALLS}
    assert public(CompositionClient) == listed | {"close", "from_env", "with_options"}
    operations = [one for item in DOCUMENT["paths"].values() for one in item.values()]
    assert len(operations) == 15


@pytest.mark.parametrize("kind", [CompositionClient, AsyncCompositionClient])
def test_every_public_method_is_documented_and_typed(kind: type) -> None:
    for name in public(kind):
        value = getattr(kind, name)
        assert value.__doc__, name
        signature = inspect.signature(value)
        assert signature.return_annotation is not signature.empty, name
        for parameter in list(signature.parameters.values())[1:]:
            assert parameter.annotation is not parameter.empty, (name, parameter)
