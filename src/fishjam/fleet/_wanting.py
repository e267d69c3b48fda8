"""Which agents a room wants, as it is now."""

from __future__ import annotations

import logging

from fishjam.fleet._jobs import UNKNOWN_ROOM, JobKey, JobState
from fishjam.fleet._registration import AgentRegistration
from fishjam.peer import PeerStatus, PeerType
from fishjam.room import Room

_log = logging.getLogger("fishjam")


def wanted_in(room: Room, registration: AgentRegistration) -> set[JobKey] | None:
    """Return the jobs of an agent that a room wants; None if the user's predicate fails."""
    if registration.start == "manual":
        return set()
    try:
        if registration.when is not None and not registration.when(room):
            return set()
    except Exception:
        # The other rooms still get their agents.
        _log.exception("`when` of the agent %s failed for room %s", registration.name, room.id)
        return None
    users = connected_users(room)
    if registration.start == "peer":
        return {JobKey(room.id, registration.name, user) for user in users}
    if registration.start == "room" or users:
        return {JobKey(room.id, registration.name)}
    return set()


def connected_users(room: Room) -> set[str]:
    """Return the ids of the users that are connected; VAPI agents and ours are none."""
    return {
        peer.id
        for peer in room.peers
        if peer.type_ == PeerType.WEBRTC and peer.status == PeerStatus.CONNECTED
    }


def is_to_ask(state: JobState | None, *, is_visited: bool) -> bool:
    """Tell whether a job that is wanted has to be asked for, or told of its visitors."""
    return (
        state is None
        or state.is_stopping
        or (is_visited and not state.is_visited)
        or is_refused(state)
    )


def is_refused(state: JobState | None) -> bool:
    """Tell whether a worker did not find the job's room, which is there: it may ask early."""
    return state is not None and (state.state, state.error) == ("failed", UNKNOWN_ROOM)


def may_stop(registration: AgentRegistration, state: JobState, users: set[str]) -> bool:
    """Tell whether a job that is not wanted ends, once it has lingered.

    One that was asked for by name in an empty room goes on until a user was there and has left.
    """
    if registration.stop != "last_peer_left" or state.is_stopping or not state.is_visited:
        return False
    return state.job.peer_id not in users if state.job.peer_id else not users
