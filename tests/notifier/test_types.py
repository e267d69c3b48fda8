"""What type checkers make of `subscribe`: mypy checks these tests, and they run, too."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from typing_extensions import assert_type

from fishjam import FishjamNotifier
from fishjam.events import Notification, PeerAdded, PeerConnected, RoomCreated, RoomDeleted
from fishjam.notifier import ConnectionLost, ConnectionRestored, Subscription

NOTIFIER = FishjamNotifier("abc", "token")


def test_all_events() -> None:
    assert_type(
        NOTIFIER.subscribe(),
        AbstractAsyncContextManager[
            Subscription[Notification | ConnectionLost | ConnectionRestored]
        ],
    )
    assert_type(
        NOTIFIER.subscribe(markers=False), AbstractAsyncContextManager[Subscription[Notification]]
    )


def test_certain_events_with_markers() -> None:
    assert_type(
        NOTIFIER.subscribe(PeerConnected),
        AbstractAsyncContextManager[
            Subscription[PeerConnected | ConnectionLost | ConnectionRestored]
        ],
    )
    assert_type(
        NOTIFIER.subscribe(PeerConnected, RoomCreated),
        AbstractAsyncContextManager[
            Subscription[PeerConnected | RoomCreated | ConnectionLost | ConnectionRestored]
        ],
    )
    assert_type(
        NOTIFIER.subscribe(PeerConnected, RoomCreated, RoomDeleted),
        AbstractAsyncContextManager[
            Subscription[
                PeerConnected | RoomCreated | RoomDeleted | ConnectionLost | ConnectionRestored
            ]
        ],
    )
    assert_type(
        NOTIFIER.subscribe(PeerConnected, RoomCreated, RoomDeleted, PeerAdded),
        AbstractAsyncContextManager[
            Subscription[
                PeerConnected
                | RoomCreated
                | RoomDeleted
                | PeerAdded
                | ConnectionLost
                | ConnectionRestored
            ]
        ],
    )


def test_certain_events_alone() -> None:
    assert_type(
        NOTIFIER.subscribe(PeerConnected, markers=False),
        AbstractAsyncContextManager[Subscription[PeerConnected]],
    )
    assert_type(
        NOTIFIER.subscribe(PeerConnected, RoomCreated, markers=False),
        AbstractAsyncContextManager[Subscription[PeerConnected | RoomCreated]],
    )
    assert_type(
        NOTIFIER.subscribe(PeerConnected, RoomCreated, RoomDeleted, markers=False),
        AbstractAsyncContextManager[Subscription[PeerConnected | RoomCreated | RoomDeleted]],
    )
    assert_type(
        NOTIFIER.subscribe(PeerConnected, RoomCreated, RoomDeleted, PeerAdded, markers=False),
        AbstractAsyncContextManager[
            Subscription[PeerConnected | RoomCreated | RoomDeleted | PeerAdded]
        ],
    )
