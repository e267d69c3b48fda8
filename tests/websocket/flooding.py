"""Sending without an end, until the connection breaks."""

from anyio.lowlevel import checkpoint

from fishjam._websocket.websocket import WebSocket


async def send_for_ever(socket: WebSocket, size: int) -> None:
    while True:
        await socket.send(bytes(size))
        await checkpoint()
