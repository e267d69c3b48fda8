"""A model that hears, speaks and sees in a room; google-genai runs on asyncio alone."""

from __future__ import annotations

import os

from google.genai.types import LiveConnectConfigDict, LiveServerMessage, Modality

from fishjam import AgentOptions, AsyncFishjamClient, FishjamNotifier
from fishjam.agent import AgentSession
from fishjam.events import TrackAdded, TrackRemoved, TrackType
from fishjam.integrations.asgi import run_notifier
from fishjam.integrations.gemini import GeminiIntegration, bridge

MODEL = os.environ.get("GEMINI_MODEL", "gemini-3.8-live")
OPTIONS = AgentOptions(output=GeminiIntegration.GEMINI_INPUT_AUDIO_SETTINGS)


async def talk(session: AgentSession) -> None:
    """Let the model take part in the room until the agent's session ends."""
    room_id = session.agent.room_id
    cameras: set[str] = set()
    notifier = FishjamNotifier.from_env()

    @notifier.on(TrackAdded)
    def add(event: TrackAdded) -> None:
        if event.room_id == room_id and event.track.type == TrackType.VIDEO:
            cameras.add(event.track.id)

    @notifier.on(TrackRemoved)
    def remove(event: TrackRemoved) -> None:
        cameras.discard(event.track.id)

    # It is connected once the block is entered, so no camera is missed after those of now.
    async with run_notifier(notifier):
        cameras |= await cameras_of(room_id)
        await converse(session, cameras)


async def cameras_of(room_id: str) -> set[str]:
    """Return the ids of the video tracks that are there now."""
    async with AsyncFishjamClient.from_env() as client:
        room = await client.get_room(room_id)
    tracks = [track for peer in room.peers for track in peer.tracks]
    return {track.id for track in tracks if track.id and track.type_ == "video"}


async def converse(session: AgentSession, cameras: set[str]) -> None:
    """Bridge the room and the model, with a new Live session whenever Google ends one."""
    gemini = GeminiIntegration.create_client(api_key=os.environ["GEMINI_API_KEY"])
    handle: str | None = None

    def remember(message: LiveServerMessage) -> None:
        # With this handle the next Live session knows what was said in this one.
        nonlocal handle
        if message.session_resumption_update and message.session_resumption_update.new_handle:
            handle = message.session_resumption_update.new_handle

    ended_by = ""
    while ended_by != "fishjam":
        config: LiveConnectConfigDict = {
            "response_modalities": [Modality.AUDIO],
            "system_instruction": "You are in a video call. Answer in one or two sentences.",
            "input_audio_transcription": {},
            "output_audio_transcription": {},
            "session_resumption": {"handle": handle},
        }
        async with gemini.aio.live.connect(model=MODEL, config=config) as live:
            ended_by = await bridge(
                session,
                live,
                image_track_ids=cameras,
                on_input_transcript=lambda text: print(f"Ada: {text}", flush=True),
                on_output_transcript=lambda text: print(f"Agent: {text}", flush=True),
                on_interrupted=lambda: print("(interrupted)", flush=True),
                on_message=remember,
            )
