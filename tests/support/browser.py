"""A browser's part of a call, played by aiortc: it speaks the peer protocol as web clients do.

aiortc is of asyncio, and tests run on both loops, so that it lives in a thread with a loop of its
own. What it waits for has to come within a minute: media take much of a busy machine.
"""

from __future__ import annotations

import asyncio
import fractions
import json
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import av
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import AudioStreamTrack
from typing_extensions import Self
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from fishjam._protocol.messages import message_class
from fishjam.emulator._webrtc import addresses
from fishjam.emulator._webrtc.sdp import parse, prepare_offer
from tests.support.tones import frequency_of, loudness_of, tone

PeerMessage = message_class("fishjam.PeerMessage")
PATIENCE = 60.0
RATE = 48000
_FRAME = RATE // 50
_T = TypeVar("_T")
Color = tuple[int, int, int]
"""Brightness and the two differences of colour, as video has them."""
RED: Color = (82, 90, 240)
BLUE: Color = (41, 240, 110)


def until(condition: Callable[[], _T], what: str) -> _T:
    """Wait until something is true, and return it."""
    end = time.monotonic() + PATIENCE
    while not (result := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.01)
    return result


class Loop:
    """A thread with an asyncio loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="browser")
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        future: Future[_T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(PATIENCE)

    def close(self) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        # aiortc leaves tasks behind that would have gone on with a connection that is closed.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._loop.shutdown_default_executor()


class Tone(AudioStreamTrack):
    """A microphone that hears a sine."""

    def __init__(self, frequency: float) -> None:
        super().__init__()
        self._period = tone(1, RATE, frequency)
        self._position = 0
        self._begin: float | None = None

    async def recv(self) -> av.AudioFrame:
        self._begin = time.monotonic() if self._begin is None else self._begin
        await asyncio.sleep(self._begin + self._position / RATE - time.monotonic())
        frame = av.AudioFrame(format="s16", layout="mono", samples=_FRAME)
        begin = self._position * 2 % len(self._period)
        frame.planes[0].update(self._period[begin : begin + 2 * _FRAME])
        frame.pts, frame.sample_rate = self._position, RATE
        frame.time_base = fractions.Fraction(1, RATE)
        self._position += _FRAME
        return frame


class Wall(VideoStreamTrack):
    """A camera that sees one colour."""

    def __init__(self, color: Color) -> None:
        super().__init__()
        self._color = color

    def frame(self) -> av.VideoFrame:
        frame = av.VideoFrame(320, 240, "yuv420p")
        for plane, value in zip(frame.planes, self._color, strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        return frame

    async def recv(self) -> av.VideoFrame:
        frame = self.frame()
        frame.pts, frame.time_base = await self.next_timestamp()
        return frame


class Received:
    """What comes in one slot, as long as the connection lasts."""

    def __init__(self, track: MediaStreamTrack) -> None:
        self.samples: deque[int] = deque(maxlen=RATE // 4)
        self.picture: av.VideoFrame | None = None
        self.count = 0
        self.task = asyncio.get_running_loop().create_task(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            frame = await track.recv()
            self.count += 1
            if isinstance(frame, av.VideoFrame):
                self.picture = frame
            else:
                assert isinstance(frame, av.AudioFrame)
                values = array("h", bytes(frame.planes[0])[: frame.samples * 4])
                self.samples.extend(values[::2])

    def hears(self, frequency: float) -> bool:
        """Tell whether a frequency sounds right now."""
        if len(self.samples) < RATE // 4 or loudness_of(self.sound) < 1000:
            return False
        return abs(frequency_of(self.sound, RATE) - frequency) < 5

    def sees(self, color: Color) -> bool:
        """Tell whether there is a colour right now."""
        seen = self.color
        return seen is not None and all(abs(a - b) < 15 for a, b in zip(seen, color, strict=True))

    @property
    def sound(self) -> bytes:
        return array("h", self.samples).tobytes()

    @property
    def color(self) -> Color | None:
        return None if self.picture is None else picture_of(self.picture)


def picture_of(picture: av.VideoFrame) -> Color:
    """Return the colour in the middle of a picture."""
    planes = [bytes(plane) for plane in picture.planes]
    middle = picture.height // 2 * picture.planes[0].line_size + picture.width // 2
    half = picture.height // 4 * picture.planes[1].line_size + picture.width // 4
    return planes[0][middle], planes[1][half], planes[2][half]


class Browser:
    """One tab in a room.

    Args:
        url: the emulator.
        token: the peer's token.
        codec: only this video codec, `H264` or `VP8`.
    """

    def __init__(self, url: str, token: str, codec: str | None = None) -> None:
        self.loop = Loop()
        self.endpoint_id = ""
        self.tracks: dict[str, str] = {}
        self.errors: list[str] = []
        self.events: list[Any] = []
        self.answers = 0
        self.is_closed = False
        self.counts: tuple[int, int] = (0, 0)
        self.received: dict[str, Received] = {}
        self.messages: list[bytes | str] = []
        self._mids: dict[str, str] = {}
        self._codec = codec
        self._url = "ws" + url.removeprefix("http") + "/socket/peer/websocket"
        self._token = token
        self._own: dict[str, tuple[MediaStreamTrack, dict[str, Any]]] = {}
        self._transceivers: dict[str, Any] = {}
        self._new: list[str] = []
        self._failure: BaseException | None = None
        self._socket: ClientConnection
        self._task: asyncio.Task[None]

    def __enter__(self) -> Self:
        try:
            self.loop.run(self._open())
        except BaseException:
            self.loop.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.run(self._close())
        self.loop.close()

    def publish(self, track_id: str, track: MediaStreamTrack, **metadata: Any) -> None:
        """Add a track and ask for a round."""
        self.loop.run(self._publish(track_id, track, metadata))

    def unpublish(self, track_id: str) -> None:
        """Remove a track and ask for a round."""
        self.loop.run(self._unpublish(track_id))

    def mute(self, track_id: str) -> None:
        """Send nothing more on a track."""
        self.replace(track_id, None)

    def replace(self, track_id: str, track: MediaStreamTrack | None) -> None:
        """Send another track in place of one, without a round."""
        self.loop.run(self._replace(track_id, track))

    def request_key_frame(self, ssrc: int) -> None:
        """Ask for a key frame, as a browser does that cannot decode."""
        receiver: Any = self.pc.getTransceivers()[0].receiver
        self.loop.run(receiver._send_rtcp_pli(ssrc))

    def act(self, **event: Any) -> None:
        """Send a media event."""
        self.loop.run(self._act(**event))

    def open_channel(self, label: str) -> None:
        """Open a data channel and ask for a round."""
        self.loop.run(self._open_channel(label))

    @property
    def channel_is_open(self) -> bool:
        return bool(self._channel.readyState == "open")

    def say(self, data: bytes) -> None:
        """Send a message on the data channel."""
        self.loop.run(self._say(data))

    def wait(self, condition: Callable[[], _T], what: str = "it") -> _T:
        """Wait until something is true, and return it."""

        def checked() -> _T:
            if self._failure is not None:
                raise AssertionError("the browser failed") from self._failure
            return condition()

        return until(checked, f"{what} did not come; errors: {self.errors}")

    def slot_of(self, track_id: str) -> Received | None:
        """Return the slot that carries a track, if there is one."""
        mid = next((mid for mid, its in self._mids.items() if its == track_id), None)
        return self.received.get(mid or "")

    def hears(self, track_id: str, frequency: float) -> bool:
        """Tell whether a track sounds in a frequency right now."""
        slot = self.slot_of(track_id)
        return slot is not None and slot.hears(frequency)

    def sees(self, track_id: str, color: Color) -> bool:
        """Tell whether a track shows a colour right now."""
        slot = self.slot_of(track_id)
        return slot is not None and slot.sees(color)

    async def _open(self) -> None:
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        addresses.choose([addresses.LOOPBACK])
        self.pc = RTCPeerConnection(configuration)
        self.pc.on("track", self._take_track)
        self._socket = await connect(self._url, proxy=None, compression=None)
        await self._send(auth_request={"token": self._token})
        assert (await self._receive()).WhichOneof("content") == "authenticated"
        await self._act(connect={"metadata_json": json.dumps({"name": "tab"})})
        event = (await self._receive()).server_media_event
        while event.WhichOneof("content") != "connected":
            event = (await self._receive()).server_media_event
        self.endpoint_id = event.connected.endpoint_id
        for endpoint_id, endpoint in event.connected.endpoint_id_to_endpoint.items():
            self.tracks.update(dict.fromkeys(endpoint.track_id_to_track, endpoint_id))
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _close(self) -> None:
        self._task.cancel()
        for received in self.received.values():
            received.task.cancel()
        await self._socket.close()
        await self.pc.close()
        for track, _ in self._own.values():
            track.stop()

    async def _run(self) -> None:
        try:
            while True:
                event = (await self._receive()).server_media_event
                await self._handle(event.WhichOneof("content"), event)
        except ConnectionClosed as closed:
            self.events.append(closed)
            self.is_closed = True
        except Exception as error:
            self._failure = error

    async def _handle(self, kind: str, event: Any) -> None:
        self.events.append(event)
        if kind == "offer_data":
            await self._offer(event.offer_data.tracks_types)
        elif kind == "sdp_answer":
            await self._finish(event.sdp_answer)
        elif kind == "tracks_added":
            added = event.tracks_added
            self.tracks.update(dict.fromkeys(added.track_id_to_track, added.endpoint_id))
        elif kind == "tracks_removed":
            for track_id in event.tracks_removed.track_ids:
                self.tracks.pop(track_id, None)
        elif kind == "error":
            self.errors.append(event.error.message)

    async def _offer(self, wanted: Any) -> None:
        # As one that offers, aiortc must not offer again before it has done what it does in the
        # background after an answer: it would send with a codec that was not agreed upon.
        while _is_connecting():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        self.counts = (wanted.audio, wanted.video)
        for track_id in self._new:
            track, _ = self._own[track_id]
            self._transceivers[track_id] = self.pc.addTransceiver(track, direction="sendonly")
        self._new.clear()
        for kind, count in (("audio", wanted.audio), ("video", wanted.video)):
            free = [
                one
                for one in self.pc.getTransceivers()
                if one.kind == kind and one.direction == "recvonly"
            ]
            for _ in range(count - len(free)):
                self.pc.addTransceiver(kind, direction="recvonly")
        await self.pc.setLocalDescription(await self.pc.createOffer())
        sdp = self.pc.localDescription.sdp
        if self._codec is not None:
            sdp = only(sdp, self._codec)
        mids = {transceiver.mid: id_ for id_, transceiver in self._transceivers.items()}
        texts = {id_: json.dumps(self._own[id_][1]) for id_ in mids.values()}
        await self._act(
            sdp_offer={"sdp": sdp, "mid_to_track_id": mids, "track_id_to_metadata_json": texts}
        )

    async def _finish(self, answer: Any) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        self.answers += 1
        own = {transceiver.mid for transceiver in self._transceivers.values()}
        self._mids = {m: id_ for m, id_ in answer.mid_to_track_id.items() if m not in own}

    async def _publish(
        self, track_id: str, track: MediaStreamTrack, metadata: dict[str, Any]
    ) -> None:
        self._own[track_id] = track, metadata
        self._new.append(track_id)
        await self._act(renegotiate_tracks={})

    async def _unpublish(self, track_id: str) -> None:
        self._transceivers.pop(track_id).direction = "inactive"
        self._own.pop(track_id)[0].stop()
        await self._act(renegotiate_tracks={})

    async def _open_channel(self, label: str) -> None:
        self._channel = self.pc.createDataChannel(label)
        self._channel.on("message", self.messages.append)
        await self._act(renegotiate_tracks={})

    async def _say(self, data: bytes) -> None:
        self._channel.send(data)

    async def _replace(self, track_id: str, track: MediaStreamTrack | None) -> None:
        self._transceivers[track_id].sender.replaceTrack(track)

    def _take_track(self, track: MediaStreamTrack) -> None:
        mid = next(t.mid for t in self.pc.getTransceivers() if t.receiver.track is track)
        assert mid is not None
        self.received[mid] = Received(track)

    async def _act(self, **event: Any) -> None:
        await self._send(peer_media_event=event)

    async def _send(self, **content: Any) -> None:
        await self._socket.send(PeerMessage(**content).SerializeToString())

    async def _receive(self) -> Any:
        frame = await asyncio.wait_for(self._socket.recv(), PATIENCE * 10)
        return PeerMessage.FromString(frame)


def _is_connecting() -> bool:
    coroutines = (task.get_coro() for task in asyncio.all_tasks())
    return any(
        getattr(coroutine, "__qualname__", "") == "RTCPeerConnection.__connect"
        for coroutine in coroutines
    )


def only(sdp: str, codec: str) -> str:
    """Return an offer in which every section for video has one codec."""
    return str(prepare_offer(parse(sdp), codec))
