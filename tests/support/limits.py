"""Time limits that are to end one certain step, however long a busy machine takes before it."""

from __future__ import annotations

LIMITS = (0.2, 1.0, 5.0, 25.0)
"""Seconds to try one after the other, until the step that the test is about was come to."""
