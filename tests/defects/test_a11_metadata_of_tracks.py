"""A11: a track without metadata is added without any, not with the JSON text `null`."""

from __future__ import annotations

from typing import Any

import pytest

from fishjam.agent import OutgoingAudioTrackOptions
from tests.agent.agent_script import agent_for, listening, then
from tests.support.websocket_server import Server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("metadata", "sent"), [(None, ""), ({}, "{}"), ({"a": 1}, '{"a": 1}')])
async def test_what_is_sent(metadata: dict[str, Any] | None, sent: str) -> None:
    with Server(then(listening)) as server:
        async with agent_for(server).connect() as session:
            await session.add_track(OutgoingAudioTrackOptions(metadata=metadata))
        assert (await server.wait()).add_track.track.metadata == sent
