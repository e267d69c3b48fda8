# ruff: noqa: S301 (only what was pickled here is unpickled)
"""The tree of errors: what catches what, and that each can be made by hand."""

from __future__ import annotations

import copy
import inspect
import pickle
import re

import pytest

from fishjam import errors
from fishjam.errors import FishjamError, HTTPError, error_for_status

CLASSES = [
    one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)
]
RAISED = [one for one in CLASSES if issubclass(one, FishjamError)]
FROM_ANSWERS = [one for one in RAISED if issubclass(one, HTTPError)]

# Each class, its bases and what else it can be caught as.
TREE: dict[type, tuple[type, ...]] = {
    errors.FishjamError: (Exception,),
    errors.InsecureUrlWarning: (UserWarning,),
    errors.BlockingCallWarning: (UserWarning,),
    errors.ConfigurationError: (FishjamError, ValueError),
    errors.MissingFishjamIdError: (errors.ConfigurationError,),
    errors.ClientClosedError: (FishjamError, RuntimeError),
    errors.EventLoopError: (FishjamError, RuntimeError),
    errors.StaleSdkError: (FishjamError,),
    errors.FishjamConnectionError: (FishjamError,),
    errors.FishjamTimeoutError: (errors.FishjamConnectionError,),
    errors.MissingExtraError: (FishjamError, ImportError),
    errors.SocketBrokenError: (errors.FishjamConnectionError,),
    errors.SocketOpenError: (errors.FishjamConnectionError,),
    errors.SocketOpenTimeoutError: (errors.FishjamTimeoutError, errors.SocketOpenError),
    errors.TlsError: (errors.SocketOpenError,),
    errors.ProxyRefusedError: (errors.SocketOpenError,),
    errors.HandshakeRefusedError: (errors.SocketOpenError,),
    errors.RedirectRefusedError: (errors.HandshakeRefusedError,),
    errors.AgentError: (FishjamError,),
    errors.AgentAuthError: (errors.AgentError,),
    errors.AgentSessionClosedError: (errors.AgentError, RuntimeError),
    errors.AgentConnectionError: (errors.AgentError, errors.FishjamConnectionError),
    errors.AgentTimeoutError: (errors.AgentConnectionError, errors.FishjamTimeoutError),
    errors.AgentTrackRemovedError: (errors.AgentError, RuntimeError),
    errors.AgentBusyError: (errors.AgentError, RuntimeError),
    errors.RecordingError: (FishjamError,),
    errors.RecordingFailedError: (errors.RecordingError,),
    errors.RecordingTimeoutError: (errors.RecordingError, TimeoutError),
    errors.HTTPError: (FishjamError,),
    errors.BadRequestError: (HTTPError,),
    errors.UnauthorizedError: (HTTPError,),
    errors.InvalidFishjamCredentialsError: (HTTPError,),
    errors.QuotaExceededError: (HTTPError,),
    errors.NotFoundError: (HTTPError,),
    errors.CompositionNotFoundError: (errors.NotFoundError,),
    errors.InputNotFoundError: (errors.NotFoundError,),
    errors.OutputNotFoundError: (errors.NotFoundError,),
    errors.RendererNotFoundError: (errors.NotFoundError,),
    errors.ConflictError: (HTTPError,),
    errors.ServiceUnavailableError: (HTTPError,),
    errors.InternalServerError: (HTTPError,),
    errors.ForbiddenError: (errors.InternalServerError,),
    errors.RateLimitError: (errors.InternalServerError,),
    errors.ClientError: (errors.InternalServerError,),
    errors.ServerError: (errors.InternalServerError,),
    errors.InvalidResponseError: (errors.InternalServerError,),
}


def test_the_tree() -> None:
    assert {one: one.__bases__ for one in TREE} == TREE


def test_the_docstring_draws_the_same_tree() -> None:
    drawn: dict[str, list[str]] = {}
    above = ["Exception"]
    for line in str(errors.__doc__).splitlines():
        drawing = re.match(r"([│├└─ ]*)(\w+Error)\b(?:.*\(also an? (\w+)\)$)?", line)
        if drawing:
            depth = len(drawing[1]) // 4
            above = [*above[: depth + 1], drawing[2]]
            drawn[drawing[2]] = [above[-2], *filter(None, [drawing[3]])]
    assert drawn == {one.__name__: [base.__name__ for base in one.__bases__] for one in RAISED}


@pytest.mark.parametrize("kind", RAISED)
def test_each_is_made_from_one_text_and_pickles_and_copies(kind: type[FishjamError]) -> None:
    if kind in {errors.AgentAuthError, errors.StaleSdkError}:
        return
    error = kind("the text")
    assert str(error) == "the text"
    assert error.args == ("the text",)
    error.add_note("a note") if hasattr(error, "add_note") else None
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        other = pickle.loads(pickle.dumps(error, protocol))
        assert (type(other), str(other), vars(other)) == (kind, "the text", vars(error))
    for other in (copy.copy(error), copy.deepcopy(error)):
        assert (type(other), str(other), vars(other)) == (kind, "the text", vars(error))


@pytest.mark.parametrize("kind", FROM_ANSWERS)
def test_one_made_by_hand_knows_of_no_answer(kind: type[HTTPError]) -> None:
    error = kind()
    assert str(error) == ""
    assert error.headers == {}
    facts = (error.status_code, error.detail, error.method, error.url, error.operation)
    assert facts == (None,) * 5
    assert error.retry_after is None
    given = kind("text", status_code=400, detail="d", headers={"a": "b"}, retry_after=1.5)
    other = pickle.loads(pickle.dumps(given))
    assert (other.status_code, other.detail, other.retry_after) == (400, "d", 1.5)
    assert other.headers == {"a": "b"}
    assert copy.copy(given).headers == {"a": "b"}


@pytest.mark.parametrize(
    "error",
    [
        errors.SocketBrokenError("x", code=1011, reason="crash", url="ws://host/"),
        errors.ProxyRefusedError("x", status_code=407, url="ws://host/"),
        errors.RedirectRefusedError("x", status_code=302, detail="d", headers={"a": "b"}),
    ],
)
def test_what_a_socket_error_carries_is_carried_along(error: FishjamError) -> None:
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)
    assert vars(copy.deepcopy(error)) == vars(error)


def test_the_headers_of_an_error_are_its_own() -> None:
    headers = {"a": "b"}
    error = HTTPError("text", headers=headers)
    headers["c"] = "d"
    assert error.headers == {"a": "b"}


def test_a_stale_sdk_error_keeps_its_status() -> None:
    error = errors.StaleSdkError(7)
    assert error.status == 7
    assert str(error).endswith("does not know: 7")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (other.status, str(other)) == (7, str(error))


def test_a_refused_agent_keeps_the_servers_words() -> None:
    error = errors.AgentAuthError("expired token")
    assert error.reason == "expired token"
    assert str(error).startswith("The server refused the agent: expired token.")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (other.reason, str(other)) == ("expired token", str(error))
    assert "no reason given" in str(errors.AgentAuthError(""))


def test_a_missing_id_explains_itself() -> None:
    assert "FISHJAM_ID" in str(errors.MissingFishjamIdError())
    with pytest.raises(ValueError, match="empty"):
        raise errors.MissingFishjamIdError


@pytest.mark.parametrize(
    "not_found",
    [
        errors.CompositionNotFoundError,
        errors.InputNotFoundError,
        errors.OutputNotFoundError,
        errors.RendererNotFoundError,
    ],
)
def test_a_404_can_be_told_more_precisely(not_found: type[HTTPError]) -> None:
    error = error_for_status(404, "gone", not_found)
    assert type(error) is not_found
    assert (error.status_code, error.detail, str(error)) == (404, "gone", "gone")
    assert type(error_for_status(409, "taken", not_found)) is errors.ConflictError
    assert type(error_for_status(404, "gone")) is errors.NotFoundError


@pytest.mark.parametrize("status", [*range(-1, 1000, 3), 10**6])
def test_any_number_has_its_error(status: int) -> None:
    error = error_for_status(status, "text")
    assert isinstance(error, HTTPError)
    assert error.status_code == status
