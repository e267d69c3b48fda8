"""The media of one peer: its connection, the rounds with it, and what goes through it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from fishjam.emulator._model.refusals import BadRequest, RequestRefused
from fishjam.emulator._sockets import media_events
from fishjam.emulator._sockets.metadata import track_metadata
from fishjam.emulator._webrtc import addresses, sdp
from fishjam.emulator._webrtc.outgoing import OutgoingSource, SenderTrack
from fishjam.emulator._webrtc.rtp import Demultiplexer, IncomingTrack
from fishjam.emulator._webrtc.slots import Negotiation
from fishjam.emulator._webrtc.transport import Transport

REPORT_INTERVAL = 0.5
"""Seconds between two reports on what arrives."""
MAX_MESSAGES = 1000
"""Messages of a peer that may wait until the ones before them are done."""
_REFUSALS = (sdp.SdpError, RequestRefused)


@frozen
class WantedTrack:
    """A track that a peer is to receive.

    Attributes:
        peer_id: whose it is.
        kind: `audio` or `video`.
    """

    peer_id: str
    kind: str


@frozen
class Publication:
    """A track that a peer sends.

    Attributes:
        mid: the section in which it comes.
        kind: `audio` or `video`.
        metadata: what the peer says about it.
    """

    mid: str
    kind: str
    metadata: Any


class MediaRoom(Protocol):
    """The room around a peer; every call is made inside the server's loop."""

    @property
    def video_codec(self) -> str:
        """The codec of the room, `h264` or `vp8`."""
        ...

    @property
    def takes_video(self) -> bool:
        """Whether its peers may send video."""
        ...

    def send(self, frame: bytes) -> None:
        """Send a message to the peer."""

    def wanted(self) -> Mapping[str, WantedTrack]:
        """Return the tracks that the peer is to receive now, by their ids."""
        ...

    def source(self, track_id: str, kind: str, codec: str) -> OutgoingSource | None:
        """Return what gives the frames of a track of somebody else, or None if it has none."""

    def publish(self, track_id: str, publication: Publication, track: IncomingTrack) -> None:
        """Take a new track of the peer.

        Raises:
            RequestRefused: if the room does not take it.
        """

    def unpublish(self, track_id: str) -> None:
        """Let go of a track of the peer."""

    def relay(self, label: str, data: str | bytes) -> None:
        """Pass a message of a data channel on to the others."""

    def check_activity(self) -> None:
        """Notice speech that has ended without a packet that says so."""

    def fail(self) -> None:
        """Learn that the peer is not reached any more."""


class PeerMedia:
    """The media of one peer; made, called and ended inside the server's loop.

    Args:
        room: the room around it.
        ice_addresses: the addresses at which it can reach this machine; None for all.
    """

    def __init__(self, room: MediaRoom, ice_addresses: Sequence[str] | None = None) -> None:
        self._room = room
        self._ice_addresses = ice_addresses
        self._negotiation = Negotiation()
        self._demultiplexer = Demultiplexer()
        self._incoming: dict[str, IncomingTrack] = {}
        self._published: dict[str, Publication] = {}
        self._outgoing: dict[str, SenderTrack] = {}
        self._channels: dict[str, Any] = {}
        self._inbox: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._transport: Transport
        self._task = asyncio.get_running_loop().create_task(self._run())

    def take_offer(self, message: Any) -> None:
        """Take an `SdpOffer`; the answer follows."""
        self._put(lambda: self._answer(message))

    def take_candidate(self, message: Any) -> None:
        """Take a `Candidate`."""
        self._put(lambda: self._add_candidate(message))

    def renegotiate(self) -> None:
        """Begin a round soon, because the peer asks for one."""
        self._put(self._request)

    def announce(self) -> None:
        """Ask for a round, because the peer was told of tracks and waits for one."""
        self._put(self._owe)

    def refresh(self) -> None:
        """Look again at what the peer is to receive."""
        self._put(self._step)

    def send_message(self, label: str, data: str | bytes) -> None:
        """Send a message on a data channel, if the peer has opened one of that name."""
        channel = self._channels.get(label)
        if channel is not None and channel.readyState == "open":
            channel.send(data)

    async def aclose(self) -> None:
        """End the connection and wait until nothing of it is left."""
        self._task.cancel()
        await asyncio.wait([self._task])

    def _put(self, act: Callable[[], Awaitable[None]]) -> None:
        if self._inbox.qsize() < MAX_MESSAGES:
            self._inbox.put_nowait(act)

    async def _run(self) -> None:
        # Inside this task, in which aiortc gathers the addresses: the choice is a context variable.
        addresses.choose(self._ice_addresses)
        self._transport = Transport(self._demultiplexer.receive, self._room.fail, self._add_channel)
        reporting = asyncio.get_running_loop().create_task(self._report())
        try:
            while True:
                await self._act(await self._inbox.get())
        finally:
            reporting.cancel()
            # Sources hold their sinks, and would go on working for a peer that is gone.
            for track in self._outgoing.values():
                track.attach(None)
            await self._transport.aclose()

    async def _act(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except _REFUSALS as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        # The web client disconnects when it gets this, so it is only for what cannot go on.
        self._room.send(media_events.error(str(error)))

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_INTERVAL)
            for track in self._incoming.values():
                track.report()
            self._room.check_activity()

    async def _request(self) -> None:
        self._negotiation.request()
        await self._step()

    async def _owe(self) -> None:
        self._negotiation.owe()
        await self._step()

    async def _step(self) -> None:
        """Begin a round if there is a reason for one."""
        wanted = self._room.wanted()
        self._negotiation.want({track_id: track.kind for track_id, track in wanted.items()})
        counts = self._negotiation.next_round()
        if counts is not None:
            self._room.send(media_events.offer_data(counts.audio, counts.video))

    async def _add_candidate(self, message: Any) -> None:
        await self._transport.add_candidate(
            message.candidate, message.sdp_mid, message.sdp_m_line_index
        )

    async def _answer(self, message: Any) -> None:
        try:
            await self._negotiate(message)
        except _REFUSALS as error:
            self._refuse(error)
            self._negotiation.give_up()
        self._negotiation.finish()
        # Also after an offer that was refused: the peer may have asked for another round meanwhile.
        await self._step()

    async def _negotiate(self, message: Any) -> None:
        offer = sdp.parse(message.sdp)
        published = self._read(offer, message)
        # Read once for the round, so that the slots and the streams below speak of the same tracks.
        wanted = self._room.wanted()
        self._negotiation.want({track_id: track.kind for track_id, track in wanted.items()})
        slots = {
            section.mid: section.kind
            for section in offer.sections
            if section.direction == "recvonly"
            and section.kind != "application"
            and not section.is_rejected
        }
        self._negotiation.assign(slots)
        assigned = self._negotiation.assigned
        tracks = self._tracks_for(slots, assigned)
        answer = await self._transport.answer(offer, self._room.video_codec, tracks)
        self._receive(offer, answer, published)
        streams = {mid: wanted[track_id].peer_id for mid, track_id in assigned.items()}
        text = str(sdp.finish_answer(offer, answer, streams))
        # What the peer is to know first is in the answer, and the room hears of it afterwards.
        # Clients expect their own mids back, beside those of the tracks that they are to receive.
        mids = {**dict(message.mid_to_track_id), **assigned}
        self._room.send(media_events.sdp_answer(text, mids))
        self._publish(published)
        self._attach(answer, assigned)

    def _read(self, offer: sdp.Description, message: Any) -> dict[str, Publication]:
        """Return the tracks that an offer says the peer sends, by their ids."""
        sections = {section.mid: section for section in offer.sections}
        published = {}
        for mid, track_id in message.mid_to_track_id.items():
            if mid not in sections:
                raise sdp.SdpError(f"the offer has no section {mid[:20]!r} for a track")
            section = sections[mid]
            text = message.track_id_to_metadata_json.get(track_id)
            # A track that a client has stopped leaves its section behind, inactive and without
            # metadata.
            if text is None or section.is_rejected or not section.direction.startswith("send"):
                continue
            if section.kind == "video" and not self._room.takes_video:
                raise BadRequest("this room takes no video: it is for audio only")
            published[track_id] = Publication(mid, section.kind, track_metadata(text))
        return published

    def _tracks_for(
        self, slots: Mapping[str, str], assigned: Mapping[str, str]
    ) -> dict[str, SenderTrack | None]:
        for mid in assigned:
            if mid not in self._outgoing:
                self._outgoing[mid] = SenderTrack(slots[mid])
        return {mid: self._outgoing[mid] if mid in assigned else None for mid in slots}

    def _receive(
        self, offer: sdp.Description, answer: sdp.Description, published: dict[str, Publication]
    ) -> None:
        """Be ready for what comes as soon as the peer has the answer."""
        sections = {section.mid: section for section in answer.sections}
        for track_id, publication in published.items():
            if track_id not in self._incoming:
                send = self._transport.send_rtcp
                self._incoming[track_id] = IncomingTrack(publication.kind, send)
            self._incoming[track_id].configure(sections[publication.mid].codecs)
        for track_id in self._incoming.keys() - published.keys():
            del self._incoming[track_id]
        tracks = {
            publication.mid: self._incoming[track_id] for track_id, publication in published.items()
        }
        self._demultiplexer.configure(offer.extensions, offer.sections, tracks)

    def _publish(self, published: dict[str, Publication]) -> None:
        before, self._published = self._published, published
        for track_id in before.keys() - published.keys():
            self._room.unpublish(track_id)
        for track_id, publication in published.items():
            if track_id not in before:
                self._room.publish(track_id, publication, self._incoming[track_id])

    def _attach(self, answer: sdp.Description, assigned: Mapping[str, str]) -> None:
        for section in answer.sections:
            track = self._outgoing.get(section.mid)
            if track is None:
                continue
            track_id = assigned.get(section.mid)
            # aiortc sends with the first codec of its answer.
            codec = section.codecs[0].name
            track.attach((track_id and self._room.source(track_id, track.kind, codec)) or None)

    def _add_channel(self, channel: Any) -> None:
        self._channels[channel.label] = channel
        channel.on("message", lambda data: self._room.relay(channel.label, data))
