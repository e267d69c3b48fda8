"""The media router and video: how often images may be captured, and what fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import inf

import pytest

from tests.emulator.media.hall import Hall


def test_one_picture_a_second(hall: Hall) -> None:
    cameras = [hall.camera(hall.peer()) for _ in range(2)]
    images: list[bytes] = []
    pictures = iter([b"1", b"2", b"3", b"4"])
    for camera in cameras:
        hall.router.publish_video(hall.room, camera, lambda: next(pictures))

    def capture(camera: str) -> list[bytes]:
        images.clear()
        hall.router.capture(hall.room, camera, images.append)
        return list(images)

    assert capture(cameras[0]) == [b"1"]
    assert capture(cameras[0]) == []
    assert capture(cameras[1]) == [b"2"]
    hall.now = 0.9
    assert capture(cameras[0]) == []
    hall.now = 1.0
    assert capture(cameras[0]) == [b"3"]
    # Another picture on the same track gives no reason to look again.
    hall.router.publish_video(hall.room, cameras[0], lambda: b"other")
    assert capture(cameras[0]) == []
    hall.now = 2.0
    assert capture(cameras[0]) == [b"other"]
    hall.router.unpublish_video(hall.room, cameras[0])
    assert capture(cameras[0]) == []
    assert capture("unknown") == []


def test_a_picture_that_fails_is_no_picture(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    def picture() -> bytes:
        raise OSError("the lens cap is on")

    camera = hall.camera(hall.peer())
    images: list[bytes] = []
    hall.router.publish_video(hall.room, camera, picture)
    with caplog.at_level(logging.ERROR, "fishjam.emulator"):
        hall.router.capture(hall.room, camera, images.append)
    assert images == []
    assert "the lens cap is on" in caplog.text


def test_captures_may_take_a_while(hall: Hall) -> None:
    camera = hall.camera(hall.peer())
    hall.router.publish_video(hall.room, camera, lambda: b"seen")
    images: list[bytes] = []
    hall.router.capture_delay = 0.5
    hall.router.capture(hall.room, camera, images.append)
    assert hall.wakes == 1
    hall.advance(0.4)
    assert images == []
    hall.advance(0.1)
    assert images == [b"seen"]
    hall.router.capture_delay = inf
    hall.advance(1)
    hall.router.capture(hall.room, camera, images.append)
    hall.advance(10_000)
    assert images == [b"seen"]
    hall.router.reset()
    assert hall.router.capture_delay == 0


def test_an_image_of_a_browser_comes_later(hall: Hall) -> None:
    camera = hall.camera(hall.peer())
    requests: list[Callable[[bytes | None], object]] = []
    images: list[bytes] = []
    hall.router.publish_live_video(hall.room, camera, requests.append)

    def capture() -> None:
        hall.router.capture(hall.room, camera, images.append)

    capture()
    # While one is on its way there is no other one.
    capture()
    assert len(requests) == 1
    # One without an answer costs nobody a second.
    requests[0](None)
    capture()
    requests[1](b"seen")
    assert images == [b"seen"]
    hall.now = 0.9
    capture()
    assert len(requests) == 2
    hall.now = 1.0
    capture()
    assert len(requests) == 3
    assert hall.router.image(hall.room, camera) is None
    hall.router.publish_video(hall.room, camera, lambda: b"still")
    assert hall.router.image(hall.room, camera) == b"still"
