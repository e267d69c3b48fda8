"""Refused requests, which become the error answers of the APIs."""

from __future__ import annotations


class RequestRefused(Exception):  # noqa: N818 - it is an answer rather than an error
    """A request that is not carried out; the text goes into the answer.

    Attributes:
        status: the HTTP status of the answer.
        headers: headers that the answer needs because of this refusal.
    """

    status = 400

    def __init__(self, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.headers = headers or {}


class BadRequest(RequestRefused):
    """The request violates the document, or a limit that it states in prose."""


class Unauthorized(RequestRefused):
    """The management token is missing or wrong."""

    status = 401


# The control interface promises a LookupError for the same case.
class NotFound(RequestRefused, LookupError):  # noqa: N818
    """A resource of the request does not exist."""

    status = 404

    @classmethod
    def named(cls, kind: str, identity: str) -> NotFound:
        """Return the refusal for a resource of a kind, such as a room, that does not exist."""
        return cls(f"{kind} {identity} not found")


class MethodNotAllowed(RequestRefused):
    """The path exists with other methods only."""

    status = 405


class Conflict(RequestRefused):
    """The request conflicts with the state, such as one peer too many."""

    status = 409
