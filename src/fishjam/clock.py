"""Clocks for what waits: the machine's own, and one that tests move by hand."""

from fishjam._core.clock import AsyncClock as AsyncClock
from fishjam._core.clock import AsyncSystemClock as AsyncSystemClock
from fishjam._core.clock import Clock as Clock
from fishjam._core.clock import SystemClock as SystemClock
from fishjam._core.manual_clock import ManualClock as ManualClock

__all__ = ("AsyncClock", "AsyncSystemClock", "Clock", "ManualClock", "SystemClock")
