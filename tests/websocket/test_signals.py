"""The errors: built from one text, copied, pickled, and placed in the tree of the SDK."""

from __future__ import annotations

import copy
import pickle

import pytest

from fishjam import errors
from fishjam._websocket import _signals

ALL = [kind for kind in vars(_signals).values() if isinstance(kind, type)]
OURS = [kind for kind in ALL if kind.__module__ == _signals.__name__]


@pytest.mark.parametrize("error_class", OURS)
def test_one_text_is_enough(error_class: type[errors.FishjamError]) -> None:
    error = error_class("what happened")
    assert isinstance(error, errors.FishjamError)
    assert str(error) == "what happened"
    for copied in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert type(copied) is error_class
        assert str(copied) == "what happened"
        assert copied.__dict__ == error.__dict__


@pytest.mark.parametrize(
    "error",
    [
        _signals.SocketEndedError("x", code=1000, reason="bye"),
        _signals.UnexpectedText("x", text="hello"),
    ],
)
def test_what_they_carry_is_carried_along(error: errors.FishjamError) -> None:
    assert pickle.loads(pickle.dumps(error)).__dict__ == error.__dict__  # noqa: S301
    assert copy.deepcopy(error).__dict__ == error.__dict__


def test_the_tree() -> None:
    assert issubclass(_signals.SocketClosedError, RuntimeError)
    assert issubclass(_signals.SocketBusyError, RuntimeError)
    for quiet in (_signals.SocketClosedError, _signals.SocketEndedError, _signals.UnexpectedText):
        assert not issubclass(quiet, errors.FishjamConnectionError)
