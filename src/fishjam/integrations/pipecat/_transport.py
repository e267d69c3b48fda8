"""`FishjamTransport`: its two halves, and the handlers of its events."""

from __future__ import annotations

import json
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    BotConnectedFrame,
    ClientConnectedFrame,
    EndWorkerFrame,
    OutputAudioRawFrame,
    OutputTransportMessageFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_transport import BaseTransport
from pipecat.utils.errors import ErrorCategory

from fishjam import AsyncFishjamClient, FishjamNotifier
from fishjam.agent import Agent, IncomingTrackData, IncomingTrackImage
from fishjam.clock import AsyncSystemClock
from fishjam.errors import AgentAuthError
from fishjam.integrations import WebhookHandlers
from fishjam.integrations.bridge._loop import require_asyncio
from fishjam.integrations.bridge._room_audio import ActiveSpeaker, Heard
from fishjam.integrations.pipecat._connection import Connection, ConnectionListeners
from fishjam.integrations.pipecat._events import RoomEvents
from fishjam.integrations.pipecat._input import FishjamInputTransport
from fishjam.integrations.pipecat._output import FishjamOutputTransport
from fishjam.integrations.pipecat._params import FishjamParams
from fishjam.integrations.pipecat._participants import (
    CAMERA,
    Listeners,
    Participants,
    ParticipantTrack,
)
from fishjam.notifier import ConnectionLost, ConnectionRestored

_EVENTS = (
    *("on_connected", "on_disconnected", "on_call_state_updated"),
    *("on_connection_lost", "on_connection_restored"),
    *("on_participant_connected", "on_participant_disconnected", "on_participant_left"),
    *("on_client_connected", "on_client_disconnected", "on_first_participant_joined"),
    *("on_audio_track_subscribed", "on_audio_track_unsubscribed"),
    *("on_video_track_subscribed", "on_video_track_unsubscribed"),
    *("on_active_speaker_changed", "on_app_message", "on_data_received", "on_dtmf_event"),
)


class FishjamTransport(BaseTransport):
    """A transport of Pipecat: the bot is an agent in a Fishjam room.

    The agent connects when the pipeline starts, and comes back after a lost connection. When the
    room is deleted or the agent removed, the pipeline ends in order; what ends the agent otherwise
    is pushed as an `ErrorFrame` before.

    Handlers of these events get the transport first, and then what is in parentheses:

    - `on_connected`, `on_disconnected`, `on_before_disconnect`: the bot itself.
    - `on_connection_lost` (reason: str), `on_connection_restored`: it comes back by itself.
    - `on_call_state_updated` (state: str): "joined", "lost", "restored" or "left".
    - `on_first_participant_joined`, `on_participant_connected`, `on_participant_disconnected`
      (participant_id: str), `on_participant_left` (participant_id: str, reason: str).
    - `on_client_connected`, `on_client_disconnected` (participant: dict with "id").
    - `on_audio_track_subscribed`, `on_audio_track_unsubscribed`, `on_video_track_subscribed`,
      `on_video_track_unsubscribed` (participant_id: str).
    - `on_active_speaker_changed` (participant: dict with "id").

    A handler of `on_app_message`, `on_data_received` or `on_dtmf_event` can be added, and is never
    called: agents of Fishjam get neither messages nor telephone keys.

    Without a notifier or webhooks, a participant is known from its first audio on, its leaving is
    not noticed, and there are no images. With a client, those that are there already are known too.

    Args:
        agent: from `create_agent`; one for each transport.
        params: what is heard, said and seen.
        client: reads which peers are in the room; it is not closed.
        notifier: follows participants that join and leave; it needs neither handlers nor `run`.
        webhooks: do so in place of a notifier; give the same object to `fishjam_webhook`.
        name: the name of the transport in Pipecat's log.
        input_name: that of its input.
        output_name: that of its output.

    Raises:
        EventLoopError: the loop is trio's, on which Pipecat cannot run.
        ValueError: both a notifier and webhooks are given.
    """

    def __init__(
        self,
        agent: Agent,
        params: FishjamParams | None = None,
        *,
        client: AsyncFishjamClient | None = None,
        notifier: FishjamNotifier | None = None,
        webhooks: WebhookHandlers | None = None,
        name: str | None = None,
        input_name: str | None = None,
        output_name: str | None = None,
    ) -> None:
        require_asyncio("FishjamTransport", "Pipecat")
        if notifier is not None and webhooks is not None:
            raise ValueError("give a notifier or webhooks: with both, every event would come twice")
        super().__init__(name=name, input_name=input_name, output_name=output_name)
        self._params = params or FishjamParams()
        self._agent = agent
        self._input: FishjamInputTransport | None = None
        self._output: FishjamOutputTransport | None = None
        self._muted: set[str] = set()
        self._captured: dict[tuple[str, str], bool] = {}
        self._first_joined = False
        self._clock = AsyncSystemClock()
        self._speaker = ActiveSpeaker()
        self._participants = Participants(
            agent.room_id,
            agent.id,
            Listeners(self._joined, self._left, self._track_added, self._track_removed),
        )
        self._events = RoomEvents(agent.room_id, self._participants, client, notifier, webhooks)
        listeners = ConnectionListeners(
            connected=self._connected,
            ended=self._ended,
            leaving=self._leaving,
            left=self._tell_of_end,
            lost=self._lost,
            restored=self._restored,
            admit=self._admit,
            hear=self._hear,
            see=self._see,
            follow=self._events.follow,
        )
        self._connection = Connection(agent, self._params, listeners)
        for event in _EVENTS:
            self._register_event_handler(event)
        # The bot is still there while this one runs.
        self._register_event_handler("on_before_disconnect", sync=True)

    @property
    def participant_id(self) -> str:
        """The id of the bot's own peer."""
        return self._agent.id

    def input(self) -> FishjamInputTransport:
        """Return the processor that begins a pipeline."""
        if self._input is None:
            self._input = FishjamInputTransport(
                self, self._connection, self._participants, self._params, name=self._input_name
            )
        return self._input

    def output(self) -> FishjamOutputTransport:
        """Return the processor that ends a pipeline."""
        if self._output is None:
            self._output = FishjamOutputTransport(
                self, self._connection, self._params, name=self._output_name
            )
        return self._output

    def get_client_id(self, client: Any) -> str:
        """Return the id of a client, as `on_client_connected` gives it."""
        return str(client["id"])

    def get_participants(self) -> list[str]:
        """Return the ids of the participants that are known to be in the room."""
        return self._participants.ids

    async def get_participant_metadata(self, participant_id: str) -> dict[str, Any]:
        """Return `id`, `name` and `metadata` of a participant; empty if it is unknown.

        The metadata are JSON with the participant's own as "peer" and the backend's as "server";
        the name is the `name` in one of them.
        """
        if participant_id not in self._participants.ids:
            return {}
        return {
            "id": participant_id,
            "name": self._participants.name(participant_id),
            "metadata": json.dumps(self._participants.metadata(participant_id)),
        }

    async def send_audio(self, frame: OutputAudioRawFrame) -> None:
        """Play a frame after everything that is being said."""
        await self.output().queue_frame(frame, FrameDirection.DOWNSTREAM)

    async def send_message(self, message: str, participant_id: str | None = None) -> None:
        """Do nothing, and say so once in the log: an agent of Fishjam sends no messages."""
        await self.output().send_message(OutputTransportMessageFrame(message=message))

    async def send_message_urgent(self, message: str, participant_id: str | None = None) -> None:
        """Do nothing, like `send_message`."""
        await self.send_message(message)

    async def set_metadata(self, metadata: str) -> None:
        """Do nothing, and say so in the log: the metadata of an agent stay as they are."""
        logger.warning(f"{self}: the metadata of an agent of Fishjam cannot be changed")

    async def mute_participant(self, participant_id: str) -> None:
        """Stop hearing a participant."""
        self._muted.add(participant_id)

    async def unmute_participant(self, participant_id: str) -> None:
        """Hear a participant again."""
        self._muted.discard(participant_id)

    async def capture_participant_video(
        self,
        participant_id: str,
        framerate: int | None = 30,
        video_source: str = CAMERA,
        *,
        on_request_only: bool = False,
    ) -> None:
        """Let images of a participant come at the interval of the parameters, or on request alone.

        Args:
            participant_id: the participant.
            framerate: 0 means on request alone. Others change nothing: Fishjam gives an image a
                second at most.
            video_source: "camera" or "screenVideo".
            on_request_only: whether images come only when they are asked for.
        """
        self._captured[participant_id, video_source] = not on_request_only and framerate != 0
        for track in self._participants.video_tracks(participant_id):
            self._show(track)

    @property
    def _half(self) -> FishjamInputTransport | FishjamOutputTransport:
        """The half that pushes the frames that concern both."""
        return self._input or self.output()

    # Called by the connection

    async def _connected(self) -> None:
        await self._call_event_handler("on_connected")
        await self._call_event_handler("on_call_state_updated", "joined")
        if self._input is not None:
            await self._input.push_frame(BotConnectedFrame())

    async def _leaving(self) -> None:
        await self._call_event_handler("on_before_disconnect")

    async def _ended(self, error: Exception | None) -> None:
        logger.info(f"{self}: the agent has left the room ({error or 'the room has ended'})")
        half = self._half
        if error is not None:
            refused = isinstance(error, AgentAuthError)
            await half.push_error(
                f"The agent cannot be in its room: {error}",
                error,
                category=ErrorCategory.AUTHENTICATION if refused else ErrorCategory.CONNECTIVITY,
                force_treat_as_permanent=True,
            )
        await self._tell_of_end()
        # Upstream: an output that never got ready would not pass it on.
        reason = str(error or "the room has ended")
        await half.push_frame(EndWorkerFrame(reason=reason), FrameDirection.UPSTREAM)

    async def _tell_of_end(self) -> None:
        await self._call_event_handler("on_disconnected")
        await self._call_event_handler("on_call_state_updated", "left")

    async def _lost(self, event: ConnectionLost) -> None:
        await self._call_event_handler("on_connection_lost", event.reason)
        await self._call_event_handler("on_call_state_updated", "lost")
        await self._half.push_error(
            f"The agent has lost its connection, and connects again: {event.reason}",
            event.error,
            category=ErrorCategory.CONNECTIVITY,
        )

    async def _restored(self, event: ConnectionRestored) -> None:
        await self._call_event_handler("on_connection_restored")
        await self._call_event_handler("on_call_state_updated", "restored")

    async def _admit(self, message: IncomingTrackData) -> bool:
        await self._participants.hear(message)
        peer_id = message.peer_id
        if self._speaker.update(peer_id, message.data, self._clock.now()):
            await self._call_event_handler("on_active_speaker_changed", {"id": peer_id})
        return peer_id not in self._muted

    async def _hear(self, heard: Heard) -> None:
        if self._input is not None:
            await self._input.hear(heard)

    async def _see(self, image: IncomingTrackImage) -> None:
        track = self._participants.track(image.track_id)
        if self._input is not None and track is not None:
            await self._input.see(image, track)

    # Called by the participants

    async def _joined(self, participant_id: str) -> None:
        await self._call_event_handler("on_participant_connected", participant_id)
        await self._call_event_handler("on_client_connected", {"id": participant_id})
        if self._input is not None:
            await self._input.push_frame(ClientConnectedFrame())
        if not self._first_joined:
            self._first_joined = True
            await self._call_event_handler("on_first_participant_joined", participant_id)

    async def _left(self, participant_id: str, reason: str) -> None:
        await self._call_event_handler("on_participant_disconnected", participant_id)
        await self._call_event_handler("on_participant_left", participant_id, reason)
        await self._call_event_handler("on_client_disconnected", {"id": participant_id})
        if not self._participants.ids:
            self._first_joined = False

    async def _track_added(self, track: ParticipantTrack) -> None:
        self._show(track)
        await self._call_event_handler(f"on_{_kind(track)}_track_subscribed", track.peer_id)

    async def _track_removed(self, track: ParticipantTrack) -> None:
        self._connection.shown.discard(track.id)
        await self._call_event_handler(f"on_{_kind(track)}_track_unsubscribed", track.peer_id)

    def _show(self, track: ParticipantTrack) -> None:
        """Start or stop asking for images of a track at an interval."""
        if track.source is None:
            return
        sources = self._params.video_in_sources
        wanted = not sources or (
            track.source in sources and not sources[track.source].on_request_only
        )
        if self._captured.get((track.peer_id, track.source), wanted):
            self._connection.shown.add(track.id)
        else:
            self._connection.shown.discard(track.id)


def _kind(track: ParticipantTrack) -> str:
    return "audio" if track.source is None else "video"
