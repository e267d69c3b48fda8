"""What a page of the emulator hears and sees."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page

_PATIENCE = 60.0

# The loudest frequency of what everybody else's tiles play, or 0 for silence.
_HEAR = """() => {
  const ear = (window.ear ??= { context: new AudioContext(), analysers: new Map() });
  let found = 0;
  for (const audio of document.querySelectorAll(".tile audio")) {
    if (!ear.analysers.has(audio.srcObject)) {
      const analyser = ear.context.createAnalyser();
      analyser.fftSize = 8192;
      ear.context.createMediaStreamSource(audio.srcObject).connect(analyser);
      ear.analysers.set(audio.srcObject, analyser);
    }
    const analyser = ear.analysers.get(audio.srcObject);
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const loudest = levels.indexOf(Math.max(...levels));
    if (levels[loudest] > -60) found = (loudest * ear.context.sampleRate) / analyser.fftSize;
  }
  return found;
}"""
# How many frames of the video in a tile were shown.
_FRAMES = """(name) => {
  for (const tile of document.querySelectorAll(".tile")) {
    const video = tile.querySelector("video");
    if (tile.querySelector(".tile-name").textContent === name && !video.hidden)
      return video.getVideoPlaybackQuality().totalVideoFrames;
  }
  return 0;
}"""


def until(page: Page, condition: Callable[[], object], what: str) -> None:
    """Wait until something is so, while the page goes on."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, f"did not come about: {what}"
        page.wait_for_timeout(50)


def holds(page: Page, expression: str) -> None:
    """Wait until an expression holds on a page, whose policy forbids Playwright's own waiting."""
    until(page, lambda: page.evaluate(expression), expression)


def hears(page: Page, frequency: float) -> bool:
    """Tell whether a page plays a frequency, 0 for silence."""
    return bool(abs(page.evaluate(_HEAR) - frequency) < 8)


def frames(page: Page, name: str) -> int:
    """Return how many frames of somebody's video a page has shown."""
    return int(page.evaluate(_FRAMES, name))


def sees(page: Page, name: str) -> Callable[[], bool]:
    """Return what tells whether somebody's video moves on a page."""
    before = frames(page, name)
    return lambda: frames(page, name) > before + 5
