"""What both engines promise, step by step."""

from __future__ import annotations

import anyio
import pytest
from attrs import evolve

from fishjam.fleet._engine import (
    MAX_FAILURES,
    Engine,
    EngineUnavailableError,
    Leadership,
    Request,
)
from fishjam.fleet._jobs import JobKey, Offer, Taken
from fishjam.fleet._redis import RedisEngine
from tests.fleet.taking import keep_one, take_one

pytestmark = pytest.mark.anyio

JOB = JobKey("room", "assistant")
LONG = 1000.0
SHORT = 0.01


async def offer_for(engine: Engine, worker: str = "one", agent: str = "assistant") -> Offer:
    """Wait for the one job there is."""
    [offer] = await engine.next_offers(worker, [agent], 1, 5)
    return offer


async def no_offer(engine: Engine, worker: str = "one", agent: str = "assistant") -> None:
    assert await engine.next_offers(worker, [agent], 1, SHORT) == []


async def take(engine: Engine, worker: str = "one") -> Taken:
    """Be alive, wait for a job and take it."""
    await engine.beat(worker, LONG)
    taken = await take_one(engine, worker, await offer_for(engine, worker))
    assert taken is not None
    return taken


async def states(engine: Engine) -> dict[str, tuple[str, str | None]]:
    return {str(job.job): (job.state, job.worker) for job in await engine.jobs()}


async def state(engine: Engine) -> tuple[str, str | None] | None:
    return (await states(engine)).get(str(JOB))


async def test_a_job_is_dispatched_once(engine: Engine) -> None:
    assert await engine.dispatch(JOB, Request(data='{"a":1}'))
    assert not await engine.dispatch(JOB)
    assert await engine.backlog("assistant") == 1
    taken = await take(engine)
    assert (taken.job, taken.data, taken.peers, taken.saved) == (JOB, '{"a":1}', (), "")
    assert not await engine.dispatch(JOB)
    assert await engine.backlog("assistant") == 0
    assert await state(engine) == ("running", "one")
    await no_offer(engine)


async def test_names_of_any_kind(engine: Engine) -> None:
    job = JobKey("room|1 %ż", "assistant", "peer:*{}")
    await engine.dispatch(job)
    assert (await take(engine)).job == job
    assert list(await states(engine)) == [str(job)]


async def test_a_waiting_worker_is_woken(engine: Engine) -> None:
    await engine.beat("one", LONG)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.dispatch, JOB)
        assert (await engine.next_offers("one", ["other", "assistant"], 1, 30))[0].job == JOB


async def test_no_more_than_the_worker_wants(engine: Engine) -> None:
    await engine.beat("one", LONG)
    for agent in ("assistant", "other"):
        for room in "ab":
            await engine.dispatch(JobKey(room, agent))
    first = await engine.next_offers("one", ["assistant", "other"], 1, SHORT)
    assert len(first) == 1
    rest = [
        offer
        for _ in range(3)
        for offer in await engine.next_offers("two", ["assistant", "other"], 1, 5)
    ]
    assert len({offer.job for offer in (*first, *rest)}) == 4


async def test_to_take_twice_is_to_take_once(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await engine.beat("one", LONG)
    offer = await offer_for(engine)
    taken = await take_one(engine, "one", offer)
    assert taken is not None
    assert await take_one(engine, "one", offer) == taken
    assert await take_one(engine, "two", offer) is None
    assert await state(engine) == ("running", "one")


async def test_several_are_taken_at_once(engine: Engine) -> None:
    keys = [JobKey(room, agent) for room in "abc" for agent in ("assistant", "other")]
    for key in keys:
        await engine.dispatch(key)
    await engine.beat("one", LONG)
    await engine.beat("two", LONG)
    offers = await engine.next_offers("one", ["assistant"], 2, 5)
    gone = Offer(offers[0].message, JobKey("gone", "assistant"))
    takings = await engine.take("one", [offers[0], gone, offers[1]])
    first, missing, second = takings.results
    assert isinstance(first, Taken)
    assert isinstance(second, Taken)
    assert missing is None
    assert [first.job, second.job] == [offer.job for offer in offers]
    # One is left, of an agent that is read by two workers.
    assert takings.share == 1
    [offer] = await engine.next_offers("one", ["other"], 1, 5)
    assert (await engine.take("one", [offer])).share == 1
    assert (await engine.take("one", [])).share == 0


async def test_the_emptiest_worker_is_known(engine: Engine) -> None:
    assert (await engine.beat("one", LONG, fullness=0.5)).emptiest == 0.5
    assert (await engine.beat("two", LONG, fullness=0.25)).emptiest == 0.25
    assert (await engine.beat("two", LONG, fullness=1.0)).emptiest == 0.5
    await engine.reap(dead="one")
    assert (await engine.beat("two", LONG, fullness=1.0)).emptiest == 1.0


async def test_what_a_worker_owns_is_read_when_it_may_differ(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await take(engine)
    beat = await engine.beat("one", LONG, server="another")
    assert beat.owned == (JOB,)
    assert (await engine.beat("one", LONG, server=beat.run_id)).owned == ()


async def test_a_worker_that_counts_as_dead_takes_nothing(engine: Engine) -> None:
    await engine.dispatch(JOB)
    offer = await offer_for(engine)
    for _ in range(2):
        assert await take_one(engine, "one", offer) is None
    assert await engine.reap() == []
    assert (await take(engine, "two")).job == JOB


async def test_what_was_read_can_be_given_back(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await engine.beat("one", LONG)
    offer = await offer_for(engine)
    for _ in range(2):
        await engine.give_back(offer)
    assert await take_one(engine, "one", offer) is None
    assert (await take(engine, "two")).job == JOB
    assert await engine.backlog("assistant") == 0


async def test_what_was_handed_out_and_not_taken_comes_back(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await engine.beat("one", LONG)
    stale = await offer_for(engine)
    assert await engine.reap() == []
    assert await engine.reap(0) == [JOB]
    assert await take_one(engine, "one", stale) is None
    assert (await take(engine, "two")).job == JOB


async def test_what_is_written_down_is_seen_by_the_next_owner(engine: Engine) -> None:
    await engine.dispatch(JOB)
    first = await take(engine)
    assert await engine.record(JOB, first.epoch, peers=["a", "b"])
    assert await engine.record(JOB, first.epoch, saved='{"n":1}')
    assert await engine.offer(JOB, first.epoch)
    second = await take(engine, "two")
    assert second.epoch > first.epoch
    assert (second.peers, second.saved) == (("a", "b"), '{"n":1}')
    # The first owner has nothing to say any more.
    assert not await engine.record(JOB, first.epoch, peers=["c"])
    assert not await engine.finish(JOB, first.epoch)
    assert not await engine.offer(JOB, first.epoch)
    assert not await engine.offer(JOB, first.epoch, failure="late")
    assert await state(engine) == ("running", "two")


async def test_a_job_that_is_done_is_not_begun_again_by_itself(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    for _ in range(2):
        assert await engine.finish(JOB, taken.epoch)
    assert await state(engine) == ("done", None)
    assert not await engine.dispatch(JOB)
    await no_offer(engine)
    assert await engine.dispatch(JOB, Request(data='{"again":1}', again=True))
    assert (await take(engine)).data == '{"again":1}'


async def test_a_done_job_is_forgotten_when_it_is_not_wanted(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await engine.finish(JOB, (await take(engine)).epoch)
    assert await engine.stop(JOB)
    assert await state(engine) is None
    assert not await engine.stop(JOB)
    assert await engine.dispatch(JOB)


async def test_a_drained_job_stays_until_it_is_taken(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    for _ in range(2):
        assert await engine.offer(JOB, taken.epoch)
    assert await state(engine) == ("offered", "one")
    assert await engine.backlog("assistant") == 1
    assert (await engine.beat("one", LONG)).owned == (JOB,)
    assert await engine.record(JOB, taken.epoch, saved="{}")
    await take(engine, "two")
    assert await state(engine) == ("running", "two")
    assert (await engine.beat("one", LONG)).owned == ()
    await no_offer(engine)


async def test_an_offered_job_that_ends_first(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.offer(JOB, taken.epoch)
    assert await engine.finish(JOB, taken.epoch)
    assert await state(engine) == ("done", None)
    await no_offer(engine)


async def test_failures_wait_and_are_counted(engine: Engine) -> None:
    await engine.dispatch(JOB)
    for failures in range(MAX_FAILURES - 1):
        taken = await take(engine)
        assert taken.failures == failures
        for _ in range(2):
            assert await engine.offer(JOB, taken.epoch, failure="ValueError")
        assert await state(engine) == ("waiting", None)
        await no_offer(engine)
        assert await engine.reap() == []
    taken = await take(engine)
    await engine.offer(JOB, taken.epoch, failure="", delay=LONG)
    [job] = await engine.jobs()
    assert (job.state, job.failures, job.error) == ("failed", MAX_FAILURES, "failed")
    assert not await engine.dispatch(JOB)
    assert await engine.dispatch(JOB, Request(again=True))
    assert (await take(engine)).failures == 0


async def test_a_failed_job_waits_its_time(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await engine.offer(JOB, (await take(engine)).epoch, failure="x", delay=LONG)
    await engine.reap()
    await no_offer(engine)
    assert await state(engine) == ("waiting", None)
    assert await engine.stop(JOB)
    assert await state(engine) is None


async def test_a_queued_job_is_stopped_by_being_forgotten(engine: Engine) -> None:
    await engine.dispatch(JOB)
    assert await engine.stop(JOB)
    assert await state(engine) is None
    await no_offer(engine)


async def test_a_running_job_is_stopped_by_its_worker(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    assert await engine.stop(JOB)
    for _ in range(2):
        assert (await engine.beat("one", LONG)).stops == (JOB,)
    assert await engine.finish(JOB, taken.epoch)
    assert await state(engine) is None
    assert (await engine.beat("one", LONG)).stops == ()


async def test_a_stop_that_was_not_told_yet_is_undone(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await take(engine)
    await engine.stop(JOB)
    assert await engine.dispatch(JOB)
    assert (await engine.beat("one", LONG)).stops == ()
    assert await state(engine) == ("running", "one")


async def test_a_job_that_is_wanted_while_it_is_stopped_begins_again(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.record(JOB, taken.epoch, saved='{"old":1}')
    await engine.stop(JOB)
    await engine.beat("one", LONG)
    assert await engine.dispatch(JOB, Request(data='{"new":1}'))
    for _ in range(2):
        assert await engine.finish(JOB, taken.epoch)
    again = await take(engine, "two")
    assert (again.data, again.saved) == ('{"new":1}', "")


async def test_an_offered_job_that_is_stopped(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.offer(JOB, taken.epoch)
    assert await engine.stop(JOB)
    await no_offer(engine, "two")
    assert (await engine.beat("one", LONG)).stops == (JOB,)
    assert await engine.offer(JOB, taken.epoch, failure="while it ended")
    assert await engine.jobs() == []


async def test_a_stop_does_not_hit_what_is_younger(engine: Engine) -> None:
    before = await engine.now()
    await anyio.sleep(SHORT)
    await engine.dispatch(JOB)
    assert not await engine.stop(JOB, before)
    await anyio.sleep(SHORT)
    assert await engine.stop(JOB, await engine.now())


async def test_the_jobs_of_a_dead_worker_go_to_others(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.record(JOB, taken.epoch, peers=["a"])
    await engine.beat("two", LONG)
    await engine.beat("one", 0)
    assert await engine.reap() == [JOB]
    assert list(await engine.workers()) == ["two"]
    # What it says before somebody has taken the job is still true.
    assert await engine.record(JOB, taken.epoch, saved='{"last":1}')
    again = await take(engine, "two")
    assert (again.peers, again.saved) == (("a",), '{"last":1}')
    assert not (await engine.beat("one", LONG)).is_known


async def test_an_offered_job_of_a_dead_worker(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await engine.offer(JOB, (await take(engine)).epoch)
    await engine.beat("one", 0)
    assert await engine.reap() == [JOB]
    assert await state(engine) == ("queued", None)
    assert (await take(engine, "two")).job == JOB


async def test_a_stopped_job_of_a_dead_worker_ends(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await take(engine)
    await engine.stop(JOB)
    await engine.beat("one", 0)
    assert await engine.reap() == []
    assert await engine.jobs() == []


async def test_a_worker_that_was_taken_for_dead_keeps_what_nobody_took(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.beat("one", 0)
    await engine.reap()
    assert not await keep_one(engine, "one", taken)
    assert not (await engine.beat("one", LONG)).is_known
    for _ in range(2):
        assert await keep_one(engine, "one", evolve(taken, peers=("a",), saved="{}"))
    assert await state(engine) == ("running", "one")
    await no_offer(engine, "two")


async def test_a_job_that_another_has_cannot_be_kept(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.beat("one", 0)
    await engine.reap()
    await take(engine, "two")
    await engine.beat("one", LONG)
    assert not await keep_one(engine, "one", taken)
    assert await state(engine) == ("running", "two")


async def test_several_are_kept_at_once(engine: Engine) -> None:
    await engine.beat("one", LONG)
    first, second, third = (
        Taken(JobKey(room, "assistant"), "0000000000000001-000000000001") for room in "abc"
    )
    await engine.dispatch(second.job)
    await take(engine, "two")
    assert await engine.keep("one", [first, second, third]) == [True, False, True]
    owners = {name: worker for name, (_, worker) in (await states(engine)).items()}
    assert owners == {"a|assistant": "one", "b|assistant": "two", "c|assistant": "one"}
    assert await engine.keep("nobody", [first, second]) == [False, False]


async def test_what_the_engine_lost_is_written_down_again(engine: Engine) -> None:
    await engine.beat("one", LONG)
    taken = Taken(JOB, "0000000000000001-000000000001", ("a",), '{"d":1}', '{"s":1}', 5.0)
    assert await keep_one(engine, "one", taken)
    assert await state(engine) == ("running", "one")
    assert await engine.offer(JOB, taken.epoch)
    again = await take(engine, "two")
    assert (again.peers, again.data, again.saved) == (("a",), '{"d":1}', '{"s":1}')
    assert again.epoch > taken.epoch


async def test_a_done_job_is_not_kept(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.finish(JOB, taken.epoch)
    assert not await keep_one(engine, "one", taken)
    assert await state(engine) == ("done", None)


async def test_a_kept_job_that_is_to_stop_is_told_of_it(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.stop(JOB)
    # As after a rewind, in which the engine believes that another has it.
    newer = evolve(taken, epoch="9999999999999999-000000000001")
    assert await keep_one(engine, "one", newer)
    assert (await engine.beat("one", LONG)).stops == (JOB,)


async def test_what_is_the_workers_by_mistake_is_handed_out(engine: Engine) -> None:
    await engine.dispatch(JOB)
    await take(engine)
    assert not await engine.disown("two", JOB)
    assert await engine.disown("one", JOB)
    assert not await engine.disown("one", JOB)
    assert (await take(engine, "two")).job == JOB


async def test_to_forget(engine: Engine) -> None:
    await engine.dispatch(JOB)
    taken = await take(engine)
    await engine.stop(JOB)
    assert await engine.forget(JOB)
    assert not await engine.forget(JOB)
    assert await engine.jobs() == []
    assert (await engine.beat("one", LONG)).owned == ()
    assert not await engine.record(JOB, taken.epoch, saved="")
    assert not await engine.finish(JOB, taken.epoch)


async def test_signs_of_life(engine: Engine) -> None:
    first = await engine.beat("one", LONG, "info")
    second = await engine.beat("one", LONG, "other")
    assert (first.is_known, second.is_known) == (False, True)
    assert first.age <= second.age
    assert first.now <= second.now <= await engine.now()
    assert first.run_id == second.run_id
    assert await engine.workers() == {"one": "other"}


async def test_one_leads(engine: Engine) -> None:
    lead = await engine.lead("ingest", "one", LONG)
    assert lead is not None
    assert await engine.lead("ingest", "two", LONG) is None
    assert await engine.lead("ingest", "one", LONG) == lead
    assert not await engine.resign("ingest", "two")
    assert await engine.resign("ingest", "one")
    # Nobody has taken over, so that its batches are still told apart.
    assert await engine.lead("ingest", "one", 0) == lead
    other = await engine.lead("ingest", "two", LONG)
    assert other is not None
    assert other.epoch > lead.epoch
    assert not await engine.resign("nothing", "one")


async def leader(engine: Engine, name: str, id_: str = "one") -> Leadership:
    leadership = await engine.lead(name, id_, LONG)
    assert leadership is not None
    return leadership


async def test_events_are_written_once_and_read_in_order(engine: Engine) -> None:
    lead = await leader(engine, "ingest")
    assert await engine.publish(lead, 1, [(0, "a"), (0, "b"), (1, "x")])
    assert await engine.publish(lead, 1, [(0, "a"), (0, "b"), (1, "x")])
    assert await engine.publish(lead, 2, [(0, "c")])
    partition = await leader(engine, "partition:0")
    first = await engine.next_events(0, 2, 5)
    assert [(event.payload, event.is_repeated) for event in first] == [("a", False), ("b", False)]
    for event in first:
        assert await engine.acknowledge(partition, 0, event.id)
    [event] = await engine.next_events(0, 10, 5)
    assert event.payload == "c"
    # Another worker of the partition gets first what was left.
    [again] = await engine.next_events(0, 10, 5)
    assert (again.id, again.payload, again.is_repeated) == (event.id, "c", True)
    assert await engine.acknowledge(partition, 0, event.id)
    assert await engine.next_events(0, 10, SHORT) == []
    assert [event.payload for event in await engine.next_events(1, 10, 5)] == ["x"]


async def test_how_far_the_handlers_are_behind(engine: Engine) -> None:
    assert await engine.lags(2) == [0, 0]
    lead = await leader(engine, "ingest")
    assert await engine.publish(lead, 1, [(0, "a"), (0, "b"), (0, "c"), (1, "x")])
    assert await engine.lags(3) == [3, 1, 0]
    partition = await leader(engine, "partition:0")
    first, _ = await engine.next_events(0, 2, 5)
    # What is in the works is not handled yet.
    assert await engine.lags(2) == [3, 1]
    assert await engine.acknowledge(partition, 0, first.id)
    assert await engine.lags(2) == [2, 1]


async def test_a_deposed_leader_writes_nothing(engine: Engine) -> None:
    old = await leader(engine, "ingest")
    await engine.resign("ingest", "one")
    new = await leader(engine, "ingest", "two")
    assert not await engine.publish(old, 1, [(0, "late")])
    assert not await engine.publish(evolve(new, id="three"), 1, [(0, "foreign")])
    assert await engine.publish(new, 1, [(0, "a")])
    assert not await engine.publish(evolve(new, name="nobody"), 1, [(0, "b")])
    partition = await leader(engine, "partition:0")
    [event] = await engine.next_events(0, 10, 5)
    assert event.payload == "a"
    assert not await engine.acknowledge(evolve(partition, epoch="0"), 0, event.id)
    assert not await engine.acknowledge(evolve(partition, epoch="0"), 7, event.id)
    assert len(await engine.next_events(0, 10, 5)) == 1


async def test_a_repeated_webhook_is_written_once(engine: Engine) -> None:
    assert await engine.webhook("room", "a", 0, ["first"])
    assert not await engine.webhook("room", "a", 0, ["first"])
    assert await engine.webhook("other", "a", 0, ["of another room"])
    assert await engine.webhook("room", "b", 0, ["second"])
    assert await engine.webhook("room", "a", 0, ["first again"])
    payloads = [event.payload for event in await engine.next_events(0, 10, 5)]
    assert payloads == ["first", "of another room", "second", "first again"]


async def test_a_webhook_with_several_events_is_written_whole_or_not_at_all(
    engine: Engine,
) -> None:
    now = await engine.now()
    assert await engine.webhook("room", "a", 0, ["first", "second"], before=now + LONG)
    # A repeat may be late: it writes nothing.
    assert not await engine.webhook("room", "a", 0, ["first", "second"], before=now - 1)
    with pytest.raises(EngineUnavailableError, match="too late"):
        await engine.webhook("room", "b", 0, ["third"], before=now - 1)
    payloads = [event.payload for event in await engine.next_events(0, 10, 5)]
    assert payloads == ["first", "second"]


async def test_events_are_read_by_others_as_well(engine: Engine) -> None:
    start = f"{int(await engine.now() * 1000) - 1000}-0"
    lead = await leader(engine, "ingest")
    after = {0: start, 7: start}
    assert await engine.read_events(after, 10, SHORT) == []
    assert await engine.read_events(after, 10, 0) == []
    assert await engine.publish(lead, 1, [(0, "a"), (0, "b"), (7, "x"), (8, "y")])
    assert await engine.next_events(0, 10, 5)
    events = await engine.read_events(after, 10, 5)
    assert sorted((number, event.payload) for number, event in events) == [
        (0, "a"),
        (0, "b"),
        (7, "x"),
    ]
    first = next(event for _, event in events if event.payload == "a")
    assert not first.is_repeated
    [(_, event)] = await engine.read_events({0: first.id}, 10, 5)
    assert event.payload == "b"
    assert [event.payload for _, event in await engine.read_events(after, 1, 5)] == ["a", "x"]


async def test_a_leader_says_until_when_it_has_written_what_it_heard(engine: Engine) -> None:
    assert (await engine.progress("ingest")).heard == 0
    lead = await leader(engine, "ingest")
    assert await engine.publish(lead, 1, [])
    assert (await engine.progress("ingest")).heard == 0
    heard = (await engine.progress("ingest")).now
    assert await engine.publish(lead, 2, [], heard)
    # It never goes back.
    assert await engine.publish(lead, 3, [], heard - 1)
    progress = await engine.progress("ingest")
    assert progress.server == lead.server
    assert progress.heard == pytest.approx(heard, abs=0.001)
    assert progress.now >= heard
    await engine.resign("ingest", "one")
    # The next leader learns it.
    await leader(engine, "ingest", "two")
    assert (await engine.progress("ingest")).heard == progress.heard


async def test_a_leader_writes_nothing_into_another_server(engine: Engine) -> None:
    lead = await leader(engine, "ingest")
    assert lead.server
    assert not await engine.publish(evolve(lead, server="another"), 1, [(0, "a")])
    assert await engine.publish(lead, 1, [(0, "a")])


async def test_members_are_listed_oldest_first(engine: Engine) -> None:
    assert await engine.attend("handlers", "b", LONG) == ["b"]
    assert await engine.attend("handlers", "a", LONG) == ["b", "a"]
    assert await engine.attend("others", "c", LONG) == ["c"]
    assert await engine.attend("handlers", "b", LONG) == ["b", "a"]
    assert await engine.attend("handlers", "b", 0) == ["a"]
    assert await engine.attend("handlers", "b", SHORT) == ["a", "b"]
    await anyio.sleep(2 * SHORT)
    # It has sent no heartbeat.
    assert await engine.attend("handlers", "a", LONG) == ["a"]


async def test_what_other_jobs_of_the_room_have_written_down(engine: Engine) -> None:
    noted = {
        JobKey("room", "assistant"): ["mine"],
        JobKey("room", "other"): ["a", "b"],
        JobKey("room", "other", "peer"): ["c"],
        JobKey("elsewhere", "other"): ["d"],
    }
    await engine.beat("one", LONG)
    for job, peers in noted.items():
        await engine.dispatch(job)
        taken = await take_one(engine, "one", await offer_for(engine, agent=job.agent))
        assert taken is not None
        await engine.record(job, taken.epoch, peers=peers)
    assert await engine.peers_beside(JOB) == {"a", "b", "c"}
    jobs = await engine.jobs("room")
    assert [str(state.job) for state in jobs] == [str(job) for job in list(noted)[:3]]


async def test_nothing_is_taken_from_a_new_redis_at_first(redis: RedisEngine) -> None:
    async with redis.open():
        await redis.dispatch(JOB)
        await redis.beat("one", LONG)
        assert await take_one(redis, "one", await offer_for(redis), LONG) is None
        assert await take_one(redis, "one", await offer_for(redis), 0.0) is not None


async def test_a_job_may_expire_without_a_word(engine: Engine) -> None:
    await engine.dispatch(JOB, Request(max_wait=SHORT))
    await anyio.sleep(2 * SHORT)
    await engine.reap()
    assert await engine.jobs() == []
    assert await engine.job(JOB) is None
    assert not await engine.visit(JOB)
