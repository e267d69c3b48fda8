"""The events of a room for a transport: from a notifier, or from webhooks in any thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NoReturn

from loguru import logger

from fishjam import AsyncFishjamClient, FishjamNotifier
from fishjam.errors import FishjamError
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
        self._webhooks = webhooks

    async def follow(self) -> NoReturn:
        """Follow the events for ever."""
        # With neither of the two, the room is still read once.
        if self._notifier is not None:
            async with self._notifier.subscribe(*EVENTS) as events:
                await self.reconcile()
                async for event in events:
                    await self._take(event)
        await self._follow_webhooks(self._webhooks or WebhookHandlers())

    async def reconcile(self) -> None:
        """Read which peers are in the room."""
        if self._client is not None:
            await self._participants.reconcile(await self._client.get_room(self._room_id))

    async def _take(self, event: object) -> None:
        if isinstance(event, ConnectionRestored):
            # What happened while the notifier was away was not kept for it.
            await self._make_up()
        elif not isinstance(event, ConnectionLost):
            await self._participants.take(event)

    async def _make_up(self) -> None:
        try:
            await self.reconcile()
        except FishjamError as error:
            # The bot goes on talking with those that it knows.
            logger.warning(f"The room {self._room_id} cannot be read: {error}")

    async def _follow_webhooks(self, webhooks: WebhookHandlers) -> NoReturn:
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Notification] = asyncio.Queue()

        def give(event: Notification) -> None:
            # A webhook that comes in another thread may find the loop closed.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(events.put_nowait, event)

        # Only meanwhile: the handlers outlive the bots of many rooms.
        webhooks.on(*EVENTS)(give)
        try:
            await self.reconcile()
            while True:
                await self._take(await events.get())
        finally:
            webhooks.remove(give)
