"""What a process of a fleet counts, and its OpenMetrics text."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping

import anyio
from attrs import define, field, frozen

from fishjam.fleet._jobs import Taken

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""The upper ends of the histogram's buckets, in seconds."""

LAG_SAMPLES = 40
"""How many measurements of the loop count: those of the last ten seconds."""

_PREFIX = "fishjam_fleet_"


@frozen
class Sample:
    """One value of a family, with what the family's name gets at its end."""

    value: float
    labels: Mapping[str, str] = field(factory=dict)
    suffix: str = ""


@frozen
class Family:
    """Values of one name."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]


@define(eq=False)
class Histogram:
    """How often a time was in which bucket."""

    counts: list[int] = field(factory=lambda: [0] * (len(BUCKETS) + 1))
    sum: float = 0.0

    def add(self, seconds: float) -> None:
        """Count a time."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds

    def samples(self) -> Iterator[Sample]:
        """Give the buckets, each with what is in the smaller ones, then the sum and the count."""
        total = 0
        for end, count in zip([*map(str, BUCKETS), "+Inf"], self.counts, strict=True):
            total += count
            yield Sample(total, {"le": end}, "_bucket")
        yield Sample(total, suffix="_count")
        yield Sample(self.sum, suffix="_sum")


@define(eq=False)
class Metrics:
    """What one process counts.

    Attributes:
        lease: seconds for which a heartbeat counts.
        slots: how many jobs the process runs at most.
        states: returns "starting", "running" or "leaving" for each job of the process.
        takeovers: how many jobs it has taken and connected, by the reason: "new", "moved" (from
            another worker), "failed" (tried again).
        moved: how many of its jobs have gone to another worker.
        fenced: how many of those it had not offered: the worker seemed dead.
        failed: how many handlers have failed.
        events: how many events its handlers were called with.
        events_repeated: how many of those were handled before, by a worker that died.
        dropped_chunks: chunks of audio that its agents dropped.
    """

    lease: float
    slots: int = 0
    states: Callable[[], Iterable[str]] = tuple
    takeovers: Counter[str] = field(factory=Counter)
    moved: int = 0
    fenced: int = 0
    failed: int = 0
    events: int = 0
    events_repeated: int = 0
    dropped_chunks: int = 0
    dispatch: Histogram = field(factory=Histogram)
    _last_touch: float | None = field(default=None, init=False)
    _ahead: float = field(default=0.0, init=False)
    """Seconds by which the engine's clock is ahead of the loop's."""
    _lags: deque[float] = field(factory=lambda: deque(maxlen=LAG_SAMPLES), init=False)

    @property
    def margin(self) -> float:
        """Seconds until the process counts as dead; 0 or less if it does already."""
        if self._last_touch is None:
            return 0.0
        return self._last_touch + self.lease - anyio.current_time()

    def touched(self, engine_time: float) -> None:
        """Keep that the engine has answered, and its time."""
        self._last_touch = anyio.current_time()
        self._ahead = engine_time - self._last_touch

    def connected(self, taken: Taken) -> None:
        """Count an agent that was connected."""
        if taken.failures:
            self.takeovers["failed"] += 1
        elif taken.peers:
            self.takeovers["moved"] += 1
        else:
            self.takeovers["new"] += 1
            self.dispatch.add(max(0.0, anyio.current_time() + self._ahead - taken.asked))

    def lagged(self, seconds: float) -> None:
        """Keep by how much the loop woke a task too late."""
        self._lags.append(seconds)

    def families(self) -> list[Family]:
        """Return all that the process knows by itself."""
        states = Counter(self.states())
        jobs = [(state, states[state]) for state in ("starting", "running", "leaving")]
        takeovers = [(reason, self.takeovers[reason]) for reason in ("new", "moved", "failed")]
        return [
            by_label("jobs", "gauge", "Jobs of this process.", "state", jobs),
            _one("slots", "gauge", "Jobs that this process runs at most.", self.slots),
            by_label("takeovers", "counter", "Jobs taken and connected.", "reason", takeovers),
            _one("moved", "counter", "Jobs that went to another worker.", self.moved),
            _one("fenced", "counter", "Jobs that others took unasked.", self.fenced),
            _one("failures", "counter", "Jobs that failed.", self.failed),
            Family(
                "dispatch_seconds",
                "histogram",
                "From asked to connected.",
                tuple(self.dispatch.samples()),
            ),
            _one(
                "lease_margin_seconds", "gauge", "Until this process counts as dead.", self.margin
            ),
            _one(
                "loop_lag_seconds",
                "gauge",
                "The latest wake of the last ten seconds.",
                max(self._lags, default=0.0),
            ),
            _one("events", "counter", "Events handled.", self.events),
            _one("events_repeated", "counter", "Events handled again.", self.events_repeated),
            _one(
                "agent_dropped_chunks",
                "counter",
                "Chunks of audio that agents dropped.",
                self.dropped_chunks,
            ),
        ]


def by_label(
    name: str, kind: str, help_: str, label: str, values: Iterable[tuple[str, float]]
) -> Family:
    """Make a family of one sample for each value of a label."""
    suffix = "_total" if kind == "counter" else ""
    samples = tuple(Sample(value, {label: text}, suffix) for text, value in values)
    return Family(name, kind, help_, samples)


def _one(name: str, kind: str, help_: str, value: float) -> Family:
    suffix = "_total" if kind == "counter" else ""
    return Family(name, kind, help_, (Sample(value, suffix=suffix),))


def render(workers: Mapping[str, Iterable[Family]]) -> str:
    """Write families as OpenMetrics text, each sample with the name of its worker."""
    heads: dict[str, Family] = {}
    lines: dict[str, list[str]] = {}
    for worker, families in workers.items():
        for family in families:
            heads.setdefault(family.name, family)
            lines.setdefault(family.name, []).extend(
                _line(family.name, sample, worker) for sample in family.samples
            )
    text = [
        line
        for name, head in heads.items()
        for line in (
            f"# TYPE {_PREFIX}{name} {head.kind}",
            f"# HELP {_PREFIX}{name} {head.help}",
            *lines[name],
        )
    ]
    return "\n".join([*text, "# EOF", ""])


def _line(name: str, sample: Sample, worker: str) -> str:
    labels = {"worker": worker, **sample.labels}
    inside = ",".join(f'{label}="{_escape(value)}"' for label, value in labels.items())
    return f"{_PREFIX}{name}{sample.suffix}{{{inside}}} {sample.value:.10g}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def merge(texts: Iterable[str]) -> str:
    """Join the texts of several workers into one: a family may stand in a text only once."""
    blocks: dict[str, list[str]] = {}
    for text in texts:
        name, is_new = "", False
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                name = line.split()[2]
                is_new = name not in blocks
                blocks.setdefault(name, [])
            if line != "# EOF" and (is_new or not line.startswith("#")):
                blocks[name].append(line)
    return "\n".join([*(line for block in blocks.values() for line in block), "# EOF", ""])
