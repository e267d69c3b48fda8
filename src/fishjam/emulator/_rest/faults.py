"""Faults on order: answers that say no, connections that break, delays."""

from __future__ import annotations

import threading
from collections.abc import Collection

from attrs import define, field


@define
class Fault:
    """What goes wrong with the next requests that it is meant for.

    Attributes:
        times: how many requests it still waits for.
        operation: the operationId it is meant for, or None for any operation.
    """

    times: int
    operation: str | None


@define
class Failure(Fault):
    """An answer that is given instead of the real one.

    Attributes:
        content: its body; None stands for an error as the API of the request writes it.
    """

    status: int
    headers: dict[str, str]
    content: bytes | None


@define
class Break(Fault):
    """A connection that ends without an answer, before or after the operation took effect."""

    after_effect: bool


@define
class Delay(Fault):
    """A time, in seconds, that passes before anything is done."""

    seconds: float


@define
class FaultPlan:
    """What is to happen to one request."""

    delay: float = 0.0
    fault: Failure | Break | None = None


@define
class Faults:
    """The faults that are still to come; safe to use from several threads.

    Args:
        operations: the operationIds that a fault may name.
    """

    _operations: Collection[str]
    _faults: list[Failure | Break | Delay] = field(factory=list, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def add(self, fault: Failure | Break | Delay) -> None:
        """Put a fault at the end of the queue.

        Raises:
            ValueError: if it names an unknown operation, or is meant for no request.
        """
        if fault.operation is not None and fault.operation not in self._operations:
            known = ", ".join(sorted(self._operations))
            raise ValueError(f"there is no operation {fault.operation!r}, only {known}")
        if fault.times < 1:
            raise ValueError(f"times must be at least 1, not {fault.times}")
        with self._lock:
            self._faults.append(fault)

    def take(self, operation: str) -> FaultPlan:
        """Take what is to happen to a request for an operation out of the queue.

        A delay goes together with one other fault; otherwise one fault is for one request.
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
