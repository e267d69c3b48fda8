"""The block of a session and its messages; used as if they were not async, they say how to."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from fishjam.agent._agent_session import AgentSession

    # A type checker should go on to refuse all this.
    class AsyncMessages:
        """What gives messages with an `async for`."""

    class _AsyncBlock:
        """What is entered with an `async with`."""

else:

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


class SessionBlock(_AsyncBlock, AbstractAsyncContextManager["AgentSession"]):
    """The block in which an agent is connected."""

    def __init__(self, context: AbstractAsyncContextManager[AgentSession]) -> None:
        self._context = context

    async def __aenter__(self) -> AgentSession:
        return await self._context.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return await self._context.__aexit__(kind, error, traceback)
