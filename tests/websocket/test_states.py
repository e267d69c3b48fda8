"""The errors: built from one text, copied, pickled, and placed in the tree of the SDK."""

from __future__ import annotations

import copy
import pickle

import pytest

from fishjam import errors
from fishjam._websocket import states

ALL = [found for found in vars(states).values() if isinstance(found, type)]
OURS = [found for found in ALL if found.__module__ == states.__name__]


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
        states.SocketEndedError("x", code=1000, reason="bye"),
        states.SocketBrokenError("x", code=1011, reason="crash", url="ws://host/"),
        states.UnexpectedText("x", text="hello"),
        states.ProxyRefusedError("x", status_code=407, url="ws://host/"),
        states.RedirectRefusedError("x", status_code=302, detail="d", headers={"a": "b"}),
    ],
)
def test_what_they_carry_is_carried_along(error: errors.FishjamError) -> None:
    assert pickle.loads(pickle.dumps(error)).__dict__ == error.__dict__  # noqa: S301
    assert copy.deepcopy(error).__dict__ == error.__dict__


def test_the_tree() -> None:
    assert issubclass(states.SocketClosedError, RuntimeError)
    assert issubclass(states.SocketBusyError, RuntimeError)
    assert issubclass(states.MissingExtraError, ImportError)
    assert issubclass(states.SocketBrokenError, errors.FishjamConnectionError)
    assert issubclass(states.SocketOpenError, errors.FishjamConnectionError)
    assert issubclass(states.SocketOpenTimeoutError, errors.FishjamTimeoutError)
    for quiet in (states.SocketClosedError, states.SocketEndedError, states.UnexpectedText):
        assert not issubclass(quiet, errors.FishjamConnectionError)
    for refusal in (
        states.TlsError,
        states.ProxyRefusedError,
        states.HandshakeRefusedError,
        states.RedirectRefusedError,
        states.SocketOpenTimeoutError,
    ):
        assert issubclass(refusal, states.SocketOpenError)
