"""Livestreams: a page publishes by WHIP, and others watch it by WHEP."""

from __future__ import annotations

import asyncio
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from typing_extensions import Self

from fishjam.emulator import Emulator
from fishjam.emulator._model.state import State
from fishjam.emulator._webrtc import addresses
from fishjam.emulator._webrtc.live import LiveServer
from fishjam.events import (
    RoomCrashed,
    StreamerConnected,
    StreamerDisconnected,
    ViewerConnected,
    ViewerDisconnected,
)
from tests.support.browser import BLUE, RED, Loop, Received, Tone, Wall, only, until
from tests.support.plain_http import PLAIN

pytestmark = pytest.mark.timeout(120)

WHIP, WHEP = "/api/v1/live/api/whip", "/api/v1/live/api/whep"
TRICKLE = "application/trickle-ice-sdpfrag"
SDP = {"content-type": "application/sdp"}


class LivePage:
    """A page that publishes or watches, with aiortc; see `tests.support.browser`."""

    def __init__(self, emulator: Emulator) -> None:
        self.http = httpx.Client(base_url=emulator.fishjam_id, **PLAIN)
        self.loop = Loop()
        self.received: dict[str, Received] = {}
        self.response: httpx.Response
        self.tracks: list[MediaStreamTrack] = []
        self.connections: list[RTCPeerConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.run(self._close())
        self.loop.close()
        self.http.close()

    def offer(self, *tracks: MediaStreamTrack | str, codec: str | None = None) -> str:
        """Make an offer for tracks to be sent, or for kinds to be received."""
        text = self.loop.run(self._offer(tracks))
        return text if codec is None else only(text, codec)

    def post(self, path: str, offer: str, token: str | None = None) -> httpx.Response:
        headers = {**SDP, **({"authorization": f"Bearer {token}"} if token else {})}
        self.response = self.http.post(path, content=offer, headers=headers)
        return self.response

    def publish(self, token: str, *tracks: MediaStreamTrack, codec: str | None = None) -> None:
        self.connect(self.post(WHIP, self.offer(*tracks, codec=codec), token))

    def watch(self, token: str | None = None, path: str = WHEP, codec: str | None = None) -> None:
        self.connect(self.post(path, self.offer("audio", "video", codec=codec), token))

    def connect(self, response: httpx.Response) -> None:
        assert response.status_code == 201, response.text
        self.loop.run(self._answer(response.text))

    def end(self) -> httpx.Response:
        return self.http.delete(self.response.headers["location"])

    def close(self) -> None:
        """End the connection without a word to the resource."""
        self.loop.run(self.pc.close())

    def hears(self, frequency: float) -> bool:
        return "audio" in self.received and self.received["audio"].hears(frequency)

    def sees(self, color: Any) -> bool:
        return "video" in self.received and self.received["video"].sees(color)

    async def _offer(self, tracks: Any) -> str:
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        addresses.choose([addresses.LOOPBACK])
        self.pc = RTCPeerConnection(configuration)
        self.connections.append(self.pc)
        self.pc.on("track", self._take)
        for track in tracks:
            direction = "recvonly" if isinstance(track, str) else "sendonly"
            self.pc.addTransceiver(track, direction=direction)
            if isinstance(track, MediaStreamTrack):
                self.tracks.append(track)
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def _answer(self, text: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(text, "answer"))

    async def _close(self) -> None:
        for received in self.received.values():
            received.task.cancel()
        for track in self.tracks:
            track.stop()
        for connection in self.connections:
            await connection.close()

    def _take(self, track: MediaStreamTrack) -> None:
        self.received[track.kind] = Received(track)


OpenPage = Callable[[], LivePage]


@pytest.fixture
def open_page(emulator: Emulator) -> Iterator[OpenPage]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(LivePage(emulator))


@pytest.fixture
def page(open_page: OpenPage) -> LivePage:
    return open_page()


@pytest.fixture
def stream(api: httpx.Client) -> dict[str, Any]:
    """A livestream that is not public, with a streamer and a viewer."""
    return make_stream(api)


def make_stream(api: httpx.Client, **config: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post("/livestream", json=config).json()["data"]
    path = f"/livestream/{made['id']}"
    made["streamer"] = api.post(f"{path}/streamer").json()["data"]
    made["viewer"] = api.post(f"{path}/viewer").json()["data"]
    return made


def live_events(emulator: Emulator) -> list[Any]:
    kinds = (StreamerConnected, StreamerDisconnected, ViewerConnected, ViewerDisconnected)
    return [event for event in emulator.notifications if isinstance(event, kinds)]


def test_what_one_page_publishes_others_watch(
    emulator: Emulator, stream: dict[str, Any], open_page: OpenPage
) -> None:
    streamer, viewer, other = open_page(), open_page(), open_page()
    streamer.publish(stream["streamer"]["token"], Wall(RED), Tone(500))
    viewer.watch(stream["viewer"]["token"])
    other.watch(stream["viewer"]["token"])
    until(lambda: viewer.hears(500) and other.hears(500), "sound")
    until(lambda: viewer.sees(RED) and other.sees(RED), "sight")
    assert viewer.end().status_code == 200
    assert streamer.end().status_code == 200
    operations = [(request.operation, request.status) for request in emulator.requests[-5:]]
    assert operations == [
        *(("whip", 201), ("whep", 201), ("whep", 201)),
        *(("live_connection", 200), ("live_connection", 200)),
    ]
    assert emulator.requests[-3].body.startswith(b"v=0")
    assert other.end().status_code == 200
    id_, streamer_id, viewer_id = stream["id"], stream["streamer"]["id"], stream["viewer"]["id"]
    assert live_events(emulator) == [
        StreamerConnected(stream_id=id_, streamer_id=streamer_id),
        ViewerConnected(stream_id=id_, viewer_id=viewer_id),
        StreamerDisconnected(stream_id=id_, streamer_id=streamer_id),
        # Both watched with the same token.
        ViewerDisconnected(stream_id=id_, viewer_id=viewer_id),
    ]


@pytest.mark.once
def test_viewers_wait_for_the_streamer_to_come_back(
    emulator: Emulator, stream: dict[str, Any], open_page: OpenPage
) -> None:
    first, again, viewer = open_page(), open_page(), open_page()
    first.publish(stream["streamer"]["token"], Tone(500))
    viewer.watch(stream["viewer"]["token"])
    until(lambda: viewer.hears(500), "sound")
    # The page goes before it says so.
    first.close()
    until(lambda: len(live_events(emulator)) == 3, "the end")
    assert first.end().status_code == 200
    again.publish(stream["streamer"]["token"], Tone(900))
    until(lambda: viewer.hears(900), "sound again")


@pytest.mark.parametrize(("codec", "other_codec"), [("H264", "VP8"), ("VP8", "H264")])
def test_viewers_without_the_codec_of_the_streamer_see_it(
    stream: dict[str, Any], open_page: OpenPage, codec: str, other_codec: str
) -> None:
    streamer, viewer, other = open_page(), open_page(), open_page()
    streamer.publish(stream["streamer"]["token"], Wall(RED), codec=codec)
    viewer.watch(stream["viewer"]["token"], codec=other_codec)
    other.watch(stream["viewer"]["token"], codec=other_codec)
    until(lambda: viewer.sees(RED) and other.sees(RED), "sight")


@pytest.mark.once
def test_a_viewer_may_offer_more_than_it_gets(stream: dict[str, Any], open_page: OpenPage) -> None:
    streamer, viewer = open_page(), open_page()
    streamer.publish(stream["streamer"]["token"], Tone(500))
    offer = viewer.offer(Tone(900), "audio", "video")
    viewer.connect(viewer.post(WHEP, offer, stream["viewer"]["token"]))
    until(lambda: viewer.hears(500), "sound")
    assert not viewer.sees(RED)


def test_a_public_livestream_takes_no_token(
    emulator: Emulator, api: httpx.Client, open_page: OpenPage
) -> None:
    stream = make_stream(api, public=True)
    streamer, viewer = open_page(), open_page()
    streamer.publish(stream["streamer"]["token"], Wall(BLUE))
    viewer.watch(path=f"{WHEP}/{stream['id']}")
    until(lambda: viewer.sees(BLUE), "sight")
    assert isinstance(live_events(emulator)[-1], ViewerConnected)


def test_a_room_may_be_a_livestream(
    emulator: Emulator, api: httpx.Client, open_page: OpenPage
) -> None:
    config = {"roomType": "livestream", "public": True}
    room = api.post("/room", json=config).json()["data"]["room"]["id"]
    streamer_token = api.post(f"/room/{room}/streamer").json()["token"]
    viewer_token = api.post(f"/room/{room}/viewer").json()["token"]
    streamer, viewer, other = open_page(), open_page(), open_page()
    streamer.publish(streamer_token, Wall(RED))
    viewer.watch(viewer_token)
    other.watch(path=f"{WHEP}/{room}")
    until(lambda: viewer.sees(RED) and other.sees(RED), "sight")
    assert [type(event) for event in live_events(emulator)] == [
        StreamerConnected,
        ViewerConnected,
        ViewerConnected,
    ]


@pytest.mark.once
def test_what_is_deleted_by_the_backend_ends(
    emulator: Emulator, api: httpx.Client, stream: dict[str, Any], open_page: OpenPage
) -> None:
    streamer, viewer = open_page(), open_page()
    streamer.publish(stream["streamer"]["token"], Tone(500))
    viewer.watch(stream["viewer"]["token"])
    until(lambda: viewer.hears(500), "sound")
    api.delete(f"/livestream/{stream['id']}/viewer/{stream['viewer']['id']}")
    until(lambda: viewer.pc.connectionState == "closed", "the end of the viewer")
    api.delete(f"/livestream/{stream['id']}")
    until(lambda: streamer.pc.connectionState == "closed", "the end of the streamer")
    assert patch(streamer, "").status_code == 404


@pytest.mark.once
def test_a_reset_ends_everything(
    emulator: Emulator, stream: dict[str, Any], open_page: OpenPage
) -> None:
    streamer, viewer = open_page(), open_page()
    streamer.publish(stream["streamer"]["token"], Tone(500))
    viewer.watch(stream["viewer"]["token"])
    # A connection that is still being made ends without a word.
    until(lambda: viewer.hears(500), "sound")
    emulator.reset()
    until(lambda: streamer.pc.connectionState == "closed", "the end")
    assert streamer.end().status_code == 404
    assert emulator.notifications == []


def test_a_crash_ends_everything(
    emulator: Emulator, api: httpx.Client, open_page: OpenPage
) -> None:
    room = api.post("/room", json={"roomType": "livestream"}).json()["data"]["room"]["id"]
    streamer, viewer, neighbour = open_page(), open_page(), open_page()
    streamer.publish(api.post(f"/room/{room}/streamer").json()["token"], Tone(500))
    viewer.watch(api.post(f"/room/{room}/viewer").json()["token"])
    neighbour.publish(make_stream(api)["streamer"]["token"], Tone(500))
    until(lambda: viewer.hears(500), "sound")
    until(lambda: neighbour.pc.connectionState == "connected", "the neighbour")
    emulator.crash_room(room)
    until(lambda: streamer.pc.connectionState == "closed", "the end of the streamer")
    until(lambda: viewer.pc.connectionState == "closed", "the end of the viewer")
    assert emulator.notifications[-1] == RoomCrashed(room_id=room)
    assert neighbour.pc.connectionState == "connected"


@pytest.mark.parametrize("what", ["world", "stream", "streamer"])
def test_what_is_gone_before_its_answer_is_made_is_not_found(page: LivePage, what: str) -> None:
    state = State(time.time, lambda: str(uuid.uuid4()))
    live = LiveServer(threading.RLock(), state, ["127.0.0.1"])
    stream = state.streams.create(public=False, audio_only=False, webhook_url=None, batch=False)
    streamer = state.streams.add_streamer(stream.id)
    take_away: Any = {
        "world": state.reset,
        "stream": lambda: state.streams.delete(stream.id),
        "streamer": lambda: state.streams.delete_streamer(stream.id, streamer.id),
    }[what]
    headers = {**SDP, "authorization": f"Bearer {streamer.token}"}
    offer = page.offer(Tone(500))

    async def publish() -> int:
        transport = httpx.ASGITransport(live)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            await live.open()
            request = asyncio.create_task(http.post(WHIP, content=offer, headers=headers))
            # Then the token was taken, and the answer is being made.
            while not live._livestreams:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0)
            take_away()
            response = await request
            assert live._livestreams[stream.id].streamer is None
            await live.aclose()
            return response.status_code

    assert asyncio.run(publish()) == 404
    assert not stream.presence.has("streamer", streamer.id)


@pytest.mark.once
def test_a_stop_ends_everything(open_page: OpenPage) -> None:
    with Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator:
        headers = {"authorization": f"Bearer {emulator.management_token}"}
        with httpx.Client(base_url=emulator.fishjam_id, headers=headers, **PLAIN) as api:
            stream = make_stream(api)
        with LivePage(emulator) as streamer:
            streamer.publish(stream["streamer"]["token"], Tone(500))
            until(lambda: streamer.pc.connectionState == "connected", "the connection")
            emulator.stop()
            until(lambda: streamer.pc.connectionState == "closed", "the end")
    # Nothing is left that a reset could end.
    emulator.reset()
    assert emulator.streams == []


def patch(page: LivePage, fragment: str, content_type: str = TRICKLE) -> httpx.Response:
    headers = {"content-type": content_type, "if-match": "*"}
    location = page.response.headers["location"]
    return page.http.patch(location, content=fragment, headers=headers)


def test_candidates_may_come_later(stream: dict[str, Any], page: LivePage) -> None:
    offer = page.offer(Tone(500))
    candidates = re.findall("a=candidate:.*", offer)
    early = re.sub("a=(candidate:.*|end-of-candidates)\r\n", "", offer)
    page.connect(page.post(WHIP, early, stream["streamer"]["token"]))
    fragment = "\r\n".join(["a=ice-ufrag:x", "m=audio 9 RTP/AVP 0", "a=mid:0", *candidates, ""])
    assert patch(page, fragment).status_code == 204
    assert patch(page, "a=candidate:1 1 udp 1 x.local 9 typ host").status_code == 204
    assert patch(page, "a=candidate:nonsense").status_code == 400
    assert patch(page, "", "text/plain").status_code == 415
    until(lambda: page.pc.connectionState == "connected", "the connection")


def test_two_tabs_watch_with_one_token(
    api: httpx.Client, emulator: Emulator, stream: dict[str, Any], open_page: OpenPage
) -> None:
    streamer, first, second = open_page(), open_page(), open_page()
    streamer.publish(stream["streamer"]["token"], Tone(500))
    for viewer in (first, second):
        viewer.watch(stream["viewer"]["token"])
        until(lambda viewer=viewer: viewer.hears(500), "the sound")  # type: ignore[misc]
    first.end()
    until(lambda: first.pc.connectionState == "closed", "the end of the first")
    before = second.received["audio"].count
    until(lambda: second.received["audio"].count > before + 20, "more sound")
    assert [type(event) for event in live_events(emulator)] == [StreamerConnected, ViewerConnected]
    second.close()
    until(lambda: isinstance(live_events(emulator)[-1], ViewerDisconnected), "the end")
    # A deletion ends all of them.
    viewers = [open_page() for _ in range(2)]
    for viewer in viewers:
        viewer.watch(stream["viewer"]["token"])
        until(lambda viewer=viewer: viewer.pc.connectionState == "connected", "it")  # type: ignore[misc]
    api.delete(f"/livestream/{stream['id']}/viewer/{stream['viewer']['id']}")
    for viewer in viewers:
        until(lambda viewer=viewer: viewer.pc.connectionState == "closed", "the end")  # type: ignore[misc]


def test_a_livestream_has_one_streamer_at_a_time(
    stream: dict[str, Any], open_page: OpenPage
) -> None:
    first, second = open_page(), open_page()
    first.publish(stream["streamer"]["token"], Tone(500))
    response = second.post(WHIP, second.offer(Tone(500)), stream["streamer"]["token"])
    assert response.status_code == 409
    first.end()
    second.publish(stream["streamer"]["token"], Tone(500))


def test_nobody_watches_what_nobody_sends(stream: dict[str, Any], page: LivePage) -> None:
    offer = page.offer("audio")
    assert page.post(WHEP, offer, stream["viewer"]["token"]).status_code == 404
    page.publish(stream["streamer"]["token"], Tone(500))
    page.end()
    assert page.post(WHEP, offer, stream["viewer"]["token"]).status_code == 404


def test_tokens_open_only_what_they_are_for(stream: dict[str, Any], page: LivePage) -> None:
    offer = page.offer(Tone(500))
    assert page.post(WHIP, offer).status_code == 401
    assert page.post(WHIP, offer, "nonsense").status_code == 401
    # Whatever a stranger sends.
    assert page.post(WHIP, "", "nonsense").status_code == 401
    assert page.post(WHEP, "x" * 1_000_000).status_code == 401
    assert page.post(WHIP, offer, stream["viewer"]["token"]).status_code == 401
    assert page.post(f"{WHEP}/{stream['id']}", offer).status_code == 401
    assert page.post(f"{WHEP}/unknown", offer).status_code == 404


def test_a_streamer_that_is_gone_is_not_found(
    api: httpx.Client, stream: dict[str, Any], page: LivePage
) -> None:
    api.delete(f"/livestream/{stream['id']}/streamer/{stream['streamer']['id']}")
    response = page.post(WHIP, page.offer(Tone(500)), stream["streamer"]["token"])
    assert response.status_code == 404


def test_a_livestream_of_audio_takes_no_video(api: httpx.Client, page: LivePage) -> None:
    stream = make_stream(api, audioOnly=True)
    response = page.post(WHIP, page.offer(Wall(RED)), stream["streamer"]["token"])
    assert response.status_code == 400
    assert "for audio only" in response.json()["errors"]
    # It is not taken for one that sends.
    page.publish(stream["streamer"]["token"], Tone(500))


def test_offers_that_make_no_sense_are_refused(stream: dict[str, Any], open_page: OpenPage) -> None:
    page, viewer = open_page(), open_page()
    token = stream["streamer"]["token"]
    assert page.post(WHIP, "hello", token).status_code == 400
    assert page.post(WHIP, "v=0\r\ns=-\r\nm=audio 9 X 0\r\na=mid:0", token).status_code == 400
    assert page.post(WHIP, page.offer("audio"), token).status_code == 400
    assert page.post(WHIP, "x" * 1_000_000, token).status_code == 413
    page.publish(token, Tone(500))
    viewer_token = stream["viewer"]["token"]
    assert viewer.post(WHEP, viewer.offer(Tone(500)), viewer_token).status_code == 400


def test_other_requests_are_refused(page: LivePage) -> None:
    http = page.http
    assert http.post(WHIP, content="{}", headers={"content-type": "text/plain"}).status_code == 415
    assert http.post(WHIP, content="").status_code == 415
    response = http.get(WHIP)
    assert (response.status_code, response.headers["allow"]) == (405, "POST, OPTIONS")
    assert http.post(f"{WHIP}/x").status_code == 404
    assert http.post("/api/v1/live/api/other").status_code == 404
    assert http.delete("/api/v1/live/api/resource/unknown").status_code == 404


def test_a_resource_has_two_methods(stream: dict[str, Any], page: LivePage) -> None:
    page.publish(stream["streamer"]["token"], Tone(500))
    response = page.http.get(page.response.headers["location"])
    assert (response.status_code, response.headers["allow"]) == (405, "PATCH, DELETE, OPTIONS")


def test_pages_from_elsewhere_may_read_the_answers(stream: dict[str, Any], page: LivePage) -> None:
    origin = {"origin": "https://app.example"}
    preflight = page.http.options(WHIP, headers=origin)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert {"POST", "PATCH", "DELETE"} <= set(
        preflight.headers["access-control-allow-methods"].split(", ")
    )
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    refused = page.post(WHIP, page.offer(Tone(500)), "nonsense")
    assert refused.headers["access-control-allow-origin"] == "*"
    page.publish(stream["streamer"]["token"], Tone(500))
    assert "location" in page.response.headers["access-control-expose-headers"]


def test_without_media_a_page_is_told_how_to_have_them() -> None:
    with Emulator() as emulator, httpx.Client(base_url=emulator.fishjam_id, **PLAIN) as http:
        assert http.options(WHIP).headers["access-control-allow-headers"]
        response = http.post(WHIP)
        assert response.status_code == 501
        assert response.headers["access-control-allow-origin"] == "*"
        assert "webrtc=True" in response.json()["errors"]
