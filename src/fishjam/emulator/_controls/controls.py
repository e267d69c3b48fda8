"""All of the control interface."""

from __future__ import annotations

from fishjam.emulator._controls.events import EventControls
from fishjam.emulator._controls.requests import RequestControls
from fishjam.emulator._controls.resources import ResourceControls
from fishjam.emulator._controls.rooms import RoomControls


class Controls(RequestControls, EventControls, RoomControls, ResourceControls):
    """What a program sees of an emulator and does to it."""
