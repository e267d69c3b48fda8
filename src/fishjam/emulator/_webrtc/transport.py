"""A peer connection of aiortc, and everything that is done to its private parts.

The names that aiortc keeps to itself and that are used here are the same in 1.13 to 1.16: the
transport's `_handle_rtp_data` and `_send_rtp`, the sender's `_send_keyframe`, and the transceiver's
`_set_mline_index`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceCandidate,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from fishjam.emulator._webrtc import sdp
from fishjam.emulator._webrtc.outgoing import SenderTrack
from fishjam.emulator._webrtc.tasks import TaskSet

OnPacket = Callable[..., Awaitable[None]]


class Transport:
    """One connection to a browser, which makes all offers.

    Args:
        on_packet: takes every RTP packet, decrypted, as `data` and `arrival_time_ms`.
        on_failed: is called when the browser has ended the connection or is not reached any more.
        on_channel: is called with every data channel that the browser opens.
        on_connected: is called when the browser is reached.
    """

    def __init__(
        self,
        on_packet: OnPacket,
        on_failed: Callable[[], object],
        on_channel: Callable[[Any], object] = lambda _channel: None,
        on_connected: Callable[[], object] = lambda: None,
    ) -> None:
        # Without a list of servers aiortc would ask one in the internet.
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self._connection = RTCPeerConnection(configuration)
        self._on_packet = on_packet
        self._on_failed = on_failed
        self._on_connected = on_connected
        self._dtls: Any = None
        self._is_closing = False
        self._offer = self._usable = sdp.Description((), ())
        self._sending = TaskSet()
        self._connection.on("connectionstatechange", self._look)
        self._connection.on("datachannel", on_channel)

    @property
    def has_offer(self) -> bool:
        """Whether the browser has made an offer that could be used."""
        return self._dtls is not None

    async def answer(
        self,
        offer: sdp.Description,
        video_codec: str,
        tracks: dict[str, SenderTrack | None],
    ) -> sdp.Description:
        """Take an offer, and return the answer, which is in force then.

        Args:
            offer: what the browser offers.
            video_codec: the codec that is preferred, `h264` or `vp8`.
            tracks: what to send, by the mids of the sections in which the browser receives; None
                for nothing, for now.

        Raises:
            SdpError: if the offer cannot be used.
        """
        sdp.check_places(offer, self._offer)
        sdp.check_certificate(offer)
        usable = sdp.keep_rejected(offer, self._usable)
        prepared = sdp.prepare_offer(usable, video_codec)
        try:
            text = await self._negotiate(prepared, tracks)
        except Exception as error:
            # It is text of a stranger, and the library raises whatever it stumbles over.
            raise sdp.SdpError(f"this offer cannot be used: {error!r}") from error
        self._offer, self._usable = offer, usable
        return sdp.parse(text)

    async def add_candidate(self, text: str, mid: str | None, index: int) -> None:
        """Take an address of the browser; one with an mDNS name is left out.

        Raises:
            SdpError: if it cannot be read, or comes before the first offer.
        """
        if not self.has_offer:
            raise sdp.SdpError("a candidate comes after the first offer")
        _, _, value = text.rpartition("candidate:")
        if not value or ".local " in value:
            return
        try:
            candidate: RTCIceCandidate = candidate_from_sdp(value)
            # A mid that was not sent is an empty text in protobuf.
            candidate.sdpMid, candidate.sdpMLineIndex = mid or None, index
            await self._connection.addIceCandidate(candidate)
        except Exception as error:
            raise sdp.SdpError(f"this candidate cannot be used: {value[:80]!r}") from error

    def send_rtcp(self, data: bytes) -> None:
        """Send a report or a request; without a connection it is dropped."""
        if self._dtls is not None and self._dtls.state == "connected":
            # Packets are taken in callbacks, which cannot await.
            self._sending.start(self._send(data))

    async def aclose(self) -> None:
        """End the connection."""
        # First, because aiortc reports the state `closed` for this too, and it is not a failure.
        self._is_closing = True
        await self._connection.close()

    async def _negotiate(
        self, offer: sdp.Description, tracks: dict[str, SenderTrack | None]
    ) -> str:
        connection = self._connection
        self._free_places(offer)
        await connection.setRemoteDescription(RTCSessionDescription(str(offer), "offer"))
        self._take_over()
        for transceiver in connection.getTransceivers():
            if transceiver.mid in tracks:
                self._prepare(transceiver, tracks[transceiver.mid])
        await connection.setLocalDescription(await connection.createAnswer())
        return str(connection.localDescription.sdp)

    def _free_places(self, offer: sdp.Description) -> None:
        """Let the sections that have ended make way for others in their places."""
        mids = {section.mid for section in offer.sections}
        transceivers: Any = self._connection.getTransceivers()
        for transceiver in transceivers:
            if transceiver.mid not in mids:
                # aiortc looks for the first one in a place, and knows none that ends.
                transceiver._set_mline_index(None)

    def _prepare(self, transceiver: Any, track: SenderTrack | None) -> None:
        transceiver.direction = "inactive" if track is None else "sendonly"
        if track is None or transceiver.sender.track is track:
            return
        # Happens once for each slot: its track stays and changes its source.
        transceiver.sender.replaceTrack(track)
        # aiortc calls this for a PLI, and forces its encoder. What is passed on without encoding
        # needs a key frame of its publisher.
        force = transceiver.sender._send_keyframe

        def request_key_frame() -> None:
            force()
            track.request_key_frame()

        transceiver.sender._send_keyframe = request_key_frame

    def _take_over(self) -> None:
        """Take the packets before aiortc does; there is one transport for all sections."""
        if self._dtls is not None:
            return
        transceivers = self._connection.getTransceivers()
        if transceivers:
            self._dtls = transceivers[0].receiver.transport
        elif self._connection.sctp is not None:
            self._dtls = self._connection.sctp.transport
        else:
            raise sdp.SdpError("the offer has no media section")
        self._dtls._handle_rtp_data = self._on_packet

    async def _send(self, data: bytes) -> None:
        # A browser that is gone is noticed elsewhere.
        with suppress(ConnectionError):
            await self._dtls._send_rtp(data)

    def _look(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self._on_connected()
        elif state in ("failed", "closed") and not self._is_closing:
            self._on_failed()
