"""`run()` and `subscribe()`: coming back after a loss, and saying so."""

from __future__ import annotations

import time
from typing import Any

import anyio
import pytest

from fishjam import ConnectionLost, ConnectionRestored, FishjamNotifier, events
from fishjam._concurrency.queue import BoundedQueue
from fishjam.errors import FishjamConnectionError, FishjamError, NotifierAuthError
from fishjam.notifier import Backoff, Subscription
from tests.notifier.fishjam_script import (
    AT_ONCE,
    TOKEN,
    closing,
    end_in_order,
    notifier_for,
    one_after_another,
    send_rooms,
    stay,
    then,
)
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


def rooms_then(name: str, end: Any) -> Any:
    return then(lambda peer: send_rooms(peer, name), end)


def refuse(peer: Peer) -> None:
    peer.accept()
    peer.receive()
    closing(1000, "invalid token")(peer)


def unavailable(peer: Peer) -> None:
    peer.read_request()
    peer.answer("503 Service Unavailable")


async def test_run_comes_back_after_each_kind_of_loss_and_says_so(serve: Serve) -> None:
    script = one_after_another(
        rooms_then("a", end_in_order),
        rooms_then("b", Peer.hang_up),
        unavailable,
        unavailable,
        rooms_then("c", closing(1011, "crash")),
        rooms_then("d", closing(1001)),
        refuse,
    )
    notifier = notifier_for(serve(script))
    seen: list[Any] = []

    @notifier.on_server_notification
    def handle(event: events.Notification) -> None:
        seen.append(event)

    async def lost(news: ConnectionLost) -> None:
        assert not notifier.connected
        seen.append(news)

    with pytest.raises(NotifierAuthError):
        await notifier.run(on_lost=lost, on_restored=seen.append)
    kinds = [one.room_id if isinstance(one, events.RoomCreated) else type(one) for one in seen]
    loss_and_return = [ConnectionLost, ConnectionRestored]
    assert kinds == [
        *("a", *loss_and_return),
        *("b", *loss_and_return),
        *("c", *loss_and_return),
        *("d", ConnectionLost),
    ]
    losses = [one for one in seen if isinstance(one, ConnectionLost)]
    assert losses[0] == ConnectionLost("good bye", 1000)
    assert losses[0].error is None
    assert losses[1].code == 1006
    assert losses[2].code == 1011
    assert isinstance(losses[2].error, FishjamConnectionError)
    returns = [one for one in seen if isinstance(one, ConnectionRestored)]
    assert [one.attempts for one in returns] == [1, 3, 1]
    assert all(one.downtime > 0 for one in returns)


async def test_run_needs_no_callbacks(serve: Serve) -> None:
    script = one_after_another(rooms_then("a", end_in_order), rooms_then("b", end_in_order), refuse)
    notifier = notifier_for(serve(script))
    seen: list[Any] = []
    notifier.on_server_notification(seen.append)
    with pytest.raises(NotifierAuthError):
        await notifier.run()
    assert seen == [events.RoomCreated("a"), events.RoomCreated("b")]


async def test_run_gives_up_after_so_many_failures_in_a_row(serve: Serve) -> None:
    server = serve(one_after_another(unavailable, unavailable))
    notifier = notifier_for(server)
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(FishjamConnectionError, match="503"):
        await notifier.run(max_attempts=2)
    assert server.news.qsize() == 2


@pytest.mark.parametrize("end", [end_in_order, closing(1012, "good bye"), Peer.hang_up])
async def test_a_connection_that_does_not_hold_is_a_failed_try(serve: Serve, end: Any) -> None:
    """A server that confirms each connection and ends it at once is not asked for ever."""
    server = serve(one_after_another(unavailable, *[rooms_then("a", end)] * 3))
    notifier = notifier_for(server)
    seen: list[Any] = []
    notifier.on_server_notification(seen.append)
    with pytest.raises(FishjamConnectionError, match=r"good bye|without a close frame"):
        await notifier.run(max_attempts=3, on_lost=seen.append, on_restored=seen.append)
    assert server.news.qsize() == 3
    first, again = [events.RoomCreated, ConnectionLost], [ConnectionRestored]
    assert [type(one) for one in seen] == [*first, *again, *first]
    assert [one.attempts for one in seen if isinstance(one, ConnectionRestored)] == [1]


async def test_run_waits_for_a_server_that_is_not_there_yet(serve: Serve) -> None:
    script = one_after_another(unavailable, unavailable, rooms_then("a", stay))
    notifier = notifier_for(serve(script))
    arrived = anyio.Event()
    notifier.on_server_notification(lambda event: arrived.set())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notifier.run)
        await notifier.wait_ready()
        await notifier.wait_ready()
        await arrived.wait()
        tasks.cancel_scope.cancel()


async def test_a_server_says_when_to_come_again(serve: Serve) -> None:
    tries: list[float] = []

    def script(peer: Peer) -> None:
        tries.append(time.monotonic())
        peer.read_request()
        peer.answer("503 Service Unavailable", "Retry-After: 1")

    notifier = notifier_for(serve(script))
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(FishjamConnectionError, match="503"):
        await notifier.run(max_attempts=2)
    first, second = tries
    # The waits of its own would be of some milliseconds; the timers of uvloop are rounded to one.
    assert second - first >= 0.99


async def test_a_token_that_the_server_repeats_is_not_told(serve: Serve) -> None:
    server = serve(one_after_another(then(closing(1001, f"{TOKEN} is tired")), refuse))
    notifier = notifier_for(server)
    notifier.on_server_notification(lambda event: None)
    losses: list[ConnectionLost] = []
    with pytest.raises(NotifierAuthError):
        await notifier.run(on_lost=losses.append)
    [lost] = losses
    assert (lost.reason, lost.code) == ("*** is tired", 1001)
    assert TOKEN not in repr(lost)


async def test_what_a_callback_raises_comes_out_as_it_is(serve: Serve) -> None:
    def fail(news: object) -> None:
        raise LookupError("mine")

    for callbacks in ({"on_lost": fail}, {"on_restored": fail}):
        notifier = notifier_for(serve(then(end_in_order)))
        notifier.on_server_notification(lambda event: None)
        with pytest.raises(LookupError, match="mine"):
            await notifier.run(**callbacks)  # type: ignore[arg-type]


async def test_a_subscription_is_ready_when_its_block_is_entered(serve: Serve) -> None:
    script = one_after_another(rooms_then("a", Peer.hang_up), rooms_then("b", stay))
    seen: list[Any] = []
    async with notifier_for(serve(script)).subscribe() as subscription:
        async for item in subscription:
            seen.append(item)
            if item == events.RoomCreated("b"):
                break
    assert [type(one) for one in seen] == [
        events.RoomCreated,
        ConnectionLost,
        ConnectionRestored,
        events.RoomCreated,
    ]


async def test_a_subscription_can_be_narrowed(serve: Serve) -> None:
    def mixed(peer: Peer) -> None:
        from fishjam.webhooks import encode_notification

        send_rooms(peer, "a")
        peer.send(encode_notification(events.RoomDeleted("b")))
        peer.send(encode_notification(events.RoomCrashed("c")))

    script = one_after_another(then(mixed, Peer.hang_up), rooms_then("d", stay))
    seen: list[Any] = []
    notifier = notifier_for(serve(script))
    types = (events.RoomCreated, events.RoomCrashed)
    async with notifier.subscribe(*types, markers=False) as subscription:
        async for event in subscription:
            seen.append(event)
            if len(seen) == 3:
                break
    assert seen == [events.RoomCreated("a"), events.RoomCrashed("c"), events.RoomCreated("d")]
    assert subscription.dropped == 0


async def test_a_subscription_that_cannot_begin_raises_at_once(serve: Serve) -> None:
    for script, error in ((refuse, NotifierAuthError), (unavailable, FishjamConnectionError)):
        with pytest.raises(error):
            async with notifier_for(serve(script)).subscribe():
                pytest.fail("entered")


async def test_a_token_that_is_refused_later_ends_the_iteration_with_the_error(
    serve: Serve,
) -> None:
    script = one_after_another(rooms_then("a", Peer.hang_up), refuse)
    seen: list[Any] = []

    async def follow() -> None:
        async with notifier_for(serve(script)).subscribe(markers=False) as subscription:
            async for event in subscription:
                seen.append(event)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(NotifierAuthError):
        await follow()
    assert seen == [events.RoomCreated("a")]


async def test_two_readers_of_one_subscription_are_told_apart(serve: Serve) -> None:
    notifier = notifier_for(serve(then(stay)))
    async with notifier.subscribe() as subscription, anyio.create_task_group() as tasks:

        async def read() -> None:
            await anext(subscription)

        tasks.start_soon(read)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(FishjamError, match="two places"):
            await anext(subscription)
        tasks.cancel_scope.cancel()


async def test_a_block_may_be_entered_before_there_is_a_server(serve: Serve) -> None:
    script = one_after_another(unavailable, unavailable, rooms_then("a", stay))
    notifier = notifier_for(serve(script))
    async with notifier.subscribe(first_attempts=None) as subscription:
        assert await anext(subscription) == events.RoomCreated("a")


async def test_the_first_tries_can_be_limited(serve: Serve) -> None:
    def hang_up(peer: Peer) -> None:
        peer.tell("try")
        peer.hang_up()

    server = serve(hang_up)
    with pytest.raises(FishjamConnectionError):
        async with notifier_for(server).subscribe(events.RoomCreated, first_attempts=2):
            raise NotImplementedError
    assert [await server.wait() for _ in range(2)] == ["try"] * 2
    with pytest.raises(ValueError, match="first_attempts=0"):
        async with notifier_for(server).subscribe(first_attempts=0):
            raise NotImplementedError


async def test_a_refused_token_ends_the_first_tries(serve: Serve) -> None:
    with pytest.raises(NotifierAuthError):
        async with notifier_for(serve(refuse)).subscribe(first_attempts=None):
            raise NotImplementedError


async def test_the_users_own_error_leaves_the_block_as_it_is(serve: Serve) -> None:
    notifier = notifier_for(serve(then(stay)))
    with pytest.raises(LookupError, match="mine"):
        async with notifier.subscribe():
            raise LookupError("mine")


async def test_a_subscription_ends_with_its_block(serve: Serve) -> None:
    notifier = notifier_for(serve(rooms_then("a", stay)))
    async with notifier.subscribe() as subscription:
        assert await anext(subscription) == events.RoomCreated("a")
    assert [event async for event in subscription] == []


@pytest.mark.parametrize("what", [int, "RoomCreated", events.Track])
async def test_a_subscription_takes_only_event_classes(what: Any) -> None:
    with pytest.raises(TypeError, match="not a class of an event"):
        async with FishjamNotifier("id", "token").subscribe(what):
            pytest.fail("entered")


async def test_several_subscriptions_at_once(serve: Serve) -> None:
    notifier = notifier_for(serve(rooms_then("a", stay)))
    async with notifier.subscribe() as first, notifier.subscribe() as second:
        assert await anext(first) == await anext(second) == events.RoomCreated("a")


async def test_a_full_queue_waits_and_loses_nothing(serve: Serve) -> None:
    rooms = [str(number) for number in range(500)]
    notifier = notifier_for(serve(then(lambda peer: send_rooms(peer, *rooms), stay)), queue_size=2)
    seen: list[str] = []
    async with notifier.subscribe(events.RoomCreated, markers=False) as subscription:
        async for event in subscription:
            await anyio.lowlevel.checkpoint()
            seen.append(event.room_id)
            if len(seen) == len(rooms):
                break
    assert seen == rooms
    assert subscription.dropped == 0


async def test_a_full_queue_can_drop_the_oldest(serve: Serve) -> None:
    def told(peer: Peer) -> None:
        send_rooms(peer, *(str(number) for number in range(100)))
        # Before the close, which brings the next connection and its news.
        peer.tell("sent")
        closing(1000)(peer)

    script = one_after_another(then(told), then(stay))
    server = serve(script)
    notifier = notifier_for(server, queue_size=3, overflow="drop_oldest")
    async with notifier.subscribe() as subscription:
        assert [await server.wait() for _ in range(3)] == ["connected", "sent", "connected"]
        while subscription.dropped < 97:  # noqa: ASYNC110 - nothing tells of it
            await anyio.sleep(0.001)
        seen = [await anext(subscription) for _ in range(5)]
    # What was lost may be told of; that the connection was lost is always told.
    assert [type(one) for one in seen[3:]] == [ConnectionLost, ConnectionRestored]
    assert seen[:3] == [events.RoomCreated(name) for name in ("97", "98", "99")]
    assert subscription.dropped == 97


async def test_waits_grow_and_are_jittered() -> None:
    backoff = Backoff(initial_delay=1, max_delay=10, jitter=lambda: 1.0)
    assert [backoff.delay(attempt) for attempt in range(1, 7)] == [1, 2, 4, 8, 10, 10]
    assert Backoff(initial_delay=1, jitter=lambda: 0.0).delay(1) == 0.5
    assert backoff.delay(10**9) == 10
    for wrong in (-1, 10**400):
        with pytest.raises(ValueError, match="initial_delay"):
            Backoff(initial_delay=wrong)
    assert AT_ONCE.delay(1) <= 0.01


async def test_on_asyncio_a_subscription_is_left_in_another_task(
    serve: Serve, anyio_backend_name: str
) -> None:
    """An exit stack of a framework does so; on trio a block belongs to its task."""
    notifier = notifier_for(serve(rooms_then("a", stay)))
    context = notifier.subscribe()
    if anyio_backend_name == "trio":
        async with context as subscription:
            assert await anext(subscription) == events.RoomCreated("a")
        return
    import asyncio

    subscription = await asyncio.create_task(context.__aenter__())
    assert await anext(subscription) == events.RoomCreated("a")
    await asyncio.create_task(context.__aexit__(None, None, None))


async def test_an_inbox_that_ends_in_order_ends_the_iteration() -> None:
    inbox: BoundedQueue[Any] = BoundedQueue(2, "wait", RuntimeError)
    await inbox.put(events.RoomCreated("a"), ("events", 1))
    inbox.end()
    subscription: Subscription[events.RoomCreated] = Subscription(inbox, (events.RoomCreated,))
    assert [event async for event in subscription] == [events.RoomCreated("a")]
