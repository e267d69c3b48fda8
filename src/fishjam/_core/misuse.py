"""Methods used in the wrong way: the errors say which way is right, as Python's own do not."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from fishjam._core.tracebacks import shortened
from fishjam.errors import SocketOpenError

T = TypeVar("T")

if TYPE_CHECKING:
    # A type checker should go on to refuse the wrong kind.
    class AsyncBlocks:
        """What all async clients are."""

    class Blocks:
        """What all sync clients are."""

    class AsyncMessages:
        """What gives messages with an `async for`."""

    class _AsyncBlock:
        """What is entered with an `async with`."""

else:

    class AsyncBlocks:
        """Refuses a plain `with`."""

        def __enter__(self) -> NoReturn:
            name = type(self).__name__
            raise TypeError(f"{name} is async: write `async with {name}(...) as client:`")

        # `with` looks this up before it calls `__enter__`, and complains itself if it is missing.
        __exit__ = __enter__

    class Blocks:
        """Refuses an `async with`."""

        def __aenter__(self) -> NoReturn:
            name = type(self).__name__
            raise TypeError(
                f"{name} is sync: write `with {name}(...) as client:`. In an async function use "
                f"Async{name}."
            )

        __aexit__ = __aenter__

    class AsyncMessages:
        """Refuses a plain `for` and an `await`."""

        def __iter__(self) -> NoReturn:
            raise TypeError(
                "The messages of a session come one by one as they arrive: write "
                "`async for message in session.receive():`"
            )

        __await__ = __iter__

    class _AsyncBlock:
        """Refuses a plain `with` and an `await`."""

        def __enter__(self) -> NoReturn:
            raise TypeError(
                "connect() makes a block: write `async with agent.connect() as session:`"
            )

        __exit__ = __await__ = __enter__


class ConnectBlock(_AsyncBlock, AbstractAsyncContextManager[T], Generic[T]):
    """The block in which something is connected, and which gives that something."""

    def __init__(self, context: AbstractAsyncContextManager[None], session: T) -> None:
        self._context = context
        self._session = session

    async def __aenter__(self) -> T:
        try:
            await self._context.__aenter__()
        except SocketOpenError as error:
            raise shortened(error) from error.__cause__
        return self._session

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return await self._context.__aexit__(kind, error, traceback)


def refuse_keywords(method: str, options: type[Any], keywords: Mapping[str, object]) -> None:
    """Refuse keywords of a method that takes its options as an object, and say how to write it.

    Raises:
        TypeError: if there are any.
    """
    known = [each.name for each in fields(options)]
    for name in keywords:
        # Not the value, which can be a secret.
        advice = f"it takes an options object: {options.__name__}({name}=...)"
        if name not in known:
            advice = f"the fields of {options.__name__} are {', '.join(known)}"
        raise TypeError(f"{method} has no parameter {name!r}; {advice}")
