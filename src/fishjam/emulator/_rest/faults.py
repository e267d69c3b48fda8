"""Faults on request: failures, broken connections, delays."""

from __future__ import annotations

import threading
from collections.abc import Collection

from attrs import define, field


@define
class Fault:
    """A fault for some of the next requests.

    Attributes:
        times: how many requests are left.
        operation: the operationId that it applies to, or None for any operation.
    """

    times: int
    operation: str | None


@define
class Failure(Fault):
    """A failure that is answered instead of the real answer.

    Attributes:
        content: its body; None means an error in the form of the request's API.
    """

    status: int
    headers: dict[str, str]
    content: bytes | None


@define
class Break(Fault):
    """A connection that is dropped without an answer, before or after the operation took effect."""

    after_effect: bool


@define
class Delay(Fault):
    """A delay, in seconds, before anything is done."""

    seconds: float


@define
class FaultPlan:
    """The faults of one request."""

    delay: float = 0.0
    fault: Failure | Break | None = None


@define
class Faults:
    """The queue of faults; safe to use from several threads.

    Args:
        operations: the operationIds that faults may name.
    """

    _operations: Collection[str]
    _faults: list[Failure | Break | Delay] = field(factory=list, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def add(self, fault: Failure | Break | Delay) -> None:
        """Put a fault at the end of the queue.

        Raises:
            ValueError: if it names an unknown operation, or applies to no request.
        """
        if fault.operation is not None and fault.operation not in self._operations:
            known = ", ".join(sorted(self._operations))
            raise ValueError(f"unknown operation {fault.operation!r}; known are {known}")
        if fault.times < 1:
            raise ValueError(f"times must be at least 1, not {fault.times}")
        with self._lock:
            self._faults.append(fault)

    def take(self, operation: str) -> FaultPlan:
        """Take the faults for a request of an operation out of the queue.

        A delay combines with one other fault; otherwise a request has one fault.
        """
        with self._lock:
            delay = self._take(operation, (Delay,))
            fault = self._take(operation, (Failure, Break))
        return FaultPlan(
            delay.seconds if isinstance(delay, Delay) else 0.0,
            fault if isinstance(fault, (Failure, Break)) else None,
        )

    def reset(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()

    def _take(self, operation: str, kinds: tuple[type[Fault], ...]) -> Fault | None:
        for fault in self._faults:
            if isinstance(fault, kinds) and fault.operation in (None, operation):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None
