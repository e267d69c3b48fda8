"""An agent as the REST API hands it out: where it lives, and the token it connects with."""

from __future__ import annotations

from fishjam._core.writing import masked

__all__ = ("Agent",)


class Agent:
    """A peer that is a program; made by `create_agent`.

    Attributes:
        id: the id of the peer.
        room_id: the id of its room.
    """

    def __init__(self, id: str, room_id: str, token: str, fishjam_url: str) -> None:  # noqa: A002
        """Describe an agent.

        Args:
            id: the id of the peer.
            room_id: the id of its room.
            token: the peer token, which lasts 24 hours.
            fishjam_url: the base URL under which the agent's socket lies.
        """
        self.id = id
        self.room_id = room_id
        self._token = token
        self._fishjam_url = fishjam_url

    def __repr__(self) -> str:
        return (
            f"Agent(id={self.id!r}, room_id={self.room_id!r}, "
            f"token={masked(self._token)}, fishjam_url={self._fishjam_url!r})"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Agent):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.id, self.room_id))
