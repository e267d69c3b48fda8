"""A server on loopback that stands for OpenAI's: the Realtime API, for talks and transcription."""

from __future__ import annotations

import base64
import json
import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

from attrs import Factory, define, field
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import TypeAdapter
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

KEY = "sk-the-key-of-a-test"
RATE = 24000
BYTES_PER_MS = RATE * 2 // 1000
QUIET = 500
DELTA = RATE * 2 // 10


@cache
def adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)


@define
class RealtimeServer:
    """What a model says, and what the clients have sent it.

    Attributes:
        speech: the audio of each answer.
        transcript: what every utterance is transcribed as.
        refusal: an error that is told in place of taking a session's configuration.
    """

    url: str = ""
    speech: bytes = b""
    transcript: str = "Good morning."
    refusal: str = ""
    queries: list[str] = Factory(list)
    sessions: list[dict[str, Any]] = Factory(list)
    utterances: list[bytes] = Factory(list)
    truncations: list[dict[str, Any]] = Factory(list)
    talks: list[Talk] = Factory(list)

    def serve_one(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.queries.append(connection.request.path)
        talk = Talk(self, connection)
        self.talks.append(talk)
        talk.send(type="session.created", session={"type": "realtime"})
        try:
            for frame in connection:
                event = adapter(RealtimeClientEvent).validate_json(frame, strict=True)
                talk.take(event.model_dump(exclude_unset=True))
        except ConnectionClosed:
            pass

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {KEY}":
            return None
        return Response(401, "Unauthorized", Headers(), b"Incorrect API key provided")


@define
class Talk:
    """One session: tells speech from silence in what it hears, and answers each utterance."""

    server: RealtimeServer
    connection: ServerConnection
    kind: str = "realtime"
    silence_ms: int = 500
    heard: bytearray = Factory(bytearray)
    speaking: bool = False
    silent: int = 0
    answers: dict[str, int] = Factory(dict)
    results: list[dict[str, Any]] = Factory(list)
    ids: Iterator[int] = field(factory=lambda: count(1))

    def send(self, **event: Any) -> None:
        event["event_id"] = f"event_{next(self.ids)}"
        checked = adapter(RealtimeServerEvent).validate_python(event)
        assert checked.type == event["type"]
        self.connection.send(json.dumps(event))

    def take(self, event: dict[str, Any]) -> None:
        getattr(self, "take_" + event["type"].replace(".", "_"))(event)

    def take_session_update(self, event: dict[str, Any]) -> None:
        if self.server.refusal:
            error = {"type": "invalid_request_error", "message": self.server.refusal}
            self.send(type="error", error=error)
            return
        session = event["session"]
        self.server.sessions.append(session)
        self.kind = session["type"]
        self.send(type="session.updated", session=session)

    def take_input_audio_buffer_append(self, event: dict[str, Any]) -> None:
        audio = base64.b64decode(event["audio"], validate=True)
        loud = any(abs(sample) >= QUIET for sample in array("h", audio))
        if loud and not self.speaking:
            self.speaking = True
            self.send(type="input_audio_buffer.speech_started", audio_start_ms=0, item_id="said")
        if self.speaking:
            self.heard += audio
            self.silent = 0 if loud else self.silent + len(audio)
            if self.silent >= self.silence_ms * BYTES_PER_MS:
                self.answer()

    def take_response_create(self, event: dict[str, Any]) -> None:
        """What follows the result of a function is left to the test."""

    def take_response_cancel(self, event: dict[str, Any]) -> None:
        """All has been said already."""

    def take_conversation_item_retrieve(self, event: dict[str, Any]) -> None:
        """What was heard of an answer is not kept."""

    def take_conversation_item_create(self, event: dict[str, Any]) -> None:
        self.results.append(event["item"])

    def call_function(self, **call: str) -> None:
        """Let the model call a function of the client's."""
        item = {"id": "call", "type": "function_call", "status": "completed", **call}
        part = {"response_id": "r", "output_index": 0}
        self.send(type="response.created", response={"id": "r", "status": "in_progress"})
        self.send(type="response.output_item.done", item=item, **part)
        self.send(type="response.done", response={"id": "r", "status": "completed"})

    def take_conversation_item_truncate(self, event: dict[str, Any]) -> None:
        size = self.answers[event["item_id"]]
        assert 0 <= event["audio_end_ms"] <= size // BYTES_PER_MS
        self.server.truncations.append(event)
        fields = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        self.send(type="conversation.item.truncated", **fields)

    def answer(self) -> None:
        """End an utterance: transcribe it, and in a talk say something."""
        self.server.utterances.append(bytes(self.heard))
        self.heard.clear()
        self.speaking, self.silent = False, 0
        self.send(type="input_audio_buffer.speech_stopped", audio_end_ms=0, item_id="said")
        self.send(type="input_audio_buffer.committed", item_id="said")
        part = {"item_id": "said", "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        self.send(type=f"{kind}.delta", delta=self.server.transcript, **part)
        usage = {"type": "duration", "seconds": 1.0}
        self.send(type=f"{kind}.completed", transcript=self.server.transcript, usage=usage, **part)
        if self.kind == "realtime":
            self.speak()

    def say(self, item: str, speech: bytes) -> None:
        """Say something more of an answer."""
        part = {"item_id": item, "response_id": "r", "output_index": 0, "content_index": 0}
        for start in range(0, len(speech), DELTA):
            audio = base64.b64encode(speech[start : start + DELTA]).decode()
            self.send(type="response.output_audio.delta", delta=audio, **part)

    def speak(self) -> None:
        """Say everything at once, as a model does that is faster than real time."""
        item = f"answer_{next(self.ids)}"
        self.answers[item] = len(self.server.speech)
        part = {"item_id": item, "response_id": "r", "output_index": 0, "content_index": 0}
        self.send(type="response.created", response={"id": "r", "status": "in_progress"})
        self.say(item, self.server.speech)
        self.send(type="response.output_audio_transcript.delta", delta="Hello, ", **part)
        self.send(type="response.output_audio.done", **part)
        self.send(type="response.output_audio_transcript.done", transcript="Hello, Ada.", **part)
        self.send(type="response.done", response={"id": "r", "status": "completed"})


@contextmanager
def realtime_server() -> Iterator[RealtimeServer]:
    server = RealtimeServer()
    with serve(server.serve_one, "127.0.0.1", 0, process_request=server.check) as listener:
        server.url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}/v1"
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()
