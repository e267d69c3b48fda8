"""Compositions: inputs, outputs, images, and the scenes that are shown.

A scene is written with components, and most of their settings have defaults. A grid of all peers
whose tracks a room forwards:

```python
grid = VideoScene(
    Tiles(
        children=[
            InputStream(forwarding.input_id) for forwarding in room.composition_info.forwardings
        ]
    )
)
```
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fishjam._lazy import lazy_names

# `lazy_names` reads these imports from the compiled module, and makes each when its name is
# used. The form `name as name` tells type checkers that a name is handed on, and the generator
# that this is the module which the class should name as its own.
if TYPE_CHECKING:
    from fishjam._generated.composition_api.models import AudioChannels as AudioChannels
    from fishjam._generated.composition_api.models import AudioMixingStrategy as AudioMixingStrategy
    from fishjam._generated.composition_api.models import AudioScene as AudioScene
    from fishjam._generated.composition_api.models import AudioSceneInput as AudioSceneInput
    from fishjam._generated.composition_api.models import (
        AverageAndMaxBitrate as AverageAndMaxBitrate,
    )
    from fishjam._generated.composition_api.models import BoxShadow as BoxShadow
    from fishjam._generated.composition_api.models import Component as Component
    from fishjam._generated.composition_api.models import (
        CompositionCreatedResponse as CompositionCreatedResponse,
    )
    from fishjam._generated.composition_api.models import (
        CreateCompositionRequest as CreateCompositionRequest,
    )
    from fishjam._generated.composition_api.models import EasingFunction as EasingFunction
    from fishjam._generated.composition_api.models import (
        EasingFunctionBounce as EasingFunctionBounce,
    )
    from fishjam._generated.composition_api.models import (
        EasingFunctionBounceFunctionName as EasingFunctionBounceFunctionName,
    )
    from fishjam._generated.composition_api.models import (
        EasingFunctionCubicBezier as EasingFunctionCubicBezier,
    )
    from fishjam._generated.composition_api.models import (
        EasingFunctionCubicBezierFunctionName as EasingFunctionCubicBezierFunctionName,
    )
    from fishjam._generated.composition_api.models import (
        EasingFunctionLinear as EasingFunctionLinear,
    )
    from fishjam._generated.composition_api.models import (
        EasingFunctionLinearFunctionName as EasingFunctionLinearFunctionName,
    )
    from fishjam._generated.composition_api.models import FontUpload as FontUpload
    from fishjam._generated.composition_api.models import H264EncoderPreset as H264EncoderPreset
    from fishjam._generated.composition_api.models import HorizontalAlign as HorizontalAlign
    from fishjam._generated.composition_api.models import Image as Image
    from fishjam._generated.composition_api.models import ImageSpec as ImageSpec
    from fishjam._generated.composition_api.models import ImageSpecAuto as ImageSpecAuto
    from fishjam._generated.composition_api.models import (
        ImageSpecAutoAssetType as ImageSpecAutoAssetType,
    )
    from fishjam._generated.composition_api.models import ImageSpecGif as ImageSpecGif
    from fishjam._generated.composition_api.models import (
        ImageSpecGifAssetType as ImageSpecGifAssetType,
    )
    from fishjam._generated.composition_api.models import ImageSpecJpeg as ImageSpecJpeg
    from fishjam._generated.composition_api.models import (
        ImageSpecJpegAssetType as ImageSpecJpegAssetType,
    )
    from fishjam._generated.composition_api.models import ImageSpecPng as ImageSpecPng
    from fishjam._generated.composition_api.models import (
        ImageSpecPngAssetType as ImageSpecPngAssetType,
    )
    from fishjam._generated.composition_api.models import ImageSpecSvg as ImageSpecSvg
    from fishjam._generated.composition_api.models import (
        ImageSpecSvgAssetType as ImageSpecSvgAssetType,
    )
    from fishjam._generated.composition_api.models import ImageType as ImageType
    from fishjam._generated.composition_api.models import InputStream as InputStream
    from fishjam._generated.composition_api.models import InputStreamType as InputStreamType
    from fishjam._generated.composition_api.models import Interpolation as Interpolation
    from fishjam._generated.composition_api.models import Mp4Input as Mp4Input
    from fishjam._generated.composition_api.models import Mp4InputType as Mp4InputType
    from fishjam._generated.composition_api.models import OpusEncoderPreset as OpusEncoderPreset
    from fishjam._generated.composition_api.models import OutputEndCondition as OutputEndCondition
    from fishjam._generated.composition_api.models import (
        OutputRtmpClientAudioOptions as OutputRtmpClientAudioOptions,
    )
    from fishjam._generated.composition_api.models import (
        OutputRtmpClientVideoOptions as OutputRtmpClientVideoOptions,
    )
    from fishjam._generated.composition_api.models import (
        OutputWhipAudioOptions as OutputWhipAudioOptions,
    )
    from fishjam._generated.composition_api.models import (
        OutputWhipVideoOptions as OutputWhipVideoOptions,
    )
    from fishjam._generated.composition_api.models import Overflow as Overflow
    from fishjam._generated.composition_api.models import PixelFormat as PixelFormat
    from fishjam._generated.composition_api.models import RegisterInput as RegisterInput
    from fishjam._generated.composition_api.models import (
        RegisterInputResponse as RegisterInputResponse,
    )
    from fishjam._generated.composition_api.models import RegisterOutput as RegisterOutput
    from fishjam._generated.composition_api.models import (
        RegisterTemplateOutput as RegisterTemplateOutput,
    )
    from fishjam._generated.composition_api.models import RescaleMode as RescaleMode
    from fishjam._generated.composition_api.models import Rescaler as Rescaler
    from fishjam._generated.composition_api.models import RescalerType as RescalerType
    from fishjam._generated.composition_api.models import Resolution as Resolution
    from fishjam._generated.composition_api.models import RtmpInput as RtmpInput
    from fishjam._generated.composition_api.models import RtmpInputType as RtmpInputType
    from fishjam._generated.composition_api.models import RtmpOutput as RtmpOutput
    from fishjam._generated.composition_api.models import RtmpOutputType as RtmpOutputType
    from fishjam._generated.composition_api.models import Text as Text
    from fishjam._generated.composition_api.models import TextStyle as TextStyle
    from fishjam._generated.composition_api.models import TextType as TextType
    from fishjam._generated.composition_api.models import TextWeight as TextWeight
    from fishjam._generated.composition_api.models import TextWrapMode as TextWrapMode
    from fishjam._generated.composition_api.models import Tiles as Tiles
    from fishjam._generated.composition_api.models import TilesType as TilesType
    from fishjam._generated.composition_api.models import Transition as Transition
    from fishjam._generated.composition_api.models import TransportProtocol as TransportProtocol
    from fishjam._generated.composition_api.models import UnregisterInput as UnregisterInput
    from fishjam._generated.composition_api.models import UnregisterOutput as UnregisterOutput
    from fishjam._generated.composition_api.models import UnregisterRenderer as UnregisterRenderer
    from fishjam._generated.composition_api.models import UpdateOutputRequest as UpdateOutputRequest
    from fishjam._generated.composition_api.models import VerticalAlign as VerticalAlign
    from fishjam._generated.composition_api.models import VideoScene as VideoScene
    from fishjam._generated.composition_api.models import View as View
    from fishjam._generated.composition_api.models import ViewDirection as ViewDirection
    from fishjam._generated.composition_api.models import ViewType as ViewType
    from fishjam._generated.composition_api.models import WhepInput as WhepInput
    from fishjam._generated.composition_api.models import WhepInputType as WhepInputType
    from fishjam._generated.composition_api.models import (
        WhipAudioEncoderOptions as WhipAudioEncoderOptions,
    )
    from fishjam._generated.composition_api.models import (
        WhipAudioEncoderOptionsAny as WhipAudioEncoderOptionsAny,
    )
    from fishjam._generated.composition_api.models import (
        WhipAudioEncoderOptionsAnyType as WhipAudioEncoderOptionsAnyType,
    )
    from fishjam._generated.composition_api.models import (
        WhipAudioEncoderOptionsOpus as WhipAudioEncoderOptionsOpus,
    )
    from fishjam._generated.composition_api.models import (
        WhipAudioEncoderOptionsOpusType as WhipAudioEncoderOptionsOpusType,
    )
    from fishjam._generated.composition_api.models import WhipInput as WhipInput
    from fishjam._generated.composition_api.models import WhipInputType as WhipInputType
    from fishjam._generated.composition_api.models import WhipOutput as WhipOutput
    from fishjam._generated.composition_api.models import WhipOutputType as WhipOutputType
    from fishjam._http.uploads import FileSource as FileSource
else:
    # The two classes below are not imported, so they have to be named.
    __getattr__, __dir__ = lazy_names(__name__, "Mp4InputDurations", "WhipInputTarget")


@dataclass
class WhipInputTarget:
    """Where to publish a WHIP input to, as `register_whip_input` returns it.

    Attributes:
        url: the address to publish to.
        bearer_token: the token to publish with; it is not shown in the repr.
    """

    url: str
    """The address to publish to."""
    bearer_token: str = field(repr=False)
    """The token to publish with; it is not shown in the repr."""


@dataclass
class Mp4InputDurations:
    """How long an MP4 input is, as `register_mp4_input` returns it.

    Attributes:
        video_duration_ms: the length of its video in milliseconds; None for a file without video.
        audio_duration_ms: the length of its audio in milliseconds; None for a file without audio.
    """

    video_duration_ms: int | None
    """The length of its video in milliseconds; None for a file without video."""
    audio_duration_ms: int | None
    """The length of its audio in milliseconds; None for a file without audio."""
