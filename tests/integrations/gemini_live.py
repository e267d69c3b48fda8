"""A server on loopback that stands for Google's: the list of models, and the Live protocol."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable
from typing import Any

import trustme
from google import genai

from fishjam.integrations.gemini import GeminiIntegration
from tests.support.websocket_server import CLOSE, Peer, Server

# With aiohttp installed, google-genai makes a class below that of aiohttp's client.
ALLOWED_WARNING = "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"

KEY = "AIzaSy-the-key-of-a-test"
LIVE_PATH = ".GenerativeService.BidiGenerateContent"


class Call:
    """A Live session as the model sees it; runs in a thread, every call blocks for 10 s at most."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.setup: dict[str, Any] = {}
        self._heard = bytearray()
        self.images: list[tuple[str, bytes]] = []
        self.mime_types: set[str] = set()
        self.stream_ends = 0
        self.client_left = False

    # What comes from the client

    def read(self) -> dict[str, Any] | None:
        """Read a message; None when the client has closed."""
        frame = self._peer.read_frame()
        if frame is None or frame[0] == CLOSE:
            self.client_left = True
            if frame is not None:
                self._peer.send_frame(CLOSE, frame[1])
            return None
        message: dict[str, Any] = json.loads(frame[1])
        return message

    def take(self) -> bool:
        """Take one realtime input and keep what is in it; False when the client has closed."""
        message = self.read()
        if message is None:
            return False
        (given,) = message["realtime_input"].items()
        getattr(self, f"_take_{given[0]}")(given[1])
        return True

    def _take_audio(self, blob: dict[str, str]) -> None:
        mime_type, data = contents(blob)
        self.mime_types.add(mime_type)
        self._heard += data

    def _take_video(self, blob: dict[str, str]) -> None:
        self.images.append(contents(blob))

    def _take_audioStreamEnd(self, value: bool) -> None:  # noqa: N802
        assert value is True
        self.stream_ends += 1

    def hear(self, size: int) -> bytes:
        """Take what comes until there are so many bytes of audio, and return these."""
        while len(self._heard) < size:
            assert self.take(), f"the client left after {len(self._heard)} bytes"
        data, self._heard = bytes(self._heard[:size]), self._heard[size:]
        return data

    def heard(self) -> bytes:
        """Return the audio that came and was not asked for yet."""
        data, self._heard = bytes(self._heard), bytearray()
        return data

    def until(self, condition: Callable[[], object]) -> bool:
        """Take what comes until something is true; False when the client has closed before."""
        while not condition():
            if not self.take():
                return False
        return True

    def until_closed(self) -> None:
        """Take what comes until the client closes."""
        while not self.client_left and self.take():
            pass

    # What goes to the client

    def send(self, **message: Any) -> None:
        self._peer.send(json.dumps(message).encode())

    def content(self, **content: Any) -> None:
        self.send(serverContent=content)

    def say(self, audio: bytes, mime_type: str = "audio/pcm;rate=24000") -> None:
        blob = {"mimeType": mime_type, "data": base64.b64encode(audio).decode()}
        self.content(modelTurn={"role": "model", "parts": [{"inlineData": blob}]})

    def end_turn(self) -> None:
        self.content(generationComplete=True)
        self.content(turnComplete=True)

    def close(self, code: int, reason: str = "") -> None:
        """Close from this side, and wait for the client's answer."""
        self._peer.close(code, reason)
        while not self.client_left:
            self.read()

    def break_off(self) -> None:
        self._peer.reset()
        self.client_left = True

    def tell(self, news: Any) -> None:
        """Leave something for the test to see with `await server.wait()`."""
        self._peer.tell(news)

    def wait(self) -> None:
        """Wait until the test has set `server.go`."""
        assert self._peer.server.go.wait(30)
        self._peer.server.go.clear()


def contents(blob: dict[str, str]) -> tuple[str, bytes]:
    """Return the type and the bytes of a blob; protobuf allows both spellings of its names."""
    mime_type = blob.get("mime_type") or blob["mimeType"]
    return mime_type, base64.b64decode(blob["data"], b"-_")


Model = Callable[[Call], object]


class GeminiServer(Server):
    """Answers with `models` to a list of models, and lets `model` run each Live session."""

    def __init__(self, authority: trustme.CA, model: Model = Call.until_closed) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        super().__init__(self._serve_one, tls=context, host="localhost")
        self._authority = authority
        self._model = model
        self.models: tuple[str, Any] = ("200 OK", {"models": [{"name": "models/gemini"}]})
        self.requests: list[tuple[str, dict[str, str]]] = []

    @property
    def http_options(self) -> dict[str, Any]:
        """What a client needs to come here in place of Google."""
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(trusting)
        return {
            "base_url": f"https://localhost:{self.port}",
            "api_version": "v1beta",
            "client_args": {"verify": trusting, "trust_env": False},
            "async_client_args": {"verify": trusting, "ssl": trusting, "trust_env": False},
        }

    def client(self, **options: Any) -> genai.Client:
        options = {"api_key": KEY, "http_options": self.http_options, **options}
        return GeminiIntegration.create_client(**options)

    def __exit__(self, *raised: Any) -> None:
        # What went wrong on the model's side comes first: the rest follows from it.
        super().__exit__(None, None, None)

    def _serve_one(self, peer: Peer) -> None:
        target = peer.read_request().split()[1].decode()
        self.requests.append((target, peer.headers))
        if LIVE_PATH in target:
            self._serve_live(peer)
        else:
            status, body = self.models
            peer.answer(status, "Content-Type: application/json", body=json.dumps(body).encode())

    def _serve_live(self, peer: Peer) -> None:
        peer.write(peer.upgrade_answer())
        call = Call(peer)
        first = call.read()
        assert first is not None
        call.setup = first["setup"]
        call.send(setupComplete={})
        self._model(call)
        call.until_closed()
