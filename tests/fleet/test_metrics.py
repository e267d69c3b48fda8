"""What a process counts, in the text that Prometheus reads."""

from __future__ import annotations

import math

import anyio.lowlevel
import pytest

from fishjam.fleet._jobs import JobKey, Taken
from fishjam.fleet._metrics import Histogram, Metrics, merge, render
from tests.fleet.open_metrics import read

pytestmark = pytest.mark.anyio

JOB = JobKey("room", "assistant")


async def test_a_new_process() -> None:
    families = read(render({"one": Metrics(5.0).families()}))
    worker = ("worker", "one")
    assert families["fishjam_fleet_jobs"].values == {
        frozenset({worker, ("state", state)}): 0 for state in ("starting", "running", "leaving")
    }
    assert families["fishjam_fleet_takeovers"].kind == "counter"
    assert families["fishjam_fleet_lease_margin_seconds"].values == {frozenset({worker}): 0}


async def test_takeovers_by_their_reason() -> None:
    metrics = Metrics(5.0, slots=7)
    metrics.touched(1000.0)
    metrics.connected(Taken(JOB, "1", asked=999.5))
    metrics.connected(Taken(JOB, "2", peers=("p",), asked=0.0))
    metrics.connected(Taken(JOB, "3", peers=("p",), asked=0.0, failures=1))
    assert metrics.takeovers == {"new": 1, "moved": 1, "failed": 1}
    # One that has moved says nothing about how long somebody waited.
    assert sum(metrics.dispatch.counts) == 1
    assert 0.5 <= metrics.dispatch.sum < 5
    assert 0 < metrics.margin <= 5


async def test_the_lag_of_the_loop_is_the_largest_of_late() -> None:
    metrics = Metrics(5.0)
    for seconds in (9.0, *[0.1] * 39, 0.2):
        metrics.lagged(seconds)
    families = read(render({"one": metrics.families()}))
    assert families["fishjam_fleet_loop_lag_seconds"].values == {
        frozenset({("worker", "one")}): 0.2
    }


def test_a_histogram_counts_up() -> None:
    histogram = Histogram()
    for seconds in (0.005, 0.05, 0.06, 100.0):
        histogram.add(seconds)
    samples = {
        (sample.suffix, sample.labels.get("le")): sample.value for sample in histogram.samples()
    }
    assert samples["_bucket", "0.01"] == 1
    assert samples["_bucket", "0.05"] == 2
    assert samples["_bucket", "0.1"] == 3
    assert samples["_bucket", "60.0"] == 3
    assert samples["_bucket", "+Inf"] == samples["_count", None] == 4
    assert math.isclose(samples["_sum", None], 100.115)


async def test_what_stands_in_a_label_is_escaped() -> None:
    name = 'a"b\\c\nd'
    families = read(render({name: Metrics(5.0).families()}))
    assert families["fishjam_fleet_slots"].values == {frozenset({("worker", name)}): 0}


async def test_texts_of_several_workers_are_joined() -> None:
    one, two = Metrics(5.0, slots=1), Metrics(5.0, slots=2)
    texts = [render({name: metrics.families()}) for name, metrics in (("1", one), ("2", two))]
    families = read(merge(texts))
    assert families["fishjam_fleet_slots"].values == {
        frozenset({("worker", "1")}): 1,
        frozenset({("worker", "2")}): 2,
    }
    assert read(merge([])) == {}
    await anyio.lowlevel.checkpoint()
