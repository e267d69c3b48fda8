"""The pictures of virtual peers, which agents capture."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fishjam.emulator import VirtualCamera
from tests.emulator.virtual.conftest import Scene, add_track, agent_in
from tests.support.emulator_sockets import Socket

JPEG = b"\xff\xd8\xff"


@pytest.fixture
def agent(scene: Scene) -> Iterator[Socket]:
    """An agent of the room that hears nobody, as its socket."""
    with agent_in(scene, subscribe_mode="manual") as socket:
        yield socket


def capture(agent: Socket, camera: VirtualCamera) -> None:
    agent.send(capture_image={"track_id": camera.id})


def image_of(agent: Socket, camera: VirtualCamera) -> bytes:
    """Return the next picture that the agent gets."""
    image = agent.receive_content("track_image")
    assert (image.track_id, image.content_type) == (camera.id, "image/jpeg")
    data: bytes = image.data
    return data


def seen(scene: Scene, agent: Socket, camera: VirtualCamera) -> bytes:
    """Capture a picture, a second after the one before."""
    scene.emulator.advance(1)
    capture(agent, camera)
    return image_of(agent, camera)


def test_a_camera_shows_a_test_card(scene: Scene, agent: Socket) -> None:
    camera = scene.join().publish_video()
    picture = seen(scene, agent, camera)
    assert picture.startswith(JPEG)
    assert picture.endswith(b"\xff\xd9")
    assert len(picture) < 4096


def test_a_camera_shows_what_it_is_given(scene: Scene, agent: Socket, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG + b"file")
    camera = scene.join().publish_video(path)
    path.unlink()
    assert seen(scene, agent, camera) == JPEG + b"file"
    camera.show(JPEG + b"bytes")
    assert seen(scene, agent, camera) == JPEG + b"bytes"
    numbers = iter(range(10))
    camera.show(lambda: JPEG + bytes([next(numbers)]))
    assert [seen(scene, agent, camera)[-1] for _ in range(3)] == [0, 1, 2]


def test_one_picture_a_second_is_captured(scene: Scene, agent: Socket) -> None:
    numbers = iter(range(10))
    camera = scene.join().publish_video(lambda: JPEG + bytes([next(numbers)]))
    other = scene.join().publish_video()
    capture(agent, camera)
    assert image_of(agent, camera)[-1] == 0
    capture(agent, camera)
    scene.emulator.advance(0.99)
    capture(agent, camera)
    capture(agent, other)
    # It was asked for last, so nothing else was answered.
    image_of(agent, other)
    scene.emulator.advance(0.01)
    capture(agent, camera)
    assert image_of(agent, camera)[-1] == 1


@pytest.mark.parametrize(
    ("picture", "what"),
    [
        (lambda: b"GIF", "the function for the picture returned something that is not a JPEG"),
        (lambda: 1 / 0, "division"),
    ],
)
def test_a_picture_that_fails_is_logged(
    scene: Scene, agent: Socket, caplog: pytest.LogCaptureFixture, picture: Any, what: str
) -> None:
    camera, other = scene.join().publish_video(picture), scene.join().publish_video()
    with caplog.at_level(logging.ERROR, "fishjam"):
        capture(agent, camera)
        assert seen(scene, agent, other)
    (record,) = caplog.records
    assert what in str(record.exc_text)
    camera.show(JPEG)
    assert seen(scene, agent, camera) == JPEG


def test_a_camera_that_is_gone_shows_nothing(scene: Scene, agent: Socket) -> None:
    user = scene.join()
    camera, other = user.publish_video(), user.publish_video()
    camera.remove()
    capture(agent, camera)
    assert seen(scene, agent, other)


def test_pictures_have_to_be_jpegs(scene: Scene, tmp_path: Path) -> None:
    user, path = scene.join(), tmp_path / "a.png"
    camera = user.publish_video()
    path.write_bytes(b"\x89PNG")
    something: Any = 7
    for picture, text in (
        (b"\x89PNG", "the picture is not a JPEG"),
        (path, "a.png is not a JPEG"),
        (str(path), "a.png is not a JPEG"),
    ):
        with pytest.raises(ValueError, match=text):
            user.publish_video(picture)
        with pytest.raises(ValueError, match=text):
            camera.show(picture)
    with pytest.raises(FileNotFoundError):
        user.publish_video(tmp_path / "none.jpg")
    with pytest.raises(TypeError, match=r"a picture is a JPEG as bytes, .* not int"):
        user.publish_video(something)
    assert scene.kinds().count("TrackAdded") == 1


def test_a_capture_that_is_answered_late_does_not_hurry_the_clock(
    scene: Scene, agent: Socket
) -> None:
    speaker, listener, begin = scene.join(), scene.join(), scene.emulator._engine.clock.now()
    camera = speaker.publish_video()
    scene.emulator.delay_captures(3600)
    capture(agent, camera)
    add_track(scene, agent)
    speaker.speak(bytes(6400))
    with pytest.raises(TimeoutError, match=r"heard 0.20 s of 1 s within 0.5 s"):
        listener.hear(1, timeout=0.5)
    assert scene.emulator._engine.clock.now() - begin == pytest.approx(0.5, abs=1e-3)
    scene.emulator.advance(3600)
    assert image_of(agent, camera)
