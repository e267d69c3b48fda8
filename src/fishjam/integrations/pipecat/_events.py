"""The events of a room for a transport: from a notifier, or from webhooks in any thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import anyio

from fishjam import AsyncFishjamClient, FishjamNotifier
from fishjam.events import Notification
from fishjam.integrations import WebhookHandlers
from fishjam.integrations.pipecat._participants import EVENTS, Participants
from fishjam.notifier import ConnectionLost, ConnectionRestored


class RoomEvents:
    """Keeps participants up to date while the bot is in the room.

    Args:
        room_id: the room.
        participants: updated by the events.
        client: reads the room at first, and after a gap in the events.
        notifier: where the events come from.
        webhooks: where they come from instead, in any thread.
    """

    def __init__(
        self,
        room_id: str,
        participants: Participants,
        client: AsyncFishjamClient | None,
        notifier: FishjamNotifier | None,
        webhooks: WebhookHandlers | None,
    ) -> None:
        self._room_id = room_id
        self._participants = participants
        self._client = client
        self._notifier = notifier
        self._give: Callable[[Notification], None] | None = None
        if webhooks is not None:
            webhooks.on(*EVENTS)(self._take_webhook)

    async def follow(self) -> None:
        """Follow the events for ever."""
        # With neither of the two, the room is still read once.
        if self._notifier is not None:
            async with self._notifier.subscribe(*EVENTS) as events:
                await self.reconcile()
                async for event in events:
                    await self._take(event)
        await self._follow_webhooks()

    async def reconcile(self) -> None:
        """Read which peers are in the room."""
        if self._client is not None:
            await self._participants.reconcile(await self._client.get_room(self._room_id))

    async def _take(self, event: object) -> None:
        if isinstance(event, ConnectionRestored):
            # What happened while the notifier was away was not kept for it.
            await self.reconcile()
        elif not isinstance(event, ConnectionLost):
            await self._participants.take(event)

    async def _follow_webhooks(self) -> None:
        loop = asyncio.get_running_loop()
        send, receive = anyio.create_memory_object_stream[Notification](1000)

        def give(event: Notification) -> None:
            loop.call_soon_threadsafe(send.send_nowait, event)

        with send, receive:
            self._give = give
            try:
                await self.reconcile()
                async for event in receive:
                    await self._take(event)
            finally:
                self._give = None

    def _take_webhook(self, event: Notification) -> None:
        if self._give is not None:
            self._give(event)
