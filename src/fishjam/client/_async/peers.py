"""Peers and agents of a room: adding and removing them, their tokens and subscriptions."""

from __future__ import annotations

from functools import partial

from typing_extensions import Never

import fishjam
from fishjam._core.misuse import refuse_keywords
from fishjam._core.request import checked_id
from fishjam._generated.fishjam_api import endpoints, models
from fishjam._http._async import AsyncMethods
from fishjam._http.address import agent_address
from fishjam.client._request_bodies import agent_body, peer_body, tracks_body, vapi_body
from fishjam.options import AgentOptions, PeerOptions
from fishjam.peer import Peer, PeerOptionsVapi


class AsyncPeers(AsyncMethods):
    """The methods for peers and agents."""

    async def create_peer(
        self, room_id: str, options: PeerOptions | None = None, **_mistaken: Never
    ) -> tuple[Peer, str]:
        """Add a WebRTC peer to a room; returns the peer and its token.

        Hand the token to the browser or phone that is to join as this peer. It lasts 24 hours;
        `refresh_peer_token` gives another.

        Args:
            room_id: the room to join.
            options: metadata and subscription mode; without it no metadata and "auto".

        Raises:
            ValueError: an option has a value outside its fixed set; nothing was sent.
            NotFoundError: there is no such room.
            ConflictError: the room is full.

        Example:
            >>> peer, token = await client.create_peer(room.id, PeerOptions({"name": "Ada"}))
        """
        refuse_keywords("create_peer", PeerOptions, _mistaken)
        answer = await self._add(room_id, peer_body(options), "create_peer")
        return answer.peer, answer.token

    async def delete_peer(self, room_id: str, peer_id: str) -> None:
        """Remove a peer or an agent from a room; it is disconnected.

        Raises:
            NotFoundError: there is no such room, or no such peer in it.
        """
        await self._send(endpoints.delete_peer(room_id, peer_id))

    async def refresh_peer_token(self, room_id: str, peer_id: str) -> str:
        """Return a new token for a peer; it lasts 24 hours.

        Raises:
            NotFoundError: there is no such room, or no such peer in it.
        """
        request = endpoints.refresh_token(room_id, peer_id)
        answer = await self._send(request, method="refresh_peer_token")
        return answer.data.token

    async def create_agent(
        self, room_id: str, options: AgentOptions | None = None, **_mistaken: Never
    ) -> fishjam.Agent:
        """Add an agent to a room: a peer that is a program and hears and speaks there.

        Args:
            room_id: the room to join.
            options: the form of the audio that the agent hears, and its subscription mode;
                without it 16-bit PCM at 16000 Hz and "auto".

        Raises:
            ValueError: an option has a value outside its fixed set; nothing was sent.
            NotFoundError: there is no such room.
            ConflictError: the room is full.
        """
        refuse_keywords("create_agent", AgentOptions, _mistaken)
        options = options or AgentOptions()
        answer = await self._add(room_id, agent_body(options), "create_agent")
        url = agent_address(answer.peer_websocket_url, self._transport.settings.address)
        return self._agent(room_id, answer.peer.id, answer.token, url, options)

    async def get_agent(
        self,
        room_id: str,
        peer_id: str,
        token: str | None = None,
        options: AgentOptions | None = None,
        *,
        fishjam_url: str | None = None,
    ) -> fishjam.Agent:
        """Make the `Agent` of a peer again that `create_agent` added, in another process perhaps.

        One agent is connected at a time: while the first connection lasts, another one is refused
        with "peer already connected".

        Args:
            room_id: the room that it is in.
            peer_id: the `id` of the agent.
            token: its token, if it was kept: then nothing is sent. Without it the server is asked
                for another.
            options: what it was created with, which the server does not tell.
            fishjam_url: the agent's `fishjam_url`; by default that of this client.

        Raises:
            NotFoundError: there is no such room, or no such peer in it.
        """
        url = fishjam_url or self._transport.settings.address.base_url
        if token is None:
            request = endpoints.refresh_token(room_id, peer_id)
            answer = await self._send(request, method="get_agent")
            token = answer.data.token
        return self._agent(room_id, peer_id, token, url, options or AgentOptions())

    async def create_vapi_agent(self, room_id: str, options: PeerOptionsVapi) -> Peer:
        """Add a voice agent that VAPI runs to a room; returns the peer that it is.

        There is nothing to connect to: Fishjam joins the call and carries the audio both ways.
        Everybody hears the agent, and it hears one peer at a time. Make the call beforehand with
        VAPI's own SDK, with the transport `vapi.websocket` and audio as raw `pcm_s16le` at
        16000 Hz. `delete_peer` takes the agent out of the room.

        Args:
            room_id: the room to join.
            options: the private API key of the VAPI account, the id of the call, whether the call
                ends when the last participant has left (`auto_close`, by default it goes on), and
                the subscription mode.

        Raises:
            ValueError: an option has a value outside its fixed set; nothing was sent.
            NotFoundError: there is no such room.
            ConflictError: the room is full.

        Example:
            >>> options = PeerOptionsVapi(vapi_api_key, call.id, auto_close=True)
            >>> peer = await client.create_vapi_agent(room.id, options)
        """
        answer = await self._add(room_id, vapi_body(options), "create_vapi_agent")
        return answer.peer

    async def subscribe_peer(self, room_id: str, peer_id: str, target_peer_id: str) -> None:
        """Let a peer with `subscribe_mode="manual"` receive all tracks of another peer.

        Args:
            room_id: the room of both.
            peer_id: the peer that receives.
            target_peer_id: whose tracks.

        Raises:
            NotFoundError: the room or one of the peers does not exist.
        """
        # It goes into the query, where an empty id would be sent as it is.
        target = checked_id(target_peer_id, "target_peer_id")
        await self._send(endpoints.subscribe_peer(room_id, peer_id, target_peer_id=target))

    async def subscribe_tracks(self, room_id: str, peer_id: str, track_ids: list[str]) -> None:
        """Let a peer with `subscribe_mode="manual"` receive certain tracks of other peers.

        Args:
            room_id: the room of all of them.
            peer_id: the peer that receives.
            track_ids: which tracks.

        Raises:
            NotFoundError: the room, the peer or a track does not exist.
        """
        body = tracks_body(track_ids)
        await self._send(endpoints.subscribe_tracks(room_id, peer_id, body=body))

    def _agent(
        self, room_id: str, peer_id: str, token: str, url: str, options: AgentOptions
    ) -> fishjam.Agent:
        # Looked up in the root package when it is needed: importing it here would load protobuf.
        agent = fishjam.Agent
        return agent(
            peer_id,
            room_id,
            token,
            url,
            audio_sample_rate=int(options.output.audio_sample_rate),
            renew_token=partial(self.refresh_peer_token, room_id, peer_id),
        )

    async def _add(
        self, room_id: str, body: models.PeerConfig, method: str
    ) -> models.PeerDetailsResponseData:
        # Three methods use this operation, so errors have to be told which one was called.
        answer = await self._send(endpoints.add_peer(room_id, body=body), method=method)
        return answer.data
