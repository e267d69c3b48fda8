"""What is to be seen and heard of the people in a room: everybody in a grid."""

from __future__ import annotations

from collections.abc import Iterable

from fishjam.composition import (
    AudioScene,
    AudioSceneInput,
    InputStream,
    Tiles,
    Transition,
    VideoScene,
)
from fishjam.events import TrackForwarding


def picture_of(people: Iterable[TrackForwarding]) -> VideoScene:
    """Return a grid of all who show something; it moves gently when somebody comes or goes."""
    grid = Tiles(
        # With an id the grid is known again, and its tiles can move to their new places.
        id="grid",
        children=[InputStream(one.input_id) for one in people if one.video_track],
        margin=8,
        background_color="#1e1e2eff",
        transition=Transition(duration_ms=400),
    )
    return VideoScene(grid)


def sound_of(people: Iterable[TrackForwarding]) -> AudioScene:
    """Return the mix of all who say something."""
    return AudioScene([AudioSceneInput(one.input_id) for one in people if one.audio_track])
