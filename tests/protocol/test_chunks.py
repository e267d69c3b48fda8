"""Chunks whose beginnings were seen before: read without protobuf, and to the same effect."""

from __future__ import annotations

import pytest

from fishjam._protocol.agent import decode, decode_anew
from fishjam._protocol.chunks import ChunkReader
from fishjam._protocol.messages import DecodeError
from fishjam.agent import IncomingTrackData
from tests.agent.agent_script import response


def frame_of(
    data: bytes, *, peer: str = "ada", track: str = "mic", metadata: str = "", kind: int = 2
) -> bytes:
    fields = {"id": track, "type": kind, "metadata": metadata}
    return response("track_data", peer_id=peer, track=fields, data=data)


def taught(*frames: bytes, bound: int = 100_000) -> ChunkReader:
    """Return a reader that has seen frames before."""
    reader = ChunkReader(bound)
    for frame in frames:
        chunk = decode_anew(frame)
        assert isinstance(chunk, IncomingTrackData)
        reader.learn(frame, chunk)
    return reader


@pytest.mark.parametrize("size", [0, 1, 2, 127, 128, 640, 16_300, 16_383, 16_384, 70_000])
@pytest.mark.parametrize("kind", [0, 1, 2, 77])
@pytest.mark.parametrize("peer", ["", "ada", "grüezi", "0f" * 100])
def test_the_next_chunk_of_a_track(peer: str, kind: int, size: int) -> None:
    first, second = (
        frame_of(bytes([byte]) * size, peer=peer, metadata='{"a": 1}', kind=kind) for byte in (1, 2)
    )
    read = taught(first).read(second)
    assert read == decode_anew(second) == decode(second) == decode(second)
    assert read is not None
    assert type(read.track.type) is type(taught(first).read(first).track.type)  # type: ignore[union-attr]


def test_tracks_are_told_apart() -> None:
    frames = [
        frame_of(bytes([number]) * 640, peer=f"peer {number % 7}", track=f"track {number:03}")
        for number in range(200)
    ]
    reader = taught(*frames)
    assert [reader.read(frame) for frame in frames] == [decode_anew(frame) for frame in frames]


@pytest.mark.parametrize(
    "frame",
    [
        frame_of(bytes(640), peer="bob"),
        frame_of(bytes(640), track="cam"),
        frame_of(bytes(640), metadata="{}"),
        frame_of(bytes(640), kind=1),
        frame_of(bytes(639)),
        frame_of(bytes(641)),
        # The peer is longer by as much as the audio is shorter.
        frame_of(bytes(639), peer="adam"),
        frame_of(bytes(640))[:-1],
        frame_of(bytes(640)) + b"\x00",
        b"",
    ],
)
def test_what_was_not_seen_before_is_left_to_protobuf(frame: bytes) -> None:
    assert taught(frame_of(bytes(640))).read(frame) is None


def test_a_second_length_for_one_size_is_left_to_protobuf() -> None:
    one, other = frame_of(bytes(640)), frame_of(bytes(639), peer="adam")
    assert len(one) == len(other)
    reader = taught(one, other)
    assert reader.read(one) == decode_anew(one)
    assert reader.read(other) is None
    assert decode(other) == decode_anew(other)


def test_a_frame_that_is_cut_off_where_another_one_ends() -> None:
    long, short = frame_of(bytes(640)), frame_of(bytes(600))
    decode(long), decode(short)
    broken = long[: len(short)]
    assert taught(long, short).read(broken) is None
    with pytest.raises(DecodeError):
        decode(broken)


@pytest.mark.parametrize(
    "frame",
    [
        # With a field that is not known: inside, behind the audio; or outside.
        b"\x12\x12\x0a\x03ada\x12\x03\x0a\x01m\x1a\x02ab\x92\x06\x01x",
        frame_of(b"ab") + b"\x9a\x06\x03new",
        # The audio comes first.
        b"\x12\x0e\x1a\x02ab\x0a\x03ada\x12\x03\x0a\x01m",
        # Twice, where the last one counts.
        frame_of(b"ab") + frame_of(b"cd"),
        # What ends like audio lies in a field that is not known.
        b"\x12\x13\x0a\x03ada\x12\x03\x0a\x01m\x1a\x01a\x92\x06\x03\x1a\x01a",
    ],
)
def test_what_protobuf_would_not_write_is_not_remembered(frame: bytes) -> None:
    assert isinstance(decode_anew(frame), IncomingTrackData)
    assert taught(frame).read(frame) is None
    assert decode(frame) == decode(frame) == decode_anew(frame)


def test_a_long_beginning_is_not_remembered() -> None:
    assert taught(short := frame_of(b"ab", metadata="x" * 900)).read(short) is not None
    assert taught(long := frame_of(b"ab", metadata="x" * 1100)).read(long) is None


def test_a_newer_server_is_not_held_against_older_forms_for_ever() -> None:
    newer, usual = frame_of(b"ab") + b"\x9a\x06\x03new", frame_of(b"ab")
    assert taught(*[newer] * 999, usual, *[newer] * 999).read(usual) is not None
    assert taught(*[newer] * 1000, usual).read(usual) is None


def test_it_forgets_before_it_takes_too_much_memory() -> None:
    frames = [frame_of(b"a" * 10, track=f"{number:02}") for number in range(25)]
    reader = taught(*frames, bound=10)
    known = [reader.read(frame) is not None for frame in frames]
    assert known == [False] * 20 + [True] * 5
