"""How the inside of the emulator says no: refusals that become the answers of the REST API."""

from __future__ import annotations


class RequestRefused(Exception):  # noqa: N818 - it is an answer rather than an error
    """A request that is not carried out; its text goes into the answer.

    Attributes:
        status: the HTTP status of the answer.
        headers: headers that the answer needs because of this refusal.
    """

    status = 400

    def __init__(self, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.headers = headers or {}


class BadRequest(RequestRefused):
    """The request does not fit the document, or a limit that the document states in prose."""


class Unauthorized(RequestRefused):
    """The management token is missing or wrong."""

    status = 401


class NotFound(RequestRefused, LookupError):  # noqa: N818
    """What the request speaks of does not exist."""

    status = 404

    @classmethod
    def named(cls, kind: str, identity: str) -> NotFound:
        """Make the refusal for a thing of a kind, such as a room, that nobody has made."""
        return cls(f"{kind} {identity} not found")


class MethodNotAllowed(RequestRefused):
    """The path exists, with other methods."""

    status = 405


class Conflict(RequestRefused):
    """The request does not fit what is there, such as one peer too many."""

    status = 409
