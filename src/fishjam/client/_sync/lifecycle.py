# Generated from src/fishjam/client/_async/lifecycle.py by `nox -s codegen`. Do not edit: change the source instead.
"""What all clients share: other options over the same connections, and closing them."""

from __future__ import annotations

from types import TracebackType

from typing_extensions import Self

from fishjam._core.misuse import Blocks
from fishjam._http.retry import RetryPolicy
from fishjam._http.settings import KEEP, Keep, Timeout
from fishjam.client._sync.base import Methods


class Lifecycle(Methods, Blocks):
    """The life of a client; nothing here sends a request."""

    _derived = False

    def with_options(
        self, *, timeout: Timeout | Keep = KEEP, retry: RetryPolicy | Keep | None = KEEP
    ) -> Self:
        """Return a client with another timeout or retry policy over the same connections.

        Closing it does nothing; closing the client it came from closes both.

        Args:
            timeout: seconds, a `httpx.Timeout`, or None for no limit; unchanged if not given.
            retry: when to repeat a call, None never repeats; unchanged if not given.
        """
        other = self.__class__.__new__(self.__class__)
        other._transport = self._transport.derive(timeout, retry)
        other._derived = True
        return other

    def close(self) -> None:
        """Close the connections; the client cannot be used afterwards. May be called again."""
        if not self._derived:
            self._transport.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.settings.address.base_url!r})"
