"""What ends a try to send a request besides the errors of the HTTP library; users never see these."""

from __future__ import annotations


class Interrupted(Exception):
    """The base of all of them."""


class PoolTimeout(Interrupted):
    """No slot became free in time, so nothing was sent."""


class TotalTimeout(Interrupted):
    """The time for one try is over."""


class TooManyInterimResponses(Interrupted):
    """The server keeps sending 1xx responses in place of the one that counts."""


class BodyTooLarge(Interrupted):
    """The answer is larger than it may be."""


class UndecodableBody(Interrupted):
    """The answer is not encoded as it says, or as was asked for."""
