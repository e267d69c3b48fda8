"""One synchronous client that many threads share."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from fishjam import FishjamClient, PeerOptions
from fishjam.emulator import Emulator

THREADS = 8


def test_eight_threads_share_a_client(emulator: Emulator) -> None:
    together = threading.Barrier(THREADS)

    def work(number: int) -> set[str]:
        together.wait()
        rooms = set()
        for turn in range(5):
            room = client.create_room()
            name = f"{number}-{turn}"
            peer, _ = client.create_peer(room.id, PeerOptions({"name": name}))
            (seen,) = client.get_room(room.id).peers
            assert seen == peer
            assert peer.metadata is not None
            assert peer.metadata["server"] == {"name": name}
            rooms.add(room.id)
        client.delete_room(room.id)
        return rooms - {room.id}

    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        with ThreadPoolExecutor(THREADS) as pool:
            made = list(pool.map(work, range(THREADS)))
        assert {room.id for room in client.get_all_rooms()} == set().union(*made)
    assert sum(map(len, made)) == THREADS * 4
