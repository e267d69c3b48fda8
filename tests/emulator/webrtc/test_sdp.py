"""The text of offers and answers, as browsers were recorded to write them."""

from __future__ import annotations

import pytest

from fishjam.emulator._webrtc import sdp
from fishjam.emulator._webrtc.sdp import Description, Section
from tests.support import recorded_sdp as recorded

H264, VP8 = "h264", "vp8"


def section(offer: Description, mid: str) -> Section:
    return next(section for section in offer.sections if section.mid == mid)


def test_blank_lines_are_passed_over() -> None:
    assert sdp.parse("v=0\n\nm=audio 9 X 0\n\na=mid:0\n").sections[0].mid == "0"


def minimal(*lines: str, media: str = "m=audio 9 UDP/TLS/RTP/SAVPF 111") -> str:
    return "\r\n".join(["v=0", "s=-", media, *lines, ""])


@pytest.mark.parametrize("name", recorded.NAMES)
def test_what_is_taken_apart_is_put_together_again(name: str) -> None:
    offer = recorded.offer(name)
    assert str(sdp.parse(str(offer))) == str(offer)


def test_sections_have_kinds_mids_and_directions() -> None:
    found = [
        (section.kind, section.mid, section.direction)
        for section in recorded.offer("chromium-1").sections
    ]
    assert found == [
        ("audio", "0", "sendonly"),
        ("video", "1", "recvonly"),
        ("audio", "2", "recvonly"),
        ("video", "3", "sendonly"),
    ]


def test_a_bundled_section_of_firefox_is_not_rejected_by_its_port() -> None:
    assert not any(section.is_rejected for section in recorded.offer("firefox-2").sections)
    ended = sdp.parse(minimal("a=mid:0", media="m=audio 0 UDP/TLS/RTP/SAVPF 111"))
    assert ended.sections[0].is_rejected


def test_a_section_without_a_direction_sends_and_receives() -> None:
    assert sdp.parse(minimal("a=mid:0")).sections[0].direction == "sendrecv"


def test_simulcast_names_the_best_layer_last() -> None:
    assert section(recorded.offer("chromium-1"), "3").rids == ["l", "m", "h"]
    assert section(recorded.offer("chromium-3"), "3").rids == ["l", "m", "h"]
    assert section(recorded.offer("chromium-1"), "1").rids == []
    received = sdp.parse(minimal("a=mid:0", "a=simulcast:recv l;m"))
    assert received.sections[0].rids == []


def test_sources_are_those_that_repair_nothing() -> None:
    assert section(recorded.offer("chromium-a-3"), "2").ssrcs == [2722147400]
    assert section(recorded.offer("chromium-a-3"), "0").ssrcs == [56302620]
    assert section(recorded.offer("firefox-2"), "1").ssrcs == [2242788137]
    other = sdp.parse(minimal("a=mid:0", "a=ssrc-group:SIM 1 2", "a=ssrc:1 cname:x"))
    assert other.sections[0].ssrcs == [1]


def test_extensions_may_have_directions() -> None:
    extensions = recorded.offer("firefox-2").extensions
    assert extensions[sdp.RID] == 9
    assert extensions["urn:ietf:params:rtp-hdrext:sdes:mid"] == 3
    assert extensions["urn:ietf:params:rtp-hdrext:ssrc-audio-level"] == 1


def test_a_section_for_video_keeps_the_codec_of_the_room() -> None:
    prepared = sdp.prepare_offer(recorded.offer("chromium-a-3"), H264)
    video = section(prepared, "2")
    assert {codec.name for codec in video.codecs} == {"H264", "rtx"}
    # The forms that aiortc knows, each with its repairs.
    assert [codec.payload_type for codec in video.codecs] == [102, 103, 108, 109]
    assert video.lines[0] == "m=video 9 UDP/TLS/RTP/SAVPF 102 103 108 109"
    assert "a=rtcp-fb:96 nack" not in video.lines
    assert "a=rtcp-fb:102 nack" in video.lines
    video = section(sdp.prepare_offer(recorded.offer("chromium-a-3"), VP8), "2")
    assert [codec.payload_type for codec in video.codecs] == [96, 97]


def test_a_browser_without_the_codec_of_the_room_keeps_its_own() -> None:
    offer = recorded.offer("firefox-2")
    prepared = sdp.prepare_offer(offer, H264)
    assert section(prepared, "1").codecs == section(offer, "1").codecs


def test_candidates_with_names_of_the_local_network_are_left_out() -> None:
    assert ".local " in str(recorded.offer("firefox-2"))
    assert ".local " not in str(sdp.prepare_offer(recorded.offer("firefox-2"), H264))
    kept = str(sdp.prepare_offer(recorded.offer("chromium-a-3"), H264))
    assert "a=candidate:3516122093 1 udp 2122260223 127.0.0.1 55702" in kept


@pytest.mark.parametrize("name", recorded.NAMES)
def test_every_section_for_video_accepts_the_extensions_of_simulcast(name: str) -> None:
    offer = recorded.offer(name)
    finished = sdp.finish_answer(offer, recorded.answer(name), {})
    for asked, given in zip(offer.sections, finished.sections, strict=True):
        for extension in (sdp.RID, sdp.REPAIRED_RID):
            if asked.kind == "video":
                assert given.extensions[extension] == asked.extensions[extension]
            else:
                assert extension not in given.extensions


def test_the_best_layer_is_accepted_where_it_is_received() -> None:
    finished = sdp.finish_answer(recorded.offer("chromium-1"), recorded.answer("chromium-1"), {})
    assert {"a=rid:h recv", "a=simulcast:recv h"} <= set(section(finished, "3").lines)
    assert "a=simulcast" not in "".join(section(finished, "1").lines)


def test_browsers_start_with_a_good_bit_rate_and_are_not_held_back() -> None:
    name = "chromium-a-3"
    restrained = sdp.parse(
        str(recorded.answer(name)).replace(
            "a=mid:2",
            "a=mid:2\r\na=rtcp-fb:102 goog-remb\r\na=extmap:2 "
            "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        )
    )
    text = str(sdp.finish_answer(recorded.offer(name), restrained, {}))
    assert "goog-remb" not in text
    assert "abs-send-time" not in text
    assert "profile-level-id=42001f;x-google-start-bitrate=1500\r\n" in text
    assert "apt=102\r\n" in text


def test_a_codec_without_parameters_gets_a_line_for_the_bit_rate() -> None:
    text = str(sdp.finish_answer(recorded.offer("firefox-1"), recorded.answer("firefox-1"), {}))
    assert text.count("a=fmtp:120 x-google-start-bitrate=1500\r\n") == 1
    assert "a=fmtp:124 apt=120\r\n" in text


def test_each_endpoint_has_a_stream_of_its_own() -> None:
    name = "firefox-2"
    finished = sdp.finish_answer(
        recorded.offer(name), recorded.answer(name), {"2": "peer-1", "3": "peer-2"}
    )
    assert [next(iter(section(finished, mid).values("msid"))) for mid in "23"] == [
        "peer-1 e5708784-6df8-47c9-81a6-d4707ae159f9",
        "peer-2 e5952744-53b1-41aa-8344-3196b82dadcf",
    ]
    untouched = next(iter(section(finished, "1").values("msid")))
    assert untouched.startswith("89257530-")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begins with v=0"),
        ("hello", "begins with v=0"),
        ("v=0\r\n" + "a" * sdp.MAX_SIZE, "at most 500000 characters"),
        ("v=0\r\n" + "m=audio 9 X 0\r\na=mid:0\r\n" * 1000, "at most 200 media sections"),
        (minimal("a=mid:0", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0"), "have the same mid"),
        (minimal(), "needs one mid"),
        (minimal("a=mid:0", "a=mid:1"), "needs one mid"),
        (minimal("a=mid:"), "needs one mid"),
        (minimal("a=mid:0", media="m=text 9 UDP 0"), "not a media section"),
        (minimal("a=mid:0", media="m=audio"), "not a media section"),
    ],
)
def test_what_is_not_a_description_is_an_error(text: str, message: str) -> None:
    with pytest.raises(sdp.SdpError, match=message):
        sdp.parse(text)


@pytest.mark.parametrize("line", ["a=rtpmap:x opus/48000", "a=rtpmap:1 a/" + "9" * 11])
def test_what_should_be_a_number_and_is_not_is_an_error(line: str) -> None:
    with pytest.raises(sdp.SdpError, match="not a number"):
        _ = sdp.parse(minimal("a=mid:0", line)).sections[0].codecs
