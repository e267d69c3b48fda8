"""Inputs of a composition: what it takes in, and where to publish it to."""

from __future__ import annotations

from fishjam._core.notes import with_notes
from fishjam._core.options import checked_options, checked_union
from fishjam._core.request import segment
from fishjam._generated.composition_api import endpoints
from fishjam.composition import (
    Mp4Input,
    Mp4InputDurations,
    RegisterInput,
    RegisterInputResponse,
    RtmpInput,
    UnregisterInput,
    WhepInput,
    WhipInput,
    WhipInputTarget,
)
from fishjam.composition._async.base import AsyncCompositionMethods
from fishjam.errors import InputNotFoundError, InvalidResponseError


class AsyncCompositionInputs(AsyncCompositionMethods):
    """The methods for inputs."""

    async def register_input(
        self, composition_id: str, input_id: str, input_: RegisterInput
    ) -> RegisterInputResponse:
        """Add an input of any kind to a composition.

        The methods for one kind, such as `register_whip_input`, return what that kind is about.

        Args:
            composition_id: the id of the composition.
            input_id: an id of your choice, by which scenes name the input.
            input_: the kind of the input and its settings.

        Raises:
            BadRequestError: the server does not accept the input.
            CompositionNotFoundError: there is no such composition.
        """
        return await self._register_input(composition_id, input_id, input_, "register_input")

    async def register_whip_input(
        self,
        composition_id: str,
        input_id: str,
        *,
        bearer_token: str | None = None,
        video: bool | None = None,
    ) -> WhipInputTarget:
        """Add an input to publish to over WHIP; returns its address and its token.

        Args:
            composition_id: the id of the composition.
            input_id: an id of your choice, by which scenes name the input.
            bearer_token: the token to publish with; without it the server makes one up.
            video: whether video (H.264) is taken; the server takes it if not given.

        Raises:
            BadRequestError: the server does not accept the input.
            CompositionNotFoundError: there is no such composition.
            InvalidResponseError: no token was given, and the answer has none either.

        Example:
            >>> target = await client.register_whip_input(composition_id, "camera")
        """
        whip = WhipInput(bearer_token=bearer_token, video=video)
        answer = await self._register_input(composition_id, input_id, whip, "register_whip_input")
        # The server's word goes first: it makes up a token if none was given.
        token = answer.bearer_token or bearer_token
        if not token:
            raise _lacking(input_id, "bearer token")
        # An answer may lack the route; this is where the published SDK publishes to then.
        route = answer.endpoint_route or f"/whip/{segment(input_id, 'input_id')}"
        return WhipInputTarget(f"{self.composition_url(composition_id)}{route}", token)

    async def register_whep_input(
        self,
        composition_id: str,
        input_id: str,
        *,
        endpoint_url: str,
        bearer_token: str | None = None,
        video: bool | None = None,
    ) -> None:
        """Add an input that the server fetches over WHEP.

        Args:
            composition_id: the id of the composition.
            input_id: an id of your choice, by which scenes name the input.
            endpoint_url: the address to fetch from.
            bearer_token: the token to fetch with; without it none is sent.
            video: whether video (H.264) is wanted; the server asks for it if not given.

        Raises:
            BadRequestError: the server does not accept the input.
            CompositionNotFoundError: there is no such composition.
        """
        whep = WhepInput(endpoint_url, bearer_token=bearer_token, video=video)
        await self._register_input(composition_id, input_id, whep, "register_whep_input")

    async def register_mp4_input(
        self, composition_id: str, input_id: str, *, url: str, loop: bool | None = None
    ) -> Mp4InputDurations:
        """Add an input that plays an MP4 file; returns how long its video and its audio are.

        Args:
            composition_id: the id of the composition.
            input_id: an id of your choice, by which scenes name the input.
            url: the address of the file.
            loop: whether it starts again when it has ended; it does not if not given.

        Raises:
            BadRequestError: the server does not accept the input.
            CompositionNotFoundError: there is no such composition.
        """
        mp4 = Mp4Input(url, loop=loop)
        answer = await self._register_input(composition_id, input_id, mp4, "register_mp4_input")
        return Mp4InputDurations(answer.video_duration_ms, answer.audio_duration_ms)

    async def register_rtmp_input(
        self, composition_id: str, input_id: str, *, stream_key: str
    ) -> str:
        """Add an input to publish to over RTMP; returns the address to publish to.

        The address ends in the stream key: keep it as secret as the key.

        Args:
            composition_id: the id of the composition.
            input_id: an id of your choice, by which scenes name the input.
            stream_key: the key that tells this input from others.

        Raises:
            BadRequestError: the server does not accept the input.
            CompositionNotFoundError: there is no such composition.
            InvalidResponseError: the answer has no address.
        """
        rtmp = RtmpInput(stream_key)
        answer = await self._register_input(composition_id, input_id, rtmp, "register_rtmp_input")
        # One shape of answer serves all kinds of inputs, so the document lets it leave this out.
        if not answer.publish_url:
            raise _lacking(input_id, "address to publish to")
        return answer.publish_url

    async def unregister_input(
        self, composition_id: str, input_id: str, options: UnregisterInput | None = None
    ) -> None:
        """Remove an input; scenes that name it show nothing of it any more.

        Args:
            composition_id: the id of the composition.
            input_id: the id of the input.
            options: when to do it; at once if not given.

        Raises:
            InputNotFoundError: there is no such input, or no such composition.
        """
        # The API takes an object in any case, an empty one for "at once".
        body = checked_options(options or UnregisterInput(), UnregisterInput, "unregister_input")
        request = endpoints.unregister_input(composition_id, input_id, body=body)
        # The same 404 comes where the composition is missing; the API does not tell the two apart.
        await self._send(request, InputNotFoundError)

    async def _register_input(
        self, composition_id: str, input_id: str, input_: RegisterInput, method: str
    ) -> RegisterInputResponse:
        # A dict would only fail in the endpoint, with an AttributeError that says nothing.
        body = checked_union(input_, RegisterInput, method, "input_")
        request = endpoints.register_input(composition_id, input_id, body=body)
        return await self._send(request, method=method)


def _lacking(input_id: str, what: str) -> InvalidResponseError:
    hint = "Unregister the input and try again: without it, nothing can be published to the input."
    error = InvalidResponseError(
        f"The answer for the new input has no {what}.", operation="register_input", hint=hint
    )
    return with_notes(error, f"register_input: {input_id}", hint)
