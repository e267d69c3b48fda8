"""Many clients and controls at the same time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from fishjam.emulator import Emulator, EmulatorError


def test_a_full_room_stays_within_its_limit(plain: httpx.Client, emulator: Emulator) -> None:
    room = plain.post("/room", json={"maxPeers": 7}).json()["data"]["room"]["id"]

    def add(_: int) -> int:
        body = {"type": "webrtc", "options": {}}
        return plain.post(f"/room/{room}/peer", json=body).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(add, range(40)))
    assert sorted(statuses) == [201] * 7 + [409] * 33
    assert len(emulator.rooms[0]["peers"]) == 7


def test_faults_hit_exactly_as_often_as_ordered(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(503, times=11)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: plain.get("/room").status_code, range(60)))
    assert answers.count(503) == 11
    assert len(emulator.requests) == 60


def test_controls_and_requests_do_not_disturb_each_other(
    plain: httpx.Client, emulator: Emulator
) -> None:
    def use(number: int) -> int:
        status = plain.post("/room").status_code
        emulator.deprecate("deprecated" if number % 2 else None)
        emulator.hold_recordings(bool(number % 2))
        _ = (emulator.rooms, emulator.requests, emulator.streams, emulator.recordings)
        if not number % 10:
            emulator.reset()
        return status

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(use, range(80))) == {201}


def test_a_large_body_does_not_stop_the_others(plain: httpx.Client, emulator: Emulator) -> None:
    room = plain.post("/room").json()["data"]["room"]["id"]
    peer = {"type": "webrtc", "options": {"metadata": {"text": "x" * 100_000}}}
    with ThreadPoolExecutor(2) as threads:
        # What takes long holds the lock in its place.
        with emulator._engine.lock:
            large = [threads.submit(plain.post, f"/room/{room}/peer", json=peer) for _ in range(2)]
            while sum(request.operation == "add_peer" for request in emulator.requests) < 2:
                time.sleep(0.001)
            assert plain.get("/nowhere").status_code == 404
        assert [answer.result().status_code for answer in large] == [201, 201]


def test_starting_and_stopping_from_many_threads() -> None:
    emulator = Emulator()
    errors: set[str] = set()

    def work(number: int) -> None:
        if number % 2:
            emulator.stop()
            return
        try:
            emulator.start()
        except EmulatorError as error:
            errors.add(str(error).partition(",")[0])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(8)))
    emulator.stop()
    assert errors <= {"the emulator is running already"}
