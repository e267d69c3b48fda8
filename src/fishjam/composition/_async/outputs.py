"""Outputs of a composition: where it sends to, and the scenes that it shows there."""

from __future__ import annotations

from fishjam._core.options import checked_options, checked_union
from fishjam._generated.composition_api import endpoints
from fishjam._http.uploads import aread_file
from fishjam.composition import (
    AudioScene,
    FileSource,
    OutputRtmpClientAudioOptions,
    OutputRtmpClientVideoOptions,
    OutputWhipAudioOptions,
    OutputWhipVideoOptions,
    RegisterOutput,
    RtmpOutput,
    UnregisterOutput,
    UpdateOutputRequest,
    VideoScene,
    WhipOutput,
)
from fishjam.composition._async.base import AsyncCompositionMethods
from fishjam.errors import OutputNotFoundError


class AsyncCompositionOutputs(AsyncCompositionMethods):
    """The methods for outputs."""

    async def register_output(
        self, composition_id: str, output_id: str, output: RegisterOutput
    ) -> None:
        """Add an output of any kind to a composition.

        Args:
            composition_id: the id of the composition.
            output_id: an id of your choice, by which the output is updated and recorded.
            output: the kind of the output, its settings and its first scenes.

        Raises:
            BadRequestError: the server does not accept the output.
            CompositionNotFoundError: there is no such composition.
        """
        await self._register_output(composition_id, output_id, output, "register_output")

    async def register_template_output(
        self,
        composition_id: str,
        output_id: str,
        config: RegisterOutput,
        template: FileSource,
    ) -> None:
        """Add an output whose scenes a template of your own makes.

        The template makes both scenes, so the first scenes in `config` are ignored. Without
        `audio` in `config` the output has no audio at all: give it an empty scene to have some.

        Args:
            composition_id: the id of the composition.
            output_id: an id of your choice, by which the output is recorded.
            config: the kind of the output and its settings.
            template: the JavaScript of the template, as bytes or as the path of a file. What a
                path names is uploaded, so never take one from people you do not trust.

        Raises:
            OSError: the file cannot be read.
            BadRequestError: the server does not accept the output or the template.
            CompositionNotFoundError: there is no such composition.
        """
        # Read as a whole, because a request that is tried again has to send all of it once more.
        # The media type follows from this name, and the server wants JavaScript.
        part = await aread_file(template, "template.js")
        request = endpoints.register_template_output(
            composition_id, output_id, config=config, template=part
        )
        await self._send(request)

    async def register_whip_output(
        self,
        composition_id: str,
        output_id: str,
        *,
        endpoint_url: str,
        bearer_token: str | None = None,
        video: OutputWhipVideoOptions | None = None,
        audio: OutputWhipAudioOptions | None = None,
    ) -> None:
        """Add an output that publishes to a WHIP server, for example to a livestream.

        Args:
            composition_id: the id of the composition.
            output_id: an id of your choice, by which the output is updated and recorded.
            endpoint_url: the address to publish to.
            bearer_token: the token to publish with; without it none is sent.
            video: the video with its first scene; without it the output has none.
            audio: the audio with its first scene; without it the output has none.

        Raises:
            BadRequestError: the server does not accept the output.
            CompositionNotFoundError: there is no such composition.

        Example:
            >>> grid = VideoScene(Tiles(children=[InputStream("ada"), InputStream("bob")]))
            >>> video = OutputWhipVideoOptions(Resolution(1280, 720), grid)
            >>> await client.register_whip_output(
            ...     composition_id, "stage", endpoint_url=url, bearer_token=token, video=video
            ... )
        """
        output = WhipOutput(endpoint_url, bearer_token=bearer_token, video=video, audio=audio)
        await self._register_output(composition_id, output_id, output, "register_whip_output")

    async def register_rtmp_output(
        self,
        composition_id: str,
        output_id: str,
        *,
        url: str,
        video: OutputRtmpClientVideoOptions | None = None,
        audio: OutputRtmpClientAudioOptions | None = None,
    ) -> None:
        """Add an output that publishes to an RTMP server.

        Args:
            composition_id: the id of the composition.
            output_id: an id of your choice, by which the output is updated and recorded.
            url: the address to publish to, the stream key included.
            video: the video with its first scene; without it the output has none.
            audio: the audio with its first scene; without it the output has none.

        Raises:
            BadRequestError: the server does not accept the output.
            CompositionNotFoundError: there is no such composition.
        """
        output = RtmpOutput(url, video=video, audio=audio)
        await self._register_output(composition_id, output_id, output, "register_rtmp_output")

    async def unregister_output(
        self, composition_id: str, output_id: str, options: UnregisterOutput | None = None
    ) -> None:
        """Remove an output; it sends nothing any more.

        Args:
            composition_id: the id of the composition.
            output_id: the id of the output.
            options: when to do it; at once if not given.

        Raises:
            OutputNotFoundError: there is no such output, or no such composition.
        """
        body = checked_options(options or UnregisterOutput(), UnregisterOutput, "unregister_output")
        request = endpoints.unregister_output(composition_id, output_id, body=body)
        await self._send(request, OutputNotFoundError)

    async def update_output(
        self,
        composition_id: str,
        output_id: str,
        update: UpdateOutputRequest | None = None,
        *,
        video: VideoScene | None = None,
        audio: AudioScene | None = None,
    ) -> None:
        """Show other scenes on an output.

        Give what the output was registered with (video, audio, or both) and nothing else.

        Args:
            composition_id: the id of the composition.
            output_id: the id of the output.
            update: the scenes, and when to show them. With it `video` and `audio` are ignored.
            video: what is to be seen, from now on.
            audio: what is to be heard, from now on.

        Raises:
            BadRequestError: the server does not accept the scenes.
            CompositionNotFoundError: there is no such composition, or no such output.

        Example:
            >>> await client.update_output(composition_id, "stage", video=VideoScene(View()))
        """
        scenes = update or UpdateOutputRequest(video=video, audio=audio)
        body = checked_options(scenes, UpdateOutputRequest, "update_output", "update")
        # A 404 stands for the composition here, as in the published SDK, whichever is missing.
        await self._send(endpoints.update_output(composition_id, output_id, body=body))

    async def request_keyframe(self, composition_id: str, output_id: str) -> None:
        """Ask an output for a keyframe soon, for a viewer that has just joined.

        Raises:
            CompositionNotFoundError: there is no such composition, or no such output.
        """
        await self._send(endpoints.request_keyframe(composition_id, output_id))

    async def _register_output(
        self, composition_id: str, output_id: str, output: RegisterOutput, method: str
    ) -> None:
        body = checked_union(output, RegisterOutput, method, "output")
        request = endpoints.register_output(composition_id, output_id, body=body)
        await self._send(request, method=method)
