"""How a worker is started, and the command line that says so."""

from __future__ import annotations

from attrs import frozen


@frozen
class WorkerOptions:
    """How a worker is started."""

    app: str
    capacity: int
    drain: float
    handover_after: float
    backend: str
    health: str | None
    roles: tuple[str, ...]

    def arguments(self) -> list[str]:
        """Return the command line of one process of them, without its health endpoint."""
        return [
            self.app,
            f"--capacity={self.capacity}",
            f"--drain={self.drain}",
            f"--handover-after={self.handover_after}",
            f"--backend={self.backend}",
            f"--roles={','.join(self.roles)}",
        ]
