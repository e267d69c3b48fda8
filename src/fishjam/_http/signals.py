"""What ends a try to send a request, beside the errors of the HTTP library; all is private."""

from __future__ import annotations


class SendError(Exception):
    """The base of all of them."""


class PoolTimeoutError(SendError):
    """No slot became free in time, so nothing was sent."""


class TotalTimeoutError(SendError):
    """The time for one try is over."""


class InterimResponsesError(SendError):
    """The server keeps sending 1xx responses in place of the one that counts."""


class BodySizeError(SendError):
    """The answer is larger than it may be."""


class BodyEncodingError(SendError):
    """The answer is not encoded as it says, or as was asked for."""
