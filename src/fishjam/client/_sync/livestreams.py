# Generated from src/fishjam/client/_async/livestreams.py by `nox -s codegen`. Do not edit: change the source instead.
"""Livestreams: tokens and addresses of livestream rooms; streams with streamers and viewers."""

from __future__ import annotations

from typing_extensions import Never

from fishjam._core.misuse import refuse_keywords
from fishjam._generated.fishjam_api import endpoints
from fishjam._http._sync import Methods
from fishjam.client._request_bodies import stream_body
from fishjam.livestream import Stream, Streamer, Viewer
from fishjam.options import StreamOptions


class Livestreams(Methods):
    """The methods for livestreams."""

    def livestream_whip_url(self) -> str:
        """Return the WHIP address to publish a livestream to; the streamer token is its bearer."""
        # At the root of the host: the path of the base URL is not part of these addresses.
        return f"{self._transport.settings.address.origin}/api/v1/live/api/whip"

    def livestream_whep_url(self) -> str:
        """Return the WHEP address to watch a livestream at; the viewer token is its bearer."""
        return f"{self._transport.settings.address.origin}/api/v1/live/api/whep"

    def create_livestream_streamer_token(self, room_id: str) -> str:
        """Return a token to publish to a livestream room.

        Raises:
            NotFoundError: there is no such room, or it is not a livestream room.
        """
        request = endpoints.generate_streamer_token(room_id)
        answer = self._send(request, method="create_livestream_streamer_token")
        return answer.token

    def create_livestream_viewer_token(self, room_id: str) -> str:
        """Return a token to watch a livestream room.

        Raises:
            NotFoundError: there is no such room, or it is not a livestream room.
        """
        request = endpoints.generate_viewer_token(room_id)
        answer = self._send(request, method="create_livestream_viewer_token")
        return answer.token

    def create_stream(self, options: StreamOptions | None = None, **_mistaken: Never) -> Stream:
        """Create a stream, without streamers and viewers at first.

        Args:
            options: what kind of stream; without it one with pictures that needs viewer tokens.

        Raises:
            BadRequestError: the server does not accept an option.
            QuotaExceededError: the account's quota is used up.
        """
        refuse_keywords("create_stream", StreamOptions, _mistaken)
        answer = self._send(endpoints.create_stream(body=stream_body(options)))
        return answer.data

    def get_stream(self, stream_id: str) -> Stream:
        """Read one stream with its streamers and viewers.

        Raises:
            NotFoundError: there is no such stream.
        """
        answer = self._send(endpoints.get_stream(stream_id))
        return answer.data

    def get_all_streams(self) -> list[Stream]:
        """List all streams; empty when there are none."""
        answer = self._send(endpoints.get_all_streams())
        return answer.data

    def delete_stream(self, stream_id: str) -> None:
        """Delete a stream; a stream that does not exist is not an error."""
        self._send(endpoints.delete_stream(stream_id))

    def create_streamer(self, stream_id: str) -> Streamer:
        """Add a streamer to a stream; its `token` is the bearer at the WHIP address.

        Raises:
            NotFoundError: there is no such stream.
        """
        answer = self._send(endpoints.create_streamer(stream_id))
        return answer.data

    def delete_streamer(self, stream_id: str, streamer_id: str) -> None:
        """Remove a streamer; one that does not exist is not an error."""
        self._send(endpoints.delete_streamer(stream_id, streamer_id))

    def create_viewer(self, stream_id: str) -> Viewer:
        """Add a viewer to a stream; its `token` is the bearer at the WHEP address.

        Raises:
            NotFoundError: there is no such stream.
        """
        answer = self._send(endpoints.create_viewer(stream_id))
        return answer.data

    def delete_viewer(self, stream_id: str, viewer_id: str) -> None:
        """Remove a viewer; one that does not exist is not an error."""
        self._send(endpoints.delete_viewer(stream_id, viewer_id))
