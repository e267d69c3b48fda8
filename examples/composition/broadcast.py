"""One broadcast: from the empty room to the file that was recorded."""

from __future__ import annotations

from collections.abc import Callable

from examples.composition.layout import picture_of, sound_of
from examples.composition.lifetimes import composition, recording, room
from fishjam import (
    AsyncCompositionClient,
    AsyncFishjamClient,
    FishjamNotifier,
    PeerOptions,
    RoomOptions,
)
from fishjam.composition import OutputWhipAudioOptions, OutputWhipVideoOptions, Resolution
from fishjam.events import StreamerConnected, TrackForwarding, TrackForwardingRemoved
from fishjam.recording import CompositionSource

OUTPUT = "broadcast"
SIZE = Resolution(width=1280, height=720)


async def run(join: Callable[[list[str]], None] | None = None) -> None:
    """Compose a room into a grid, on air and recorded, until Ctrl+C.

    Args:
        join: called with the tokens of two peers once everything is ready.
    """
    notifier = FishjamNotifier.from_env()
    # Subscribed before anything is made, so that nobody can come unnoticed.
    async with (
        AsyncFishjamClient.from_env() as client,
        AsyncCompositionClient.from_env() as compositions,
        notifier.subscribe(
            TrackForwarding, TrackForwardingRemoved, StreamerConnected, markers=False
        ) as events,
        room(client) as conference,
        room(client, RoomOptions(room_type="livestream")) as stage,
        composition(compositions) as composition_id,
    ):
        address = compositions.composition_url(composition_id)
        # From now on the tracks of all peers in the room are inputs of the composition.
        await client.forward_room_tracks(conference.id, address)
        await compositions.register_whip_output(
            composition_id,
            OUTPUT,
            endpoint_url=client.livestream_whip_url(),
            bearer_token=await client.create_livestream_streamer_token(stage.id),
            video=OutputWhipVideoOptions(SIZE, picture_of([])),
            audio=OutputWhipAudioOptions(sound_of([])),
        )
        async with recording(client, CompositionSource(address, OUTPUT)):
            await announce(client, stage.id)
            tokens = await invite(client, conference.id)
            if join is not None:
                join(tokens)
            people: dict[str, TrackForwarding] = {}
            async for event in events:
                match event:
                    case StreamerConnected(stream_id=stage.id):
                        print("On air.", flush=True)
                        continue
                    case TrackForwarding(composition_url=url) if url == address:
                        people[event.input_id] = event
                    case TrackForwardingRemoved(composition_url=url) if url == address:
                        people.pop(event.input_id, None)
                    case _:
                        continue
                picture, sound = picture_of(people.values()), sound_of(people.values())
                await compositions.update_output(composition_id, OUTPUT, video=picture, audio=sound)
                print(f"In the picture: {len(people)}", flush=True)


async def announce(client: AsyncFishjamClient, stage_id: str) -> None:
    """Print where to watch, and with which token."""
    print("Watch the broadcast with Fishjam's client SDK:")
    print(f"  watch at      {client.livestream_whep_url()}")
    print(f"  bearer token  {await client.create_livestream_viewer_token(stage_id)}")
    print("Ctrl+C ends the broadcast.", flush=True)


async def invite(client: AsyncFishjamClient, room_id: str) -> list[str]:
    """Make two peers, and print and return their tokens."""
    tokens = []
    for name in ("Ada", "Bob"):
        _, token = await client.create_peer(room_id, PeerOptions(metadata={"name": name}))
        print(f"To be in it as {name}, join with this token:\n  {token}", flush=True)
        tokens.append(token)
    return tokens
