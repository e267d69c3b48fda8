"""A server on loopback that stands for OpenAI's HTTP API: chat completions and speech."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from attrs import Factory, define

from tests.support.local_http import Quiet, serving


@define
class OpenAIServer:
    """What the models answer, and what they were asked.

    Attributes:
        url: the base URL, with the version.
        answer: the text of each chat completion.
        speech: the audio of each speech, PCM16 at 24000 Hz.
        key: the key that is accepted.
        chats: the bodies of the requests for completions.
        spoken: the bodies of the requests for speech.
    """

    answer: str = "you are welcome"
    speech: bytes = b""
    key: str = "sk-of-a-test"
    url: str = ""
    chats: list[dict[str, Any]] = Factory(list)
    spoken: list[dict[str, Any]] = Factory(list)

    def stream_chat(self, body: dict[str, Any]) -> Iterator[bytes]:
        """Answer word by word, as server-sent events."""
        self.chats.append(body)
        for word in self.answer.split():
            yield _chunk(body, {"role": "assistant", "content": f"{word} "}, None)
        yield _chunk(body, {}, "stop")
        yield b"data: [DONE]\n\n"

    def stream_speech(self, body: dict[str, Any]) -> Iterator[bytes]:
        """Say it at once."""
        assert body["response_format"] == "pcm"
        self.spoken.append(body)
        yield self.speech


def _chunk(body: dict[str, Any], delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    data = {
        "id": "chat",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": body["model"],
        "choices": [choice],
    }
    return b"data: " + json.dumps(data).encode() + b"\n\n"


@contextmanager
def openai_server() -> Iterator[OpenAIServer]:
    server = OpenAIServer()
    streams = {
        "/v1/chat/completions": ("text/event-stream", server.stream_chat),
        "/v1/audio/speech": ("audio/pcm", server.stream_speech),
    }

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.headers["authorization"] != f"Bearer {server.key}":
                self.send_error(401)
                return
            content_type, stream = streams[self.path]
            self.send_response(200)
            self.send_header("content-type", content_type)
            # Its end is that of the connection, so no length has to be known.
            self.end_headers()
            for piece in stream(body):
                self.wfile.write(piece)

    with serving(Handler) as url:
        server.url = f"{url}/v1"
        yield server
