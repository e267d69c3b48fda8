"""Clocks for what waits: the machine's own, and one that tests move by hand."""

from fishjam.clock._manual import ManualClock as ManualClock
from fishjam.clock._system import AsyncClock as AsyncClock
from fishjam.clock._system import AsyncSystemClock as AsyncSystemClock
from fishjam.clock._system import Clock as Clock
from fishjam.clock._system import SystemClock as SystemClock

__all__ = ("AsyncClock", "AsyncSystemClock", "Clock", "ManualClock", "SystemClock")
