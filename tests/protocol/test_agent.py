"""What agents and the server say to each other: bytes to values, and values to bytes."""

from __future__ import annotations

import pytest

from fishjam._protocol.agent import chunk_framer, content_of, decode
from fishjam._protocol.messages import DecodeError
from fishjam.agent import IncomingTrackData, IncomingTrackImage
from fishjam.events import Track, TrackType
from tests.agent.agent_script import AUTHENTICATED, REQUEST, audio, image, response

# The second one is too long for the fast path.
NOT_UTF_8 = b"\x12\x04\x0a\x02\xff\xfe"
NOT_UTF_8_IN_FULL = b"\x12\x82\x80\x02\x0a\xfe\xff\x01" + b"\xff" * 0x7FFE

SIZES = [0, 1, 2, 88, 89, 90, 126, 127, 128, 129, 16_200, 16_383, 16_384, 70_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("track_id", ["t", "0f" * 16, "x" * 200, "grüezi"])
def test_frames_of_audio_are_those_that_protobuf_makes(track_id: str, size: int) -> None:
    frame = chunk_framer(track_id)
    for data in (b"\x01" * size, b"\x02" * (size + 1), b"\x03" * size):
        expected = REQUEST(track_data={"track_id": track_id, "data": data})
        assert REQUEST.FromString(frame(data)) == expected
        if data:
            assert frame(data) == expected.SerializeToString()
        assert frame(bytearray(data)) == frame(data)


@pytest.mark.parametrize("size", SIZES)
def test_what_an_agent_receives(size: int) -> None:
    data = b"\x01" * size
    track = Track("mic", TrackType.AUDIO, '{"kind": "mic"}')
    assert decode(audio(data)) == IncomingTrackData("ada", track, data)
    assert decode(image(data)) == IncomingTrackImage("camera", "image/jpeg", data)


def test_defaults_are_those_of_protobuf() -> None:
    assert decode(response("track_data")) == IncomingTrackData()
    assert decode(response("track_image")) == IncomingTrackImage()
    assert IncomingTrackData() == IncomingTrackData("", Track(), b"")


@pytest.mark.parametrize("frame", [b"", AUTHENTICATED, b"\x52\x00", b"\xda\x06\x02\x0a\x00"])
def test_frames_that_users_are_not_given(frame: bytes) -> None:
    assert decode(frame) is None


def test_fields_that_are_not_known_are_ignored() -> None:
    beside = audio(b"ab") + b"\x9a\x06\x03new"
    assert decode(beside) == decode(audio(b"ab"))


@pytest.mark.parametrize(
    "frame",
    [b"\xff\xff", b"\x12\x05\x0a", b"\x12\x02\x0a\x05", b"text", NOT_UTF_8, NOT_UTF_8_IN_FULL],
)
def test_bytes_that_are_not_a_message(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(frame)
    assert content_of(frame) == "nothing known"


def test_frames_are_named_by_what_they_hold() -> None:
    frames = (AUTHENTICATED, audio(b""), image(b""), b"")
    names = ["authenticated", "track_data", "track_image", "nothing known"]
    assert [content_of(frame) for frame in frames] == names
