"""Taking a job over: at most one agent of it is ever connected, whatever its last owner believes.

Fishjam is the fence. The id of the new peer is written down before that peer can be connected, and
the peers of earlier owners are deleted before it is: that closes their sockets. No lease and no
clock is part of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

import fishjam
from fishjam.client import AsyncFishjamClient
from fishjam.errors import ConflictError, NotFoundError
from fishjam.fleet._engine import Engine
from fishjam.fleet._job import moved
from fishjam.fleet._jobs import Taken
from fishjam.fleet._patience import patiently, until_it_works
from fishjam.options import AgentOptions
from fishjam.peer import PeerType

Record = Callable[[list[str]], Awaitable[bool]]


@frozen
class TakeOver:
    """Takes one job over.

    Args:
        engine: where the peers are written down.
        client: the Fishjam.
        options: of the agent.
        is_exclusive: whether all other agents in the room count as leftovers of this job, unless
            another job has written them down.
    """

    engine: Engine
    client: AsyncFishjamClient
    options: AgentOptions | None
    is_exclusive: bool

    async def run(self, taken: Taken, record: Record) -> fishjam.Agent:
        """Return an agent that may be connected; no other one of the job is.

        Args:
            taken: the job.
            record: writes down all peers that may be connected; False if the job has moved.

        Raises:
            JobMovedError: another worker has the job.
            NotFoundError: the room is gone.
        """
        old = list(taken.peers)
        if self.is_exclusive:
            old += [peer for peer in await self._leftovers(taken) if peer not in old]
        agent = await self._create(taken, old)
        # Both, because either may be connected from here on, and the next owner has to know.
        for peers in ([*old, agent.id], [agent.id]) if old else ([agent.id],):
            if not await record(peers):
                await self.delete(taken.job.room_id, agent.id)
                raise moved(taken.job)
            await self.fence(taken.job.room_id, [peer for peer in peers if peer != agent.id])
        return agent

    async def fence(self, room_id: str, peers: list[str]) -> None:
        """Delete the peers of earlier owners; does not return before they are gone."""
        for peer in peers:
            await self.delete(room_id, peer)

    async def delete(self, room_id: str, peer_id: str) -> None:
        """Delete a peer, and try again until Fishjam says that it is gone."""
        try:
            await until_it_works(lambda: self.client.delete_peer(room_id, peer_id))
        except NotFoundError:
            return

    async def _leftovers(self, taken: Taken) -> list[str]:
        room_id = taken.job.room_id
        room = await until_it_works(lambda: self.client.get_room(room_id))
        agents = [peer.id for peer in room.peers if peer.type_ == PeerType.AGENT]
        if not agents:
            return []
        beside = await patiently(lambda: self.engine.peers_beside(taken.job))
        return [agent for agent in agents if agent not in beside]

    async def _create(self, taken: Taken, old: list[str]) -> fishjam.Agent:
        room_id = taken.job.room_id

        async def create() -> fishjam.Agent:
            return await self.client.create_agent(room_id, self.options)

        try:
            return await until_it_works(create)
        except ConflictError:
            if not old:
                raise
        # The room is full because of the earlier agent: there is a gap, but never two.
        await self.fence(room_id, old)
        return await until_it_works(create)
