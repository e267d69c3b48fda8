"""What ends the program comes out of it as it is, also from where audio is received."""

from __future__ import annotations

import anyio
import pytest

from tests.agent.agent_script import IMPATIENT, agent_for, audio, stay, then
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=["exit", "interrupt"])
def test_an_exit_while_audio_is_received(serve: Serve, backend: str, error: BaseException) -> None:
    def wait(peer: Peer) -> None:
        assert peer.server.go.wait(30)

    def speak(peer: Peer) -> None:
        peer.send(audio(b"ab"))

    server = serve(then(wait, speak, stay))

    async def hear() -> None:
        async with agent_for(server).connect(socket_options=IMPATIENT) as session:
            server.go.set()
            async for _ in session.receive():
                raise error

    with pytest.raises(type(error)) as caught:
        anyio.run(hear, backend=backend)
    assert caught.value is error
