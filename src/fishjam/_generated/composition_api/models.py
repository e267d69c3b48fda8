# Generated from openapi/composition.yaml by `nox -s codegen`. Do not edit: change the source instead.
"""Models of the Composition API: what its requests take and what its answers hold."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from attrs import define, field
from typing_extensions import Self

from fishjam._core.annotations import resolve_annotations
from fishjam._core.decode import (
    UNUSUAL,
    list_of,
    optional,
    read_any,
    read_bool,
    read_bytes,
    read_float,
    read_int,
    read_object,
    read_str,
    required,
)
from fishjam._core.encode import dump, masked, masked_address
from fishjam._core.enums import OpenStrEnum
from fishjam._core.freeform import FreeForm
from fishjam._core.model import Model

T = TypeVar("T")


class AudioChannels(OpenStrEnum):
    """How many channels the audio of an output has."""

    __module__ = "fishjam.composition"

    MONO = "mono"
    STEREO = "stereo"


_audio_channels: dict[Any, AudioChannels] = {member.value: member for member in AudioChannels}


class AudioMixingStrategy(OpenStrEnum):
    """How the samples of several inputs become one.

    - `sum_clip`: they are added, and what is too loud is cut off.
    - `sum_scale`: they are added, and what is too loud is turned down.
    """

    __module__ = "fishjam.composition"

    SUM_CLIP = "sum_clip"
    SUM_SCALE = "sum_scale"


_audio_mixing_strategy: dict[Any, AudioMixingStrategy] = {
    member.value: member for member in AudioMixingStrategy
}


class EasingFunctionBounceFunctionName(OpenStrEnum):
    """The kind of the function, always `bounce`."""

    __module__ = "fishjam.composition"

    BOUNCE = "bounce"


_easing_function_bounce_function_name: dict[Any, EasingFunctionBounceFunctionName] = {
    member.value: member for member in EasingFunctionBounceFunctionName
}


class EasingFunctionCubicBezierFunctionName(OpenStrEnum):
    """The kind of the function, always `cubic_bezier`."""

    __module__ = "fishjam.composition"

    CUBIC_BEZIER = "cubic_bezier"


_easing_function_cubic_bezier_function_name: dict[Any, EasingFunctionCubicBezierFunctionName] = {
    member.value: member for member in EasingFunctionCubicBezierFunctionName
}


class EasingFunctionLinearFunctionName(OpenStrEnum):
    """The kind of the function, always `linear`."""

    __module__ = "fishjam.composition"

    LINEAR = "linear"


_easing_function_linear_function_name: dict[Any, EasingFunctionLinearFunctionName] = {
    member.value: member for member in EasingFunctionLinearFunctionName
}


class H264EncoderPreset(OpenStrEnum):
    """How much time an H.264 encoder spends on small results.

    Slower presets give better pictures at the same bitrate, and need more computing power.
    """

    __module__ = "fishjam.composition"

    FAST = "fast"
    FASTER = "faster"
    MEDIUM = "medium"
    PLACEBO = "placebo"
    SLOW = "slow"
    SLOWER = "slower"
    SUPERFAST = "superfast"
    ULTRAFAST = "ultrafast"
    VERYFAST = "veryfast"
    VERYSLOW = "veryslow"


_h264_encoder_preset: dict[Any, H264EncoderPreset] = {
    member.value: member for member in H264EncoderPreset
}


class HorizontalAlign(OpenStrEnum):
    """Where something goes that is narrower than its place."""

    __module__ = "fishjam.composition"

    CENTER = "center"
    JUSTIFIED = "justified"
    LEFT = "left"
    RIGHT = "right"


_horizontal_align: dict[Any, HorizontalAlign] = {member.value: member for member in HorizontalAlign}


class ImageSpecAutoAssetType(OpenStrEnum):
    """The format of the image, always `auto`."""

    __module__ = "fishjam.composition"

    AUTO = "auto"


_image_spec_auto_asset_type: dict[Any, ImageSpecAutoAssetType] = {
    member.value: member for member in ImageSpecAutoAssetType
}


class ImageSpecGifAssetType(OpenStrEnum):
    """The format of the image, always `gif`."""

    __module__ = "fishjam.composition"

    GIF = "gif"


_image_spec_gif_asset_type: dict[Any, ImageSpecGifAssetType] = {
    member.value: member for member in ImageSpecGifAssetType
}


class ImageSpecJpegAssetType(OpenStrEnum):
    """The format of the image, always `jpeg`."""

    __module__ = "fishjam.composition"

    JPEG = "jpeg"


_image_spec_jpeg_asset_type: dict[Any, ImageSpecJpegAssetType] = {
    member.value: member for member in ImageSpecJpegAssetType
}


class ImageSpecPngAssetType(OpenStrEnum):
    """The format of the image, always `png`."""

    __module__ = "fishjam.composition"

    PNG = "png"


_image_spec_png_asset_type: dict[Any, ImageSpecPngAssetType] = {
    member.value: member for member in ImageSpecPngAssetType
}


class ImageSpecSvgAssetType(OpenStrEnum):
    """The format of the image, always `svg`."""

    __module__ = "fishjam.composition"

    SVG = "svg"


_image_spec_svg_asset_type: dict[Any, ImageSpecSvgAssetType] = {
    member.value: member for member in ImageSpecSvgAssetType
}


class ImageType(OpenStrEnum):
    """The kind of the component, always `image`."""

    __module__ = "fishjam.composition"

    IMAGE = "image"


_image_type: dict[Any, ImageType] = {member.value: member for member in ImageType}


class InputStreamType(OpenStrEnum):
    """The kind of the component, always `input_stream`."""

    __module__ = "fishjam.composition"

    INPUT_STREAM = "input_stream"


_input_stream_type: dict[Any, InputStreamType] = {
    member.value: member for member in InputStreamType
}


class Interpolation(OpenStrEnum):
    """How something gets from one value to the next."""

    __module__ = "fishjam.composition"

    LINEAR = "linear"
    SPRING = "spring"


_interpolation: dict[Any, Interpolation] = {member.value: member for member in Interpolation}


class Mp4InputType(OpenStrEnum):
    """The kind of the input, always `mp4`."""

    __module__ = "fishjam.composition"

    MP4 = "mp4"


_mp4_input_type: dict[Any, Mp4InputType] = {member.value: member for member in Mp4InputType}


class OpusEncoderPreset(OpenStrEnum):
    """What an Opus encoder is tuned for.

    - `lowest_latency`: the shortest delay.
    - `quality`: the best sound.
    - `voip`: speech.
    """

    __module__ = "fishjam.composition"

    LOWEST_LATENCY = "lowest_latency"
    QUALITY = "quality"
    VOIP = "voip"


_opus_encoder_preset: dict[Any, OpusEncoderPreset] = {
    member.value: member for member in OpusEncoderPreset
}


class Overflow(OpenStrEnum):
    """What becomes of children that do not fit into a view.

    - `fit`: they are made smaller until they do.
    - `hidden`: what lies outside is cut off.
    - `visible`: what lies outside is shown all the same.
    """

    __module__ = "fishjam.composition"

    FIT = "fit"
    HIDDEN = "hidden"
    VISIBLE = "visible"


_overflow: dict[Any, Overflow] = {member.value: member for member in Overflow}


class PixelFormat(OpenStrEnum):
    """How the colours of a picture are stored."""

    __module__ = "fishjam.composition"

    YUV420P = "yuv420p"
    YUV422P = "yuv422p"
    YUV444P = "yuv444p"


_pixel_format: dict[Any, PixelFormat] = {member.value: member for member in PixelFormat}


class RescaleMode(OpenStrEnum):
    """How a rescaler brings its child to its own size.

    - `fill`: the place is filled, and what of the child lies outside is cut off.
    - `fit`: all of the child is to be seen, and some of the place may stay empty.
    """

    __module__ = "fishjam.composition"

    FILL = "fill"
    FIT = "fit"


_rescale_mode: dict[Any, RescaleMode] = {member.value: member for member in RescaleMode}


class RescalerType(OpenStrEnum):
    """The kind of the component, always `rescaler`."""

    __module__ = "fishjam.composition"

    RESCALER = "rescaler"


_rescaler_type: dict[Any, RescalerType] = {member.value: member for member in RescalerType}


class RtmpInputType(OpenStrEnum):
    """The kind of the input, always `rtmp_server`."""

    __module__ = "fishjam.composition"

    RTMP_SERVER = "rtmp_server"


_rtmp_input_type: dict[Any, RtmpInputType] = {member.value: member for member in RtmpInputType}


class RtmpOutputType(OpenStrEnum):
    """The kind of the output, always `rtmp_client`."""

    __module__ = "fishjam.composition"

    RTMP_CLIENT = "rtmp_client"


_rtmp_output_type: dict[Any, RtmpOutputType] = {member.value: member for member in RtmpOutputType}


class TextStyle(OpenStrEnum):
    """Whether letters stand upright or lean."""

    __module__ = "fishjam.composition"

    ITALIC = "italic"
    NORMAL = "normal"
    OBLIQUE = "oblique"


_text_style: dict[Any, TextStyle] = {member.value: member for member in TextStyle}


class TextType(OpenStrEnum):
    """The kind of the component, always `text`."""

    __module__ = "fishjam.composition"

    TEXT = "text"


_text_type: dict[Any, TextType] = {member.value: member for member in TextType}


class TextWeight(OpenStrEnum):
    """How bold letters are, from `thin` (100) to `black` (900)."""

    __module__ = "fishjam.composition"

    BLACK = "black"
    BOLD = "bold"
    EXTRA_BOLD = "extra_bold"
    EXTRA_LIGHT = "extra_light"
    LIGHT = "light"
    MEDIUM = "medium"
    NORMAL = "normal"
    SEMI_BOLD = "semi_bold"
    THIN = "thin"


_text_weight: dict[Any, TextWeight] = {member.value: member for member in TextWeight}


class TextWrapMode(OpenStrEnum):
    """Where a line of text may break.

    - `glyph`: after any letter.
    - `none`: nowhere but at a line break in the text.
    - `word`: between words.
    """

    __module__ = "fishjam.composition"

    GLYPH = "glyph"
    NONE = "none"
    WORD = "word"


_text_wrap_mode: dict[Any, TextWrapMode] = {member.value: member for member in TextWrapMode}


class TilesType(OpenStrEnum):
    """The kind of the component, always `tiles`."""

    __module__ = "fishjam.composition"

    TILES = "tiles"


_tiles_type: dict[Any, TilesType] = {member.value: member for member in TilesType}


class TransportProtocol(OpenStrEnum):
    """How RTP packets travel."""

    __module__ = "fishjam.composition"

    TCP_SERVER = "tcp_server"
    UDP = "udp"


_transport_protocol: dict[Any, TransportProtocol] = {
    member.value: member for member in TransportProtocol
}


class VerticalAlign(OpenStrEnum):
    """Where something goes that is lower than its place."""

    __module__ = "fishjam.composition"

    BOTTOM = "bottom"
    CENTER = "center"
    JUSTIFIED = "justified"
    TOP = "top"


_vertical_align: dict[Any, VerticalAlign] = {member.value: member for member in VerticalAlign}


class ViewDirection(OpenStrEnum):
    """Whether children stand side by side (`row`) or below each other (`column`)."""

    __module__ = "fishjam.composition"

    COLUMN = "column"
    ROW = "row"


_view_direction: dict[Any, ViewDirection] = {member.value: member for member in ViewDirection}


class ViewType(OpenStrEnum):
    """The kind of the component, always `view`."""

    __module__ = "fishjam.composition"

    VIEW = "view"


_view_type: dict[Any, ViewType] = {member.value: member for member in ViewType}


class WhepInputType(OpenStrEnum):
    """The kind of the input, always `whep_client`."""

    __module__ = "fishjam.composition"

    WHEP_CLIENT = "whep_client"


_whep_input_type: dict[Any, WhepInputType] = {member.value: member for member in WhepInputType}


class WhipAudioEncoderOptionsAnyType(OpenStrEnum):
    """The kind of the codec, always `any`."""

    __module__ = "fishjam.composition"

    ANY = "any"


_whip_audio_encoder_options_any_type: dict[Any, WhipAudioEncoderOptionsAnyType] = {
    member.value: member for member in WhipAudioEncoderOptionsAnyType
}


class WhipAudioEncoderOptionsOpusType(OpenStrEnum):
    """The kind of the codec, always `opus`."""

    __module__ = "fishjam.composition"

    OPUS = "opus"


_whip_audio_encoder_options_opus_type: dict[Any, WhipAudioEncoderOptionsOpusType] = {
    member.value: member for member in WhipAudioEncoderOptionsOpusType
}


class WhipInputType(OpenStrEnum):
    """The kind of the input, always `whip_server`."""

    __module__ = "fishjam.composition"

    WHIP_SERVER = "whip_server"


_whip_input_type: dict[Any, WhipInputType] = {member.value: member for member in WhipInputType}


class WhipOutputType(OpenStrEnum):
    """The kind of the output, always `whip_client`."""

    __module__ = "fishjam.composition"

    WHIP_CLIENT = "whip_client"


_whip_output_type: dict[Any, WhipOutputType] = {member.value: member for member in WhipOutputType}


class EmptyResponse(FreeForm):
    """The body of an answer that has nothing more to say."""


@define
class ApiError(Model):
    """The body of an error answer.

    Attributes:
        message: What went wrong, in words for a developer.
    """

    message: str
    """What went wrong, in words for a developer."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_api_error(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            message=required(data, "message", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "message": self.message,
        }
        return data


def _straight_api_error(src_dict: Any, cls: Callable[..., T]) -> T:
    got_message = src_dict["message"]
    if src_dict.__class__ is dict and got_message.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_message,
        )
    raise TypeError


@define
class AudioSceneInput(Model):
    """An input that is to be heard, and how loud.

    Attributes:
        input_id: The id of the input.
        volume: The factor by which its audio is made louder or softer, from 0 to 2. The server
            takes 1 when it is absent or null.
    """

    __module__ = "fishjam.composition"

    input_id: str
    """The id of the input."""
    volume: float | None = None
    """The factor by which its audio is made louder or softer, from 0 to 2.

    The server takes 1 when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_audio_scene_input(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            input_id=required(data, "input_id", read_str),
            volume=optional(data, "volume", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "input_id": self.input_id,
        }
        if self.volume is not None:
            data["volume"] = self.volume
        return data


def _straight_audio_scene_input(src_dict: Any, cls: Callable[..., T]) -> T:
    got_input_id = src_dict["input_id"]
    got_volume = src_dict.get("volume")
    if (
        src_dict.__class__ is dict
        and got_input_id.__class__ is str
        and (got_volume is None or got_volume.__class__ is float)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_input_id,
            got_volume,
        )
    raise TypeError


@define
class AudioScene(Model):
    """What is to be heard on an output.

    Attributes:
        inputs: The inputs that are mixed. An empty list is silence.
    """

    __module__ = "fishjam.composition"

    inputs: list[AudioSceneInput]
    """The inputs that are mixed. An empty list is silence."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_audio_scene(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            inputs=required(data, "inputs", list_of(AudioSceneInput.from_dict)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "inputs": dump(self.inputs),
        }
        return data


def _straight_audio_scene(src_dict: Any, cls: Callable[..., T]) -> T:
    got_inputs = src_dict["inputs"]
    if src_dict.__class__ is dict and got_inputs.__class__ is list:
        # By position: a call with names takes much longer.
        return cls(
            [_straight_audio_scene_input(item, AudioSceneInput) for item in got_inputs],
        )
    raise TypeError


@define
class AverageAndMaxBitrate(Model):
    """The bitrate that an encoder aims at, and the one that it never exceeds.

    Attributes:
        average_bitrate: The bitrate to keep to on average, in bits per second.
        max_bitrate: The bitrate that is allowed for a short while, in bits per second.
    """

    __module__ = "fishjam.composition"

    average_bitrate: int
    """The bitrate to keep to on average, in bits per second."""
    max_bitrate: int
    """The bitrate that is allowed for a short while, in bits per second."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_average_and_max_bitrate(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            average_bitrate=required(data, "average_bitrate", read_int),
            max_bitrate=required(data, "max_bitrate", read_int),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "average_bitrate": self.average_bitrate,
            "max_bitrate": self.max_bitrate,
        }
        return data


def _straight_average_and_max_bitrate(src_dict: Any, cls: Callable[..., T]) -> T:
    got_average_bitrate = src_dict["average_bitrate"]
    got_max_bitrate = src_dict["max_bitrate"]
    if (
        src_dict.__class__ is dict
        and got_average_bitrate.__class__ is int
        and got_max_bitrate.__class__ is int
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_average_bitrate,
            got_max_bitrate,
        )
    raise TypeError


@define
class BoxShadow(Model):
    """A shadow that a component throws.

    Attributes:
        offset_x: How far the shadow lies to the right of the component, in pixels.
        offset_y: How far the shadow lies below the component, in pixels.
        color: The colour of the shadow, such as `#00000080` (red, green, blue, alpha).
        blur_radius: How far the edge of the shadow is blurred, in pixels.
    """

    __module__ = "fishjam.composition"

    offset_x: float | None = None
    """How far the shadow lies to the right of the component, in pixels."""
    offset_y: float | None = None
    """How far the shadow lies below the component, in pixels."""
    color: str | None = None
    """The colour of the shadow, such as `#00000080` (red, green, blue, alpha)."""
    blur_radius: float | None = None
    """How far the edge of the shadow is blurred, in pixels."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_box_shadow(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            offset_x=optional(data, "offset_x", read_float),
            offset_y=optional(data, "offset_y", read_float),
            color=optional(data, "color", read_str),
            blur_radius=optional(data, "blur_radius", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.offset_x is not None:
            data["offset_x"] = self.offset_x
        if self.offset_y is not None:
            data["offset_y"] = self.offset_y
        if self.color is not None:
            data["color"] = self.color
        if self.blur_radius is not None:
            data["blur_radius"] = self.blur_radius
        return data


def _straight_box_shadow(src_dict: Any, cls: Callable[..., T]) -> T:
    got_offset_x = src_dict.get("offset_x")
    got_offset_y = src_dict.get("offset_y")
    got_color = src_dict.get("color")
    got_blur_radius = src_dict.get("blur_radius")
    if (
        src_dict.__class__ is dict
        and (got_offset_x is None or got_offset_x.__class__ is float)
        and (got_offset_y is None or got_offset_y.__class__ is float)
        and (got_color is None or got_color.__class__ is str)
        and (got_blur_radius is None or got_blur_radius.__class__ is float)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_offset_x,
            got_offset_y,
            got_color,
            got_blur_radius,
        )
    raise TypeError


@define
class InputStream(Model):
    """The video of an input, as a part of a scene.

    Attributes:
        input_id: The id of the input. It need not be registered yet.
        type_: The kind of the component, always `input_stream`.
        id: An id of the component, by which it is known again after an update.
    """

    __module__ = "fishjam.composition"

    input_id: str
    """The id of the input. It need not be registered yet."""
    type_: InputStreamType | None = InputStreamType.INPUT_STREAM
    """The kind of the component, always `input_stream`."""
    id: str | None = None
    """An id of the component, by which it is known again after an update."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_input_stream(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            input_id=required(data, "input_id", read_str),
            type_=optional(data, "type", InputStreamType.from_wire),
            id=optional(data, "id", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "input_id": self.input_id,
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.id is not None:
            data["id"] = self.id
        return data


def _straight_input_stream(src_dict: Any, cls: Callable[..., T]) -> T:
    got_input_id = src_dict["input_id"]
    got_type_ = src_dict.get("type")
    got_id = src_dict.get("id")
    if (
        src_dict.__class__ is dict
        and got_input_id.__class__ is str
        and (got_id is None or got_id.__class__ is str)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_input_id,
            None
            if got_type_ is None
            else _input_stream_type.get(got_type_) or InputStreamType.from_wire(got_type_),
            got_id,
        )
    raise TypeError


@define
class EasingFunctionLinear(Model):
    """Proceeds at one pace.

    Attributes:
        function_name: The kind of the function, always `linear`.
    """

    __module__ = "fishjam.composition"

    function_name: EasingFunctionLinearFunctionName | None = EasingFunctionLinearFunctionName.LINEAR
    """The kind of the function, always `linear`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_easing_function_linear(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            function_name=optional(
                data, "function_name", EasingFunctionLinearFunctionName.from_wire
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.function_name is not None:
            data["function_name"] = dump(self.function_name)
        return data


def _straight_easing_function_linear(src_dict: Any, cls: Callable[..., T]) -> T:
    got_function_name = src_dict.get("function_name")
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            None
            if got_function_name is None
            else _easing_function_linear_function_name.get(got_function_name)
            or EasingFunctionLinearFunctionName.from_wire(got_function_name),
        )
    raise TypeError


@define
class EasingFunctionBounce(Model):
    """Bounces at the end, as a ball does.

    Attributes:
        function_name: The kind of the function, always `bounce`.
    """

    __module__ = "fishjam.composition"

    function_name: EasingFunctionBounceFunctionName | None = EasingFunctionBounceFunctionName.BOUNCE
    """The kind of the function, always `bounce`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_easing_function_bounce(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            function_name=optional(
                data, "function_name", EasingFunctionBounceFunctionName.from_wire
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.function_name is not None:
            data["function_name"] = dump(self.function_name)
        return data


def _straight_easing_function_bounce(src_dict: Any, cls: Callable[..., T]) -> T:
    got_function_name = src_dict.get("function_name")
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            None
            if got_function_name is None
            else _easing_function_bounce_function_name.get(got_function_name)
            or EasingFunctionBounceFunctionName.from_wire(got_function_name),
        )
    raise TypeError


@define
class EasingFunctionCubicBezier(Model):
    """Proceeds along a cubic Bezier curve.

    Attributes:
        points: The two control points of the curve, as the four numbers x1, y1, x2 and y2.
        function_name: The kind of the function, always `cubic_bezier`.
    """

    __module__ = "fishjam.composition"

    points: list[float]
    """The two control points of the curve, as the four numbers x1, y1, x2 and y2."""
    function_name: EasingFunctionCubicBezierFunctionName | None = (
        EasingFunctionCubicBezierFunctionName.CUBIC_BEZIER
    )
    """The kind of the function, always `cubic_bezier`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_easing_function_cubic_bezier(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            points=required(data, "points", list_of(read_float)),
            function_name=optional(
                data, "function_name", EasingFunctionCubicBezierFunctionName.from_wire
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "points": dump(self.points),
        }
        if self.function_name is not None:
            data["function_name"] = dump(self.function_name)
        return data


def _straight_easing_function_cubic_bezier(src_dict: Any, cls: Callable[..., T]) -> T:
    got_points = src_dict["points"]
    got_function_name = src_dict.get("function_name")
    if src_dict.__class__ is dict and got_points.__class__ is list:
        # By position: a call with names takes much longer.
        return cls(
            [read_float(item) for item in got_points],
            None
            if got_function_name is None
            else _easing_function_cubic_bezier_function_name.get(got_function_name)
            or EasingFunctionCubicBezierFunctionName.from_wire(got_function_name),
        )
    raise TypeError


EasingFunction: TypeAlias = EasingFunctionLinear | EasingFunctionBounce | EasingFunctionCubicBezier
"""How a transition proceeds from its beginning to its end.

At one pace, with a bounce at the end, or along a curve of its own.
"""


def read_easing_function(value: Any) -> EasingFunction | dict[str, Any]:
    """Read the member that a JSON object is; one that is not known stays a plain `dict`."""
    data = read_object(value)
    members: dict[str, Callable[[Mapping[str, Any]], EasingFunction]] = {
        "linear": EasingFunctionLinear.from_dict,
        "bounce": EasingFunctionBounce.from_dict,
        "cubic_bezier": EasingFunctionCubicBezier.from_dict,
    }
    read = members.get(str(data.get("function_name")))
    return dict(data) if read is None else read(data)


@define
class Transition(Model):
    """How a component gets from its place in one scene to its place in the next.

    The component is found by its id, which both scenes have to give it.

    Attributes:
        duration_ms: How long it takes, in milliseconds.
        easing_function: How it proceeds from its beginning to its end.
        should_interrupt: Whether a transition that is still going on is broken off, and this
            one begins where that one was. The server takes false when it is absent or null.
    """

    __module__ = "fishjam.composition"

    duration_ms: float
    """How long it takes, in milliseconds."""
    easing_function: EasingFunction | dict[str, Any] | None = None
    """How it proceeds from its beginning to its end."""
    should_interrupt: bool | None = None
    """Whether a transition that is still going on is broken off, and this one begins where that
    one was.

    The server takes false when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            duration_ms=required(data, "duration_ms", read_float),
            easing_function=optional(data, "easing_function", read_easing_function),
            should_interrupt=optional(data, "should_interrupt", read_bool),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "duration_ms": self.duration_ms,
        }
        if self.easing_function is not None:
            data["easing_function"] = dump(self.easing_function)
        if self.should_interrupt is not None:
            data["should_interrupt"] = self.should_interrupt
        return data


@define
class View(Model):
    """A box that lays out its children in a row or in a column.

    With any of `top`, `left`, `bottom`, `right` and `rotation` it has a place of its own in its
    parent, apart from the parent's layout.

    Attributes:
        type_: The kind of the component, always `view`.
        id: An id of the component, by which a transition finds it after an update.
        children: The components in the box, later ones over earlier ones.
        width: The width in pixels, without the border. Needed where the parent does not lay out
            its children.
        height: The height in pixels, without the border. Needed where the parent does not lay
            out its children.
        direction: Whether children stand side by side (`row`) or below each other (`column`).
        top: How far its top edge lies below that of its parent, in pixels.
        left: How far its left edge lies right of that of its parent, in pixels.
        bottom: How far its bottom edge lies above that of its parent, in pixels.
        right: How far its right edge lies left of that of its parent, in pixels.
        rotation: By how much it is turned, in degrees.
        transition: How it gets here from its place in the scene before.
        overflow: What becomes of children that do not fit.
        background_color: The colour of the box, such as `#1e1e2eff` (red, green, blue, alpha).
        border_radius: The radius of its rounded corners, in pixels. The server takes 0 when it
            is absent or null.
        border_width: The width of its border, in pixels. The server takes 0 when it is absent
            or null.
        border_color: The colour of its border, such as `#ffffffff` (red, green, blue, alpha).
        box_shadow: The shadows that it throws.
        padding: The space inside the box on all sides, in pixels. The server takes 0 when it is
            absent or null.
        padding_vertical: The space inside the box at top and bottom, in pixels. The server
            takes 0 when it is absent or null.
        padding_horizontal: The space inside the box at left and right, in pixels. The server
            takes 0 when it is absent or null.
        padding_top: The space inside the box at the top, in pixels. The server takes 0 when it
            is absent or null.
        padding_right: The space inside the box at the right, in pixels. The server takes 0 when
            it is absent or null.
        padding_bottom: The space inside the box at the bottom, in pixels. The server takes 0
            when it is absent or null.
        padding_left: The space inside the box at the left, in pixels. The server takes 0 when
            it is absent or null.
    """

    __module__ = "fishjam.composition"

    type_: ViewType | None = ViewType.VIEW
    """The kind of the component, always `view`."""
    id: str | None = None
    """An id of the component, by which a transition finds it after an update."""
    children: "list[Component | dict[str, Any]] | None" = None
    """The components in the box, later ones over earlier ones."""
    width: float | None = None
    """The width in pixels, without the border.

    Needed where the parent does not lay out its children.
    """
    height: float | None = None
    """The height in pixels, without the border.

    Needed where the parent does not lay out its children.
    """
    direction: ViewDirection | None = None
    """Whether children stand side by side (`row`) or below each other (`column`)."""
    top: float | None = None
    """How far its top edge lies below that of its parent, in pixels."""
    left: float | None = None
    """How far its left edge lies right of that of its parent, in pixels."""
    bottom: float | None = None
    """How far its bottom edge lies above that of its parent, in pixels."""
    right: float | None = None
    """How far its right edge lies left of that of its parent, in pixels."""
    rotation: float | None = None
    """By how much it is turned, in degrees."""
    transition: Transition | None = None
    """How it gets here from its place in the scene before."""
    overflow: Overflow | None = None
    """What becomes of children that do not fit."""
    background_color: str | None = None
    """The colour of the box, such as `#1e1e2eff` (red, green, blue, alpha)."""
    border_radius: float | None = None
    """The radius of its rounded corners, in pixels.

    The server takes 0 when it is absent or null.
    """
    border_width: float | None = None
    """The width of its border, in pixels. The server takes 0 when it is absent or null."""
    border_color: str | None = None
    """The colour of its border, such as `#ffffffff` (red, green, blue, alpha)."""
    box_shadow: list[BoxShadow] | None = None
    """The shadows that it throws."""
    padding: float | None = None
    """The space inside the box on all sides, in pixels.

    The server takes 0 when it is absent or null.
    """
    padding_vertical: float | None = None
    """The space inside the box at top and bottom, in pixels.

    The server takes 0 when it is absent or null.
    """
    padding_horizontal: float | None = None
    """The space inside the box at left and right, in pixels.

    The server takes 0 when it is absent or null.
    """
    padding_top: float | None = None
    """The space inside the box at the top, in pixels.

    The server takes 0 when it is absent or null.
    """
    padding_right: float | None = None
    """The space inside the box at the right, in pixels.

    The server takes 0 when it is absent or null.
    """
    padding_bottom: float | None = None
    """The space inside the box at the bottom, in pixels.

    The server takes 0 when it is absent or null.
    """
    padding_left: float | None = None
    """The space inside the box at the left, in pixels.

    The server takes 0 when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            type_=optional(data, "type", ViewType.from_wire),
            id=optional(data, "id", read_str),
            children=optional(data, "children", list_of(read_component)),
            width=optional(data, "width", read_float),
            height=optional(data, "height", read_float),
            direction=optional(data, "direction", ViewDirection.from_wire),
            top=optional(data, "top", read_float),
            left=optional(data, "left", read_float),
            bottom=optional(data, "bottom", read_float),
            right=optional(data, "right", read_float),
            rotation=optional(data, "rotation", read_float),
            transition=optional(data, "transition", Transition.from_dict),
            overflow=optional(data, "overflow", Overflow.from_wire),
            background_color=optional(data, "background_color", read_str),
            border_radius=optional(data, "border_radius", read_float),
            border_width=optional(data, "border_width", read_float),
            border_color=optional(data, "border_color", read_str),
            box_shadow=optional(data, "box_shadow", list_of(BoxShadow.from_dict)),
            padding=optional(data, "padding", read_float),
            padding_vertical=optional(data, "padding_vertical", read_float),
            padding_horizontal=optional(data, "padding_horizontal", read_float),
            padding_top=optional(data, "padding_top", read_float),
            padding_right=optional(data, "padding_right", read_float),
            padding_bottom=optional(data, "padding_bottom", read_float),
            padding_left=optional(data, "padding_left", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.id is not None:
            data["id"] = self.id
        if self.children is not None:
            data["children"] = dump(self.children)
        if self.width is not None:
            data["width"] = self.width
        if self.height is not None:
            data["height"] = self.height
        if self.direction is not None:
            data["direction"] = dump(self.direction)
        if self.top is not None:
            data["top"] = self.top
        if self.left is not None:
            data["left"] = self.left
        if self.bottom is not None:
            data["bottom"] = self.bottom
        if self.right is not None:
            data["right"] = self.right
        if self.rotation is not None:
            data["rotation"] = self.rotation
        if self.transition is not None:
            data["transition"] = dump(self.transition)
        if self.overflow is not None:
            data["overflow"] = dump(self.overflow)
        if self.background_color is not None:
            data["background_color"] = self.background_color
        if self.border_radius is not None:
            data["border_radius"] = self.border_radius
        if self.border_width is not None:
            data["border_width"] = self.border_width
        if self.border_color is not None:
            data["border_color"] = self.border_color
        if self.box_shadow is not None:
            data["box_shadow"] = dump(self.box_shadow)
        if self.padding is not None:
            data["padding"] = self.padding
        if self.padding_vertical is not None:
            data["padding_vertical"] = self.padding_vertical
        if self.padding_horizontal is not None:
            data["padding_horizontal"] = self.padding_horizontal
        if self.padding_top is not None:
            data["padding_top"] = self.padding_top
        if self.padding_right is not None:
            data["padding_right"] = self.padding_right
        if self.padding_bottom is not None:
            data["padding_bottom"] = self.padding_bottom
        if self.padding_left is not None:
            data["padding_left"] = self.padding_left
        return data


@define
class Text(Model):
    """A text, as a part of a scene.

    Without a width and a height it is as large as the text needs, up to the maxima.

    Attributes:
        text: What is written.
        font_size: The size of the font in pixels.
        type_: The kind of the component, always `text`.
        id: An id of the component, by which it is known again after an update.
        width: The width of the area to write on, in pixels.
        height: The height of the area to write on, in pixels. It needs a width beside it.
        max_width: The largest width, in pixels, where no width is given. The server takes 7682
            when it is absent or null.
        max_height: The largest height, in pixels, where no height is given. The server takes
            4320 when it is absent or null.
        line_height: The distance from one line to the next, in pixels. The server takes the
            font size when it is absent or null.
        color: The colour of the letters, such as `#ffffffff` (red, green, blue, alpha).
        background_color: The colour behind them, such as `#00000080` (red, green, blue, alpha).
        font_family: The name of a font; names of kinds such as `sans-serif` do not count. The
            server takes Verdana when it is absent or null.
        style: Whether letters stand upright or lean.
        align: Where lines go that are shorter than the text is wide.
        wrap: Where a line may break.
        weight: How bold letters are.
    """

    __module__ = "fishjam.composition"

    text: str
    """What is written."""
    font_size: float
    """The size of the font in pixels."""
    type_: TextType | None = TextType.TEXT
    """The kind of the component, always `text`."""
    id: str | None = None
    """An id of the component, by which it is known again after an update."""
    width: float | None = None
    """The width of the area to write on, in pixels."""
    height: float | None = None
    """The height of the area to write on, in pixels. It needs a width beside it."""
    max_width: float | None = None
    """The largest width, in pixels, where no width is given.

    The server takes 7682 when it is absent or null.
    """
    max_height: float | None = None
    """The largest height, in pixels, where no height is given.

    The server takes 4320 when it is absent or null.
    """
    line_height: float | None = None
    """The distance from one line to the next, in pixels.

    The server takes the font size when it is absent or null.
    """
    color: str | None = None
    """The colour of the letters, such as `#ffffffff` (red, green, blue, alpha)."""
    background_color: str | None = None
    """The colour behind them, such as `#00000080` (red, green, blue, alpha)."""
    font_family: str | None = None
    """The name of a font; names of kinds such as `sans-serif` do not count.

    The server takes Verdana when it is absent or null.
    """
    style: TextStyle | None = None
    """Whether letters stand upright or lean."""
    align: HorizontalAlign | None = None
    """Where lines go that are shorter than the text is wide."""
    wrap: TextWrapMode | None = None
    """Where a line may break."""
    weight: TextWeight | None = None
    """How bold letters are."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_text(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            text=required(data, "text", read_str),
            font_size=required(data, "font_size", read_float),
            type_=optional(data, "type", TextType.from_wire),
            id=optional(data, "id", read_str),
            width=optional(data, "width", read_float),
            height=optional(data, "height", read_float),
            max_width=optional(data, "max_width", read_float),
            max_height=optional(data, "max_height", read_float),
            line_height=optional(data, "line_height", read_float),
            color=optional(data, "color", read_str),
            background_color=optional(data, "background_color", read_str),
            font_family=optional(data, "font_family", read_str),
            style=optional(data, "style", TextStyle.from_wire),
            align=optional(data, "align", HorizontalAlign.from_wire),
            wrap=optional(data, "wrap", TextWrapMode.from_wire),
            weight=optional(data, "weight", TextWeight.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "text": self.text,
            "font_size": self.font_size,
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.id is not None:
            data["id"] = self.id
        if self.width is not None:
            data["width"] = self.width
        if self.height is not None:
            data["height"] = self.height
        if self.max_width is not None:
            data["max_width"] = self.max_width
        if self.max_height is not None:
            data["max_height"] = self.max_height
        if self.line_height is not None:
            data["line_height"] = self.line_height
        if self.color is not None:
            data["color"] = self.color
        if self.background_color is not None:
            data["background_color"] = self.background_color
        if self.font_family is not None:
            data["font_family"] = self.font_family
        if self.style is not None:
            data["style"] = dump(self.style)
        if self.align is not None:
            data["align"] = dump(self.align)
        if self.wrap is not None:
            data["wrap"] = dump(self.wrap)
        if self.weight is not None:
            data["weight"] = dump(self.weight)
        return data


def _straight_text(src_dict: Any, cls: Callable[..., T]) -> T:
    got_text = src_dict["text"]
    got_font_size = src_dict["font_size"]
    got_type_ = src_dict.get("type")
    got_id = src_dict.get("id")
    got_width = src_dict.get("width")
    got_height = src_dict.get("height")
    got_max_width = src_dict.get("max_width")
    got_max_height = src_dict.get("max_height")
    got_line_height = src_dict.get("line_height")
    got_color = src_dict.get("color")
    got_background_color = src_dict.get("background_color")
    got_font_family = src_dict.get("font_family")
    got_style = src_dict.get("style")
    got_align = src_dict.get("align")
    got_wrap = src_dict.get("wrap")
    got_weight = src_dict.get("weight")
    if (
        src_dict.__class__ is dict
        and got_text.__class__ is str
        and got_font_size.__class__ is float
        and (got_id is None or got_id.__class__ is str)
        and (got_width is None or got_width.__class__ is float)
        and (got_height is None or got_height.__class__ is float)
        and (got_max_width is None or got_max_width.__class__ is float)
        and (got_max_height is None or got_max_height.__class__ is float)
        and (got_line_height is None or got_line_height.__class__ is float)
        and (got_color is None or got_color.__class__ is str)
        and (got_background_color is None or got_background_color.__class__ is str)
        and (got_font_family is None or got_font_family.__class__ is str)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_text,
            got_font_size,
            None
            if got_type_ is None
            else _text_type.get(got_type_) or TextType.from_wire(got_type_),
            got_id,
            got_width,
            got_height,
            got_max_width,
            got_max_height,
            got_line_height,
            got_color,
            got_background_color,
            got_font_family,
            None
            if got_style is None
            else _text_style.get(got_style) or TextStyle.from_wire(got_style),
            None
            if got_align is None
            else _horizontal_align.get(got_align) or HorizontalAlign.from_wire(got_align),
            None
            if got_wrap is None
            else _text_wrap_mode.get(got_wrap) or TextWrapMode.from_wire(got_wrap),
            None
            if got_weight is None
            else _text_weight.get(got_weight) or TextWeight.from_wire(got_weight),
        )
    raise TypeError


@define
class Tiles(Model):
    """A grid of equal tiles, one for each child, as large as there is room for.

    Attributes:
        type_: The kind of the component, always `tiles`.
        id: An id of the component, by which a transition finds it after an update.
        children: The components in the tiles, from left to right and from top to bottom.
        width: The width in pixels. Needed where the parent does not lay out its children.
        height: The height in pixels. Needed where the parent does not lay out its children.
        background_color: The colour behind the tiles, such as `#1e1e2eff` (red, green, blue,
            alpha).
        tile_aspect_ratio: The proportion of width to height of a tile, such as `16:9`.
        margin: The space around each tile, in pixels. The server takes 0 when it is absent or
            null.
        padding: The space inside each tile, around its child, in pixels. The server takes 0
            when it is absent or null.
        horizontal_align: Where the tiles go when they do not need the whole width.
        vertical_align: Where the tiles go when they do not need the whole height.
        transition: How the tiles get here from their places in the scene before.
    """

    __module__ = "fishjam.composition"

    type_: TilesType | None = TilesType.TILES
    """The kind of the component, always `tiles`."""
    id: str | None = None
    """An id of the component, by which a transition finds it after an update."""
    children: "list[Component | dict[str, Any]] | None" = None
    """The components in the tiles, from left to right and from top to bottom."""
    width: float | None = None
    """The width in pixels. Needed where the parent does not lay out its children."""
    height: float | None = None
    """The height in pixels. Needed where the parent does not lay out its children."""
    background_color: str | None = None
    """The colour behind the tiles, such as `#1e1e2eff` (red, green, blue, alpha)."""
    tile_aspect_ratio: str | None = None
    """The proportion of width to height of a tile, such as `16:9`."""
    margin: float | None = None
    """The space around each tile, in pixels. The server takes 0 when it is absent or null."""
    padding: float | None = None
    """The space inside each tile, around its child, in pixels.

    The server takes 0 when it is absent or null.
    """
    horizontal_align: HorizontalAlign | None = None
    """Where the tiles go when they do not need the whole width."""
    vertical_align: VerticalAlign | None = None
    """Where the tiles go when they do not need the whole height."""
    transition: Transition | None = None
    """How the tiles get here from their places in the scene before."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            type_=optional(data, "type", TilesType.from_wire),
            id=optional(data, "id", read_str),
            children=optional(data, "children", list_of(read_component)),
            width=optional(data, "width", read_float),
            height=optional(data, "height", read_float),
            background_color=optional(data, "background_color", read_str),
            tile_aspect_ratio=optional(data, "tile_aspect_ratio", read_str),
            margin=optional(data, "margin", read_float),
            padding=optional(data, "padding", read_float),
            horizontal_align=optional(data, "horizontal_align", HorizontalAlign.from_wire),
            vertical_align=optional(data, "vertical_align", VerticalAlign.from_wire),
            transition=optional(data, "transition", Transition.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.id is not None:
            data["id"] = self.id
        if self.children is not None:
            data["children"] = dump(self.children)
        if self.width is not None:
            data["width"] = self.width
        if self.height is not None:
            data["height"] = self.height
        if self.background_color is not None:
            data["background_color"] = self.background_color
        if self.tile_aspect_ratio is not None:
            data["tile_aspect_ratio"] = self.tile_aspect_ratio
        if self.margin is not None:
            data["margin"] = self.margin
        if self.padding is not None:
            data["padding"] = self.padding
        if self.horizontal_align is not None:
            data["horizontal_align"] = dump(self.horizontal_align)
        if self.vertical_align is not None:
            data["vertical_align"] = dump(self.vertical_align)
        if self.transition is not None:
            data["transition"] = dump(self.transition)
        return data


@define
class Rescaler(Model):
    """Makes a component larger or smaller so that it fits its place.

    With any of `top`, `left`, `bottom`, `right` and `rotation` it has a place of its own in its
    parent, apart from the parent's layout.

    Attributes:
        child: The component that is made to fit.
        type_: The kind of the component, always `rescaler`.
        id: An id of the component, by which a transition finds it after an update.
        mode: How the child is brought to size.
        horizontal_align: Where a child goes that is narrower than the rescaler.
        vertical_align: Where a child goes that is lower than the rescaler.
        width: The width in pixels, without the border. Needed where the parent does not lay out
            its children.
        height: The height in pixels, without the border. Needed where the parent does not lay
            out its children.
        top: How far its top edge lies below that of its parent, in pixels.
        left: How far its left edge lies right of that of its parent, in pixels.
        bottom: How far its bottom edge lies above that of its parent, in pixels.
        right: How far its right edge lies left of that of its parent, in pixels.
        rotation: By how much it is turned, in degrees.
        transition: How it gets here from its place in the scene before.
        border_radius: The radius of its rounded corners, in pixels. The server takes 0 when it
            is absent or null.
        border_width: The width of its border, in pixels. The server takes 0 when it is absent
            or null.
        border_color: The colour of its border, such as `#ffffffff` (red, green, blue, alpha).
        box_shadow: The shadows that it throws.
    """

    __module__ = "fishjam.composition"

    child: "Component | dict[str, Any]"
    """The component that is made to fit."""
    type_: RescalerType | None = RescalerType.RESCALER
    """The kind of the component, always `rescaler`."""
    id: str | None = None
    """An id of the component, by which a transition finds it after an update."""
    mode: RescaleMode | None = None
    """How the child is brought to size."""
    horizontal_align: HorizontalAlign | None = None
    """Where a child goes that is narrower than the rescaler."""
    vertical_align: VerticalAlign | None = None
    """Where a child goes that is lower than the rescaler."""
    width: float | None = None
    """The width in pixels, without the border.

    Needed where the parent does not lay out its children.
    """
    height: float | None = None
    """The height in pixels, without the border.

    Needed where the parent does not lay out its children.
    """
    top: float | None = None
    """How far its top edge lies below that of its parent, in pixels."""
    left: float | None = None
    """How far its left edge lies right of that of its parent, in pixels."""
    bottom: float | None = None
    """How far its bottom edge lies above that of its parent, in pixels."""
    right: float | None = None
    """How far its right edge lies left of that of its parent, in pixels."""
    rotation: float | None = None
    """By how much it is turned, in degrees."""
    transition: Transition | None = None
    """How it gets here from its place in the scene before."""
    border_radius: float | None = None
    """The radius of its rounded corners, in pixels.

    The server takes 0 when it is absent or null.
    """
    border_width: float | None = None
    """The width of its border, in pixels. The server takes 0 when it is absent or null."""
    border_color: str | None = None
    """The colour of its border, such as `#ffffffff` (red, green, blue, alpha)."""
    box_shadow: list[BoxShadow] | None = None
    """The shadows that it throws."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            child=required(data, "child", read_component),
            type_=optional(data, "type", RescalerType.from_wire),
            id=optional(data, "id", read_str),
            mode=optional(data, "mode", RescaleMode.from_wire),
            horizontal_align=optional(data, "horizontal_align", HorizontalAlign.from_wire),
            vertical_align=optional(data, "vertical_align", VerticalAlign.from_wire),
            width=optional(data, "width", read_float),
            height=optional(data, "height", read_float),
            top=optional(data, "top", read_float),
            left=optional(data, "left", read_float),
            bottom=optional(data, "bottom", read_float),
            right=optional(data, "right", read_float),
            rotation=optional(data, "rotation", read_float),
            transition=optional(data, "transition", Transition.from_dict),
            border_radius=optional(data, "border_radius", read_float),
            border_width=optional(data, "border_width", read_float),
            border_color=optional(data, "border_color", read_str),
            box_shadow=optional(data, "box_shadow", list_of(BoxShadow.from_dict)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "child": dump(self.child),
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.id is not None:
            data["id"] = self.id
        if self.mode is not None:
            data["mode"] = dump(self.mode)
        if self.horizontal_align is not None:
            data["horizontal_align"] = dump(self.horizontal_align)
        if self.vertical_align is not None:
            data["vertical_align"] = dump(self.vertical_align)
        if self.width is not None:
            data["width"] = self.width
        if self.height is not None:
            data["height"] = self.height
        if self.top is not None:
            data["top"] = self.top
        if self.left is not None:
            data["left"] = self.left
        if self.bottom is not None:
            data["bottom"] = self.bottom
        if self.right is not None:
            data["right"] = self.right
        if self.rotation is not None:
            data["rotation"] = self.rotation
        if self.transition is not None:
            data["transition"] = dump(self.transition)
        if self.border_radius is not None:
            data["border_radius"] = self.border_radius
        if self.border_width is not None:
            data["border_width"] = self.border_width
        if self.border_color is not None:
            data["border_color"] = self.border_color
        if self.box_shadow is not None:
            data["box_shadow"] = dump(self.box_shadow)
        return data


@define
class Image(Model):
    """A registered image, as a part of a scene.

    With one of width and height the other follows from the image. With neither it has its own
    size.

    Attributes:
        image_id: The id that the image was registered under.
        type_: The kind of the component, always `image`.
        id: An id of the component, by which it is known again after an update.
        width: The width in pixels.
        height: The height in pixels.
    """

    __module__ = "fishjam.composition"

    image_id: str
    """The id that the image was registered under."""
    type_: ImageType | None = ImageType.IMAGE
    """The kind of the component, always `image`."""
    id: str | None = None
    """An id of the component, by which it is known again after an update."""
    width: float | None = None
    """The width in pixels."""
    height: float | None = None
    """The height in pixels."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_image(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            image_id=required(data, "image_id", read_str),
            type_=optional(data, "type", ImageType.from_wire),
            id=optional(data, "id", read_str),
            width=optional(data, "width", read_float),
            height=optional(data, "height", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "image_id": self.image_id,
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.id is not None:
            data["id"] = self.id
        if self.width is not None:
            data["width"] = self.width
        if self.height is not None:
            data["height"] = self.height
        return data


def _straight_image(src_dict: Any, cls: Callable[..., T]) -> T:
    got_image_id = src_dict["image_id"]
    got_type_ = src_dict.get("type")
    got_id = src_dict.get("id")
    got_width = src_dict.get("width")
    got_height = src_dict.get("height")
    if (
        src_dict.__class__ is dict
        and got_image_id.__class__ is str
        and (got_id is None or got_id.__class__ is str)
        and (got_width is None or got_width.__class__ is float)
        and (got_height is None or got_height.__class__ is float)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_image_id,
            None
            if got_type_ is None
            else _image_type.get(got_type_) or ImageType.from_wire(got_type_),
            got_id,
            got_width,
            got_height,
        )
    raise TypeError


Component: TypeAlias = InputStream | View | Text | Tiles | Rescaler | Image
"""A part of a scene.

Views, tiles and rescalers hold other components; input streams, images and texts are what there
is to see.
"""


def read_component(value: Any) -> Component | dict[str, Any]:
    """Read the member that a JSON object is; one that is not known stays a plain `dict`."""
    data = read_object(value)
    members: dict[str, Callable[[Mapping[str, Any]], Component]] = {
        "input_stream": InputStream.from_dict,
        "view": View.from_dict,
        "text": Text.from_dict,
        "tiles": Tiles.from_dict,
        "rescaler": Rescaler.from_dict,
        "image": Image.from_dict,
    }
    read = members.get(str(data.get("type")))
    return dict(data) if read is None else read(data)


@define
class CompositionCreatedResponse(Model):
    """A new composition.

    Attributes:
        composition_id: The id of the composition, given by the server.
        api_url: The address under which the server itself sees the composition.
    """

    __module__ = "fishjam.composition"

    composition_id: str
    """The id of the composition, given by the server."""
    api_url: str = field(repr=masked_address)
    """The address under which the server itself sees the composition."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_composition_created_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            composition_id=required(data, "composition_id", read_str),
            api_url=required(data, "api_url", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "composition_id": self.composition_id,
            "api_url": self.api_url,
        }
        return data


def _straight_composition_created_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_composition_id = src_dict["composition_id"]
    got_api_url = src_dict["api_url"]
    if (
        src_dict.__class__ is dict
        and got_composition_id.__class__ is str
        and got_api_url.__class__ is str
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_composition_id,
            got_api_url,
        )
    raise TypeError


@define
class CreateCompositionRequest(Model):
    """How a composition starts, and when it is cleaned up.

    Attributes:
        autostart: Whether outputs send as soon as they are registered. With false they wait
            until the composition is started. True by default.
        cleanup_without_inputs: Whether the composition is cleaned up after 5 minutes in which
            no input has brought anything, whatever its outputs send. With false it is cleaned
            up only when the outputs send nothing either. True by default, for a composition
            that is streamed into one of its own inputs would otherwise keep itself alive.
    """

    __module__ = "fishjam.composition"

    autostart: bool | None = True
    """Whether outputs send as soon as they are registered.

    With false they wait until the composition is started. True by default.
    """
    cleanup_without_inputs: bool | None = True
    """Whether the composition is cleaned up after 5 minutes in which no input has brought
    anything, whatever its outputs send.

    With false it is cleaned up only when the outputs send nothing either. True by default, for
    a composition that is streamed into one of its own inputs would otherwise keep itself alive.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_create_composition_request(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            autostart=optional(data, "autostart", read_bool),
            cleanup_without_inputs=optional(data, "cleanup_without_inputs", read_bool),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.autostart is not None:
            data["autostart"] = self.autostart
        if self.cleanup_without_inputs is not None:
            data["cleanup_without_inputs"] = self.cleanup_without_inputs
        return data


def _straight_create_composition_request(src_dict: Any, cls: Callable[..., T]) -> T:
    got_autostart = src_dict.get("autostart")
    got_cleanup_without_inputs = src_dict.get("cleanup_without_inputs")
    if (
        src_dict.__class__ is dict
        and (got_autostart is None or got_autostart.__class__ is bool)
        and (got_cleanup_without_inputs is None or got_cleanup_without_inputs.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_autostart,
            got_cleanup_without_inputs,
        )
    raise TypeError


@define
class FontUpload(Model):
    """A font to upload.

    Attributes:
        font: The font file.
    """

    __module__ = "fishjam.composition"

    font: bytes
    """The font file."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            font=required(data, "font", read_bytes),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "font": dump(self.font),
        }
        return data


@define
class ImageSpecPng(Model):
    """A PNG image.

    Attributes:
        url: The address of the image.
        asset_type: The format of the image, always `png`.
    """

    __module__ = "fishjam.composition"

    url: str = field(repr=masked_address)
    """The address of the image."""
    asset_type: ImageSpecPngAssetType | None = ImageSpecPngAssetType.PNG
    """The format of the image, always `png`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_image_spec_png(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            url=required(data, "url", read_str),
            asset_type=optional(data, "asset_type", ImageSpecPngAssetType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "url": self.url,
        }
        if self.asset_type is not None:
            data["asset_type"] = dump(self.asset_type)
        return data


def _straight_image_spec_png(src_dict: Any, cls: Callable[..., T]) -> T:
    got_url = src_dict["url"]
    got_asset_type = src_dict.get("asset_type")
    if src_dict.__class__ is dict and got_url.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_url,
            None
            if got_asset_type is None
            else _image_spec_png_asset_type.get(got_asset_type)
            or ImageSpecPngAssetType.from_wire(got_asset_type),
        )
    raise TypeError


@define
class ImageSpecJpeg(Model):
    """A JPEG image.

    Attributes:
        url: The address of the image.
        asset_type: The format of the image, always `jpeg`.
    """

    __module__ = "fishjam.composition"

    url: str = field(repr=masked_address)
    """The address of the image."""
    asset_type: ImageSpecJpegAssetType | None = ImageSpecJpegAssetType.JPEG
    """The format of the image, always `jpeg`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_image_spec_jpeg(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            url=required(data, "url", read_str),
            asset_type=optional(data, "asset_type", ImageSpecJpegAssetType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "url": self.url,
        }
        if self.asset_type is not None:
            data["asset_type"] = dump(self.asset_type)
        return data


def _straight_image_spec_jpeg(src_dict: Any, cls: Callable[..., T]) -> T:
    got_url = src_dict["url"]
    got_asset_type = src_dict.get("asset_type")
    if src_dict.__class__ is dict and got_url.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_url,
            None
            if got_asset_type is None
            else _image_spec_jpeg_asset_type.get(got_asset_type)
            or ImageSpecJpegAssetType.from_wire(got_asset_type),
        )
    raise TypeError


@define
class Resolution(Model):
    """The size of a picture.

    Attributes:
        width: The width in pixels.
        height: The height in pixels.
    """

    __module__ = "fishjam.composition"

    width: int
    """The width in pixels."""
    height: int
    """The height in pixels."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_resolution(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            width=required(data, "width", read_int),
            height=required(data, "height", read_int),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "width": self.width,
            "height": self.height,
        }
        return data


def _straight_resolution(src_dict: Any, cls: Callable[..., T]) -> T:
    got_width = src_dict["width"]
    got_height = src_dict["height"]
    if src_dict.__class__ is dict and got_width.__class__ is int and got_height.__class__ is int:
        # By position: a call with names takes much longer.
        return cls(
            got_width,
            got_height,
        )
    raise TypeError


@define
class ImageSpecSvg(Model):
    """An SVG image.

    Attributes:
        url: The address of the image.
        asset_type: The format of the image, always `svg`.
        resolution: The size at which the image is drawn. Absent or null leaves it to the image.
    """

    __module__ = "fishjam.composition"

    url: str = field(repr=masked_address)
    """The address of the image."""
    asset_type: ImageSpecSvgAssetType | None = ImageSpecSvgAssetType.SVG
    """The format of the image, always `svg`."""
    resolution: Resolution | None = None
    """The size at which the image is drawn. Absent or null leaves it to the image."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_image_spec_svg(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            url=required(data, "url", read_str),
            asset_type=optional(data, "asset_type", ImageSpecSvgAssetType.from_wire),
            resolution=optional(data, "resolution", Resolution.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "url": self.url,
        }
        if self.asset_type is not None:
            data["asset_type"] = dump(self.asset_type)
        if self.resolution is not None:
            data["resolution"] = dump(self.resolution)
        return data


def _straight_image_spec_svg(src_dict: Any, cls: Callable[..., T]) -> T:
    got_url = src_dict["url"]
    got_asset_type = src_dict.get("asset_type")
    got_resolution = src_dict.get("resolution")
    if src_dict.__class__ is dict and got_url.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_url,
            None
            if got_asset_type is None
            else _image_spec_svg_asset_type.get(got_asset_type)
            or ImageSpecSvgAssetType.from_wire(got_asset_type),
            None if got_resolution is None else _straight_resolution(got_resolution, Resolution),
        )
    raise TypeError


@define
class ImageSpecGif(Model):
    """A GIF image.

    Attributes:
        url: The address of the image.
        asset_type: The format of the image, always `gif`.
    """

    __module__ = "fishjam.composition"

    url: str = field(repr=masked_address)
    """The address of the image."""
    asset_type: ImageSpecGifAssetType | None = ImageSpecGifAssetType.GIF
    """The format of the image, always `gif`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_image_spec_gif(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            url=required(data, "url", read_str),
            asset_type=optional(data, "asset_type", ImageSpecGifAssetType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "url": self.url,
        }
        if self.asset_type is not None:
            data["asset_type"] = dump(self.asset_type)
        return data


def _straight_image_spec_gif(src_dict: Any, cls: Callable[..., T]) -> T:
    got_url = src_dict["url"]
    got_asset_type = src_dict.get("asset_type")
    if src_dict.__class__ is dict and got_url.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_url,
            None
            if got_asset_type is None
            else _image_spec_gif_asset_type.get(got_asset_type)
            or ImageSpecGifAssetType.from_wire(got_asset_type),
        )
    raise TypeError


@define
class ImageSpecAuto(Model):
    """An image whose format the server finds out.

    Attributes:
        url: The address of the image.
        asset_type: The format of the image, always `auto`.
    """

    __module__ = "fishjam.composition"

    url: str = field(repr=masked_address)
    """The address of the image."""
    asset_type: ImageSpecAutoAssetType | None = ImageSpecAutoAssetType.AUTO
    """The format of the image, always `auto`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_image_spec_auto(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            url=required(data, "url", read_str),
            asset_type=optional(data, "asset_type", ImageSpecAutoAssetType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "url": self.url,
        }
        if self.asset_type is not None:
            data["asset_type"] = dump(self.asset_type)
        return data


def _straight_image_spec_auto(src_dict: Any, cls: Callable[..., T]) -> T:
    got_url = src_dict["url"]
    got_asset_type = src_dict.get("asset_type")
    if src_dict.__class__ is dict and got_url.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_url,
            None
            if got_asset_type is None
            else _image_spec_auto_asset_type.get(got_asset_type)
            or ImageSpecAutoAssetType.from_wire(got_asset_type),
        )
    raise TypeError


ImageSpec: TypeAlias = ImageSpecPng | ImageSpecJpeg | ImageSpecSvg | ImageSpecGif | ImageSpecAuto
"""Where an image is fetched from, and of which format it is."""


def read_image_spec(value: Any) -> ImageSpec | dict[str, Any]:
    """Read the member that a JSON object is; one that is not known stays a plain `dict`."""
    data = read_object(value)
    members: dict[str, Callable[[Mapping[str, Any]], ImageSpec]] = {
        "png": ImageSpecPng.from_dict,
        "jpeg": ImageSpecJpeg.from_dict,
        "svg": ImageSpecSvg.from_dict,
        "gif": ImageSpecGif.from_dict,
        "auto": ImageSpecAuto.from_dict,
    }
    read = members.get(str(data.get("asset_type")))
    return dict(data) if read is None else read(data)


@define
class Mp4Input(Model):
    """An input that plays an MP4 file.

    Attributes:
        url: The address of the file.
        type_: The kind of the input, always `mp4`.
        loop: Whether the file begins anew when it has ended. The server takes false when it is
            absent or null.
    """

    __module__ = "fishjam.composition"

    url: str = field(repr=masked_address)
    """The address of the file."""
    type_: Mp4InputType | None = Mp4InputType.MP4
    """The kind of the input, always `mp4`."""
    loop: bool | None = None
    """Whether the file begins anew when it has ended.

    The server takes false when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_mp4_input(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            url=required(data, "url", read_str),
            type_=optional(data, "type", Mp4InputType.from_wire),
            loop=optional(data, "loop", read_bool),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "url": self.url,
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.loop is not None:
            data["loop"] = self.loop
        return data


def _straight_mp4_input(src_dict: Any, cls: Callable[..., T]) -> T:
    got_url = src_dict["url"]
    got_type_ = src_dict.get("type")
    got_loop = src_dict.get("loop")
    if (
        src_dict.__class__ is dict
        and got_url.__class__ is str
        and (got_loop is None or got_loop.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_url,
            None
            if got_type_ is None
            else _mp4_input_type.get(got_type_) or Mp4InputType.from_wire(got_type_),
            got_loop,
        )
    raise TypeError


@define
class OutputEndCondition(Model):
    """When the end of inputs ends an output.

    At most one property may be set. An input has ended when its connection is closed, when its
    file is over, or when it is not registered, no longer or never.

    Attributes:
        any_of: The output ends when any of these inputs has ended.
        all_of: The output ends when all of these inputs have ended.
        any_input: Whether the output ends when any input has ended, also one that is added
            later. It goes on while there has never been an input.
        all_inputs: Whether the output ends when all inputs have ended. It ends at once when
            there has never been an input.
    """

    __module__ = "fishjam.composition"

    any_of: list[str] | None = None
    """The output ends when any of these inputs has ended."""
    all_of: list[str] | None = None
    """The output ends when all of these inputs have ended."""
    any_input: bool | None = None
    """Whether the output ends when any input has ended, also one that is added later.

    It goes on while there has never been an input.
    """
    all_inputs: bool | None = None
    """Whether the output ends when all inputs have ended.

    It ends at once when there has never been an input.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_output_end_condition(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            any_of=optional(data, "any_of", list_of(read_str)),
            all_of=optional(data, "all_of", list_of(read_str)),
            any_input=optional(data, "any_input", read_bool),
            all_inputs=optional(data, "all_inputs", read_bool),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.any_of is not None:
            data["any_of"] = dump(self.any_of)
        if self.all_of is not None:
            data["all_of"] = dump(self.all_of)
        if self.any_input is not None:
            data["any_input"] = self.any_input
        if self.all_inputs is not None:
            data["all_inputs"] = self.all_inputs
        return data


def _straight_output_end_condition(src_dict: Any, cls: Callable[..., T]) -> T:
    got_any_of = src_dict.get("any_of")
    got_all_of = src_dict.get("all_of")
    got_any_input = src_dict.get("any_input")
    got_all_inputs = src_dict.get("all_inputs")
    if (
        src_dict.__class__ is dict
        and (got_any_of is None or got_any_of.__class__ is list)
        and (got_all_of is None or got_all_of.__class__ is list)
        and (got_any_input is None or got_any_input.__class__ is bool)
        and (got_all_inputs is None or got_all_inputs.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            None if got_any_of is None else [read_str(item) for item in got_any_of],
            None if got_all_of is None else [read_str(item) for item in got_all_of],
            got_any_input,
            got_all_inputs,
        )
    raise TypeError


@define
class OutputRtmpClientAudioOptions(Model):
    """The audio of an RTMP output.

    Attributes:
        initial: What is to be heard at first.
        mixing_strategy: How the samples of several inputs become one.
        send_eos_when: Which inputs must have ended for the audio to end.
        channels: How many channels it has.
    """

    __module__ = "fishjam.composition"

    initial: AudioScene
    """What is to be heard at first."""
    mixing_strategy: AudioMixingStrategy | None = None
    """How the samples of several inputs become one."""
    send_eos_when: OutputEndCondition | None = None
    """Which inputs must have ended for the audio to end."""
    channels: AudioChannels | None = None
    """How many channels it has."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_output_rtmp_client_audio_options(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            initial=required(data, "initial", AudioScene.from_dict),
            mixing_strategy=optional(data, "mixing_strategy", AudioMixingStrategy.from_wire),
            send_eos_when=optional(data, "send_eos_when", OutputEndCondition.from_dict),
            channels=optional(data, "channels", AudioChannels.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "initial": dump(self.initial),
        }
        if self.mixing_strategy is not None:
            data["mixing_strategy"] = dump(self.mixing_strategy)
        if self.send_eos_when is not None:
            data["send_eos_when"] = dump(self.send_eos_when)
        if self.channels is not None:
            data["channels"] = dump(self.channels)
        return data


def _straight_output_rtmp_client_audio_options(src_dict: Any, cls: Callable[..., T]) -> T:
    got_initial = src_dict["initial"]
    got_mixing_strategy = src_dict.get("mixing_strategy")
    got_send_eos_when = src_dict.get("send_eos_when")
    got_channels = src_dict.get("channels")
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_audio_scene(got_initial, AudioScene),
            None
            if got_mixing_strategy is None
            else _audio_mixing_strategy.get(got_mixing_strategy)
            or AudioMixingStrategy.from_wire(got_mixing_strategy),
            None
            if got_send_eos_when is None
            else _straight_output_end_condition(got_send_eos_when, OutputEndCondition),
            None
            if got_channels is None
            else _audio_channels.get(got_channels) or AudioChannels.from_wire(got_channels),
        )
    raise TypeError


@define
class VideoScene(Model):
    """What is to be seen on an output.

    Attributes:
        root: The component that fills the picture, with all that is in it.
    """

    __module__ = "fishjam.composition"

    root: Component | dict[str, Any]
    """The component that fills the picture, with all that is in it."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            root=required(data, "root", read_component),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "root": dump(self.root),
        }
        return data


@define
class OutputRtmpClientVideoOptions(Model):
    """The video of an RTMP output.

    Attributes:
        resolution: The size of the picture.
        initial: What is to be seen at first.
        send_eos_when: Which inputs must have ended for the video to end.
    """

    __module__ = "fishjam.composition"

    resolution: Resolution
    """The size of the picture."""
    initial: VideoScene
    """What is to be seen at first."""
    send_eos_when: OutputEndCondition | None = None
    """Which inputs must have ended for the video to end."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            resolution=required(data, "resolution", Resolution.from_dict),
            initial=required(data, "initial", VideoScene.from_dict),
            send_eos_when=optional(data, "send_eos_when", OutputEndCondition.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "resolution": dump(self.resolution),
            "initial": dump(self.initial),
        }
        if self.send_eos_when is not None:
            data["send_eos_when"] = dump(self.send_eos_when)
        return data


@define
class WhipAudioEncoderOptionsOpus(Model):
    """Opus, with settings of its own.

    Attributes:
        type_: The kind of the codec, always `opus`.
        preset: What the encoder is tuned for.
        sample_rate: The sample rate in hertz: 8000, 16000, 24000 or 48000. The server takes
            48000 when it is absent or null.
        forward_error_correction: Whether packets carry what is needed to make up for lost ones.
            The server takes false when it is absent or null.
    """

    __module__ = "fishjam.composition"

    type_: WhipAudioEncoderOptionsOpusType | None = WhipAudioEncoderOptionsOpusType.OPUS
    """The kind of the codec, always `opus`."""
    preset: OpusEncoderPreset | None = None
    """What the encoder is tuned for."""
    sample_rate: int | None = None
    """The sample rate in hertz: 8000, 16000, 24000 or 48000.

    The server takes 48000 when it is absent or null.
    """
    forward_error_correction: bool | None = None
    """Whether packets carry what is needed to make up for lost ones.

    The server takes false when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_whip_audio_encoder_options_opus(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            type_=optional(data, "type", WhipAudioEncoderOptionsOpusType.from_wire),
            preset=optional(data, "preset", OpusEncoderPreset.from_wire),
            sample_rate=optional(data, "sample_rate", read_int),
            forward_error_correction=optional(data, "forward_error_correction", read_bool),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.preset is not None:
            data["preset"] = dump(self.preset)
        if self.sample_rate is not None:
            data["sample_rate"] = self.sample_rate
        if self.forward_error_correction is not None:
            data["forward_error_correction"] = self.forward_error_correction
        return data


def _straight_whip_audio_encoder_options_opus(src_dict: Any, cls: Callable[..., T]) -> T:
    got_type_ = src_dict.get("type")
    got_preset = src_dict.get("preset")
    got_sample_rate = src_dict.get("sample_rate")
    got_forward_error_correction = src_dict.get("forward_error_correction")
    if (
        src_dict.__class__ is dict
        and (got_sample_rate is None or got_sample_rate.__class__ is int)
        and (got_forward_error_correction is None or got_forward_error_correction.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            None
            if got_type_ is None
            else _whip_audio_encoder_options_opus_type.get(got_type_)
            or WhipAudioEncoderOptionsOpusType.from_wire(got_type_),
            None
            if got_preset is None
            else _opus_encoder_preset.get(got_preset) or OpusEncoderPreset.from_wire(got_preset),
            got_sample_rate,
            got_forward_error_correction,
        )
    raise TypeError


@define
class WhipAudioEncoderOptionsAny(Model):
    """Any codec that the server can send.

    Attributes:
        type_: The kind of the codec, always `any`.
    """

    __module__ = "fishjam.composition"

    type_: WhipAudioEncoderOptionsAnyType | None = WhipAudioEncoderOptionsAnyType.ANY
    """The kind of the codec, always `any`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_whip_audio_encoder_options_any(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            type_=optional(data, "type", WhipAudioEncoderOptionsAnyType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        return data


def _straight_whip_audio_encoder_options_any(src_dict: Any, cls: Callable[..., T]) -> T:
    got_type_ = src_dict.get("type")
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            None
            if got_type_ is None
            else _whip_audio_encoder_options_any_type.get(got_type_)
            or WhipAudioEncoderOptionsAnyType.from_wire(got_type_),
        )
    raise TypeError


WhipAudioEncoderOptions: TypeAlias = WhipAudioEncoderOptionsOpus | WhipAudioEncoderOptionsAny
"""A codec to offer for the audio of a WHIP output."""


def read_whip_audio_encoder_options(value: Any) -> WhipAudioEncoderOptions | dict[str, Any]:
    """Read the member that a JSON object is; one that is not known stays a plain `dict`."""
    data = read_object(value)
    members: dict[str, Callable[[Mapping[str, Any]], WhipAudioEncoderOptions]] = {
        "opus": WhipAudioEncoderOptionsOpus.from_dict,
        "any": WhipAudioEncoderOptionsAny.from_dict,
    }
    read = members.get(str(data.get("type")))
    return dict(data) if read is None else read(data)


@define
class OutputWhipAudioOptions(Model):
    """The audio of a WHIP output.

    Attributes:
        initial: What is to be heard at first.
        mixing_strategy: How the samples of several inputs become one.
        send_eos_when: Which inputs must have ended for the audio to end.
        channels: How many channels it has.
        encoder_preferences: The codecs to offer, the one that is liked best first.
    """

    __module__ = "fishjam.composition"

    initial: AudioScene
    """What is to be heard at first."""
    mixing_strategy: AudioMixingStrategy | None = None
    """How the samples of several inputs become one."""
    send_eos_when: OutputEndCondition | None = None
    """Which inputs must have ended for the audio to end."""
    channels: AudioChannels | None = None
    """How many channels it has."""
    encoder_preferences: list[WhipAudioEncoderOptions | dict[str, Any]] | None = None
    """The codecs to offer, the one that is liked best first."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            initial=required(data, "initial", AudioScene.from_dict),
            mixing_strategy=optional(data, "mixing_strategy", AudioMixingStrategy.from_wire),
            send_eos_when=optional(data, "send_eos_when", OutputEndCondition.from_dict),
            channels=optional(data, "channels", AudioChannels.from_wire),
            encoder_preferences=optional(
                data, "encoder_preferences", list_of(read_whip_audio_encoder_options)
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "initial": dump(self.initial),
        }
        if self.mixing_strategy is not None:
            data["mixing_strategy"] = dump(self.mixing_strategy)
        if self.send_eos_when is not None:
            data["send_eos_when"] = dump(self.send_eos_when)
        if self.channels is not None:
            data["channels"] = dump(self.channels)
        if self.encoder_preferences is not None:
            data["encoder_preferences"] = dump(self.encoder_preferences)
        return data


@define
class OutputWhipVideoOptions(Model):
    """The video of a WHIP output.

    Attributes:
        resolution: The size of the picture.
        initial: What is to be seen at first.
        send_eos_when: Which inputs must have ended for the video to end.
    """

    __module__ = "fishjam.composition"

    resolution: Resolution
    """The size of the picture."""
    initial: VideoScene
    """What is to be seen at first."""
    send_eos_when: OutputEndCondition | None = None
    """Which inputs must have ended for the video to end."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            resolution=required(data, "resolution", Resolution.from_dict),
            initial=required(data, "initial", VideoScene.from_dict),
            send_eos_when=optional(data, "send_eos_when", OutputEndCondition.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "resolution": dump(self.resolution),
            "initial": dump(self.initial),
        }
        if self.send_eos_when is not None:
            data["send_eos_when"] = dump(self.send_eos_when)
        return data


@define
class RtmpInput(Model):
    """An input to publish to over RTMP.

    Attributes:
        stream_key: The key that tells this input from others. It is the last segment of the
            address to publish to.
        type_: The kind of the input, always `rtmp_server`.
    """

    __module__ = "fishjam.composition"

    stream_key: str = field(repr=masked)
    """The key that tells this input from others.

    It is the last segment of the address to publish to.
    """
    type_: RtmpInputType | None = RtmpInputType.RTMP_SERVER
    """The kind of the input, always `rtmp_server`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_rtmp_input(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            stream_key=required(data, "stream_key", read_str),
            type_=optional(data, "type", RtmpInputType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "stream_key": self.stream_key,
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        return data


def _straight_rtmp_input(src_dict: Any, cls: Callable[..., T]) -> T:
    got_stream_key = src_dict["stream_key"]
    got_type_ = src_dict.get("type")
    if src_dict.__class__ is dict and got_stream_key.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_stream_key,
            None
            if got_type_ is None
            else _rtmp_input_type.get(got_type_) or RtmpInputType.from_wire(got_type_),
        )
    raise TypeError


@define
class WhipInput(Model):
    """An input to publish to over WHIP.

    Attributes:
        type_: The kind of the input, always `whip_server`.
        bearer_token: The token to publish with. Without one the server makes one up and answers
            with it.
        video: Whether video is taken, as H.264. The server takes true when it is absent or
            null.
    """

    __module__ = "fishjam.composition"

    type_: WhipInputType | None = WhipInputType.WHIP_SERVER
    """The kind of the input, always `whip_server`."""
    bearer_token: str | None = field(default=None, repr=masked)
    """The token to publish with. Without one the server makes one up and answers with it."""
    video: bool | None = None
    """Whether video is taken, as H.264. The server takes true when it is absent or null."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_whip_input(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            type_=optional(data, "type", WhipInputType.from_wire),
            bearer_token=optional(data, "bearer_token", read_str),
            video=optional(data, "video", read_bool),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.bearer_token is not None:
            data["bearer_token"] = self.bearer_token
        if self.video is not None:
            data["video"] = self.video
        return data


def _straight_whip_input(src_dict: Any, cls: Callable[..., T]) -> T:
    got_type_ = src_dict.get("type")
    got_bearer_token = src_dict.get("bearer_token")
    got_video = src_dict.get("video")
    if (
        src_dict.__class__ is dict
        and (got_bearer_token is None or got_bearer_token.__class__ is str)
        and (got_video is None or got_video.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            None
            if got_type_ is None
            else _whip_input_type.get(got_type_) or WhipInputType.from_wire(got_type_),
            got_bearer_token,
            got_video,
        )
    raise TypeError


@define
class WhepInput(Model):
    """An input that the server fetches over WHEP.

    Attributes:
        endpoint_url: The address to fetch from.
        type_: The kind of the input, always `whep_client`.
        bearer_token: The token to fetch with, where that server wants one.
        video: Whether video is wanted, as H.264. The server takes true when it is absent or
            null.
    """

    __module__ = "fishjam.composition"

    endpoint_url: str = field(repr=masked_address)
    """The address to fetch from."""
    type_: WhepInputType | None = WhepInputType.WHEP_CLIENT
    """The kind of the input, always `whep_client`."""
    bearer_token: str | None = field(default=None, repr=masked)
    """The token to fetch with, where that server wants one."""
    video: bool | None = None
    """Whether video is wanted, as H.264. The server takes true when it is absent or null."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_whep_input(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            endpoint_url=required(data, "endpoint_url", read_str),
            type_=optional(data, "type", WhepInputType.from_wire),
            bearer_token=optional(data, "bearer_token", read_str),
            video=optional(data, "video", read_bool),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "endpoint_url": self.endpoint_url,
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.bearer_token is not None:
            data["bearer_token"] = self.bearer_token
        if self.video is not None:
            data["video"] = self.video
        return data


def _straight_whep_input(src_dict: Any, cls: Callable[..., T]) -> T:
    got_endpoint_url = src_dict["endpoint_url"]
    got_type_ = src_dict.get("type")
    got_bearer_token = src_dict.get("bearer_token")
    got_video = src_dict.get("video")
    if (
        src_dict.__class__ is dict
        and got_endpoint_url.__class__ is str
        and (got_bearer_token is None or got_bearer_token.__class__ is str)
        and (got_video is None or got_video.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_endpoint_url,
            None
            if got_type_ is None
            else _whep_input_type.get(got_type_) or WhepInputType.from_wire(got_type_),
            got_bearer_token,
            got_video,
        )
    raise TypeError


RegisterInput: TypeAlias = RtmpInput | Mp4Input | WhipInput | WhepInput
"""An input to register, by its kind."""


def read_register_input(value: Any) -> RegisterInput | dict[str, Any]:
    """Read the member that a JSON object is; one that is not known stays a plain `dict`."""
    data = read_object(value)
    members: dict[str, Callable[[Mapping[str, Any]], RegisterInput]] = {
        "rtmp_server": RtmpInput.from_dict,
        "mp4": Mp4Input.from_dict,
        "whip_server": WhipInput.from_dict,
        "whep_client": WhepInput.from_dict,
    }
    read = members.get(str(data.get("type")))
    return dict(data) if read is None else read(data)


@define
class RegisterInputResponse(Model):
    """What the registration of an input has brought.

    Which properties there are depends on the kind of the input.

    Attributes:
        bearer_token: The token to publish with, for a WHIP input.
        endpoint_route: The path to publish to, below the address of the composition, for a WHIP
            input.
        video_duration_ms: The length of the video in milliseconds, for an MP4 input that has
            video.
        audio_duration_ms: The length of the audio in milliseconds, for an MP4 input that has
            audio.
        publish_url: The address to publish to, for an RTMP input. It holds the stream key, so
            it is as secret as the key.
    """

    __module__ = "fishjam.composition"

    bearer_token: str | None = field(default=None, repr=masked)
    """The token to publish with, for a WHIP input."""
    endpoint_route: str | None = None
    """The path to publish to, below the address of the composition, for a WHIP input."""
    video_duration_ms: int | None = None
    """The length of the video in milliseconds, for an MP4 input that has video."""
    audio_duration_ms: int | None = None
    """The length of the audio in milliseconds, for an MP4 input that has audio."""
    publish_url: str | None = field(default=None, repr=masked)
    """The address to publish to, for an RTMP input.

    It holds the stream key, so it is as secret as the key.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_register_input_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            bearer_token=optional(data, "bearer_token", read_str),
            endpoint_route=optional(data, "endpoint_route", read_str),
            video_duration_ms=optional(data, "video_duration_ms", read_int),
            audio_duration_ms=optional(data, "audio_duration_ms", read_int),
            publish_url=optional(data, "publish_url", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.bearer_token is not None:
            data["bearer_token"] = self.bearer_token
        if self.endpoint_route is not None:
            data["endpoint_route"] = self.endpoint_route
        if self.video_duration_ms is not None:
            data["video_duration_ms"] = self.video_duration_ms
        if self.audio_duration_ms is not None:
            data["audio_duration_ms"] = self.audio_duration_ms
        if self.publish_url is not None:
            data["publish_url"] = self.publish_url
        return data


def _straight_register_input_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_bearer_token = src_dict.get("bearer_token")
    got_endpoint_route = src_dict.get("endpoint_route")
    got_video_duration_ms = src_dict.get("video_duration_ms")
    got_audio_duration_ms = src_dict.get("audio_duration_ms")
    got_publish_url = src_dict.get("publish_url")
    if (
        src_dict.__class__ is dict
        and (got_bearer_token is None or got_bearer_token.__class__ is str)
        and (got_endpoint_route is None or got_endpoint_route.__class__ is str)
        and (got_video_duration_ms is None or got_video_duration_ms.__class__ is int)
        and (got_audio_duration_ms is None or got_audio_duration_ms.__class__ is int)
        and (got_publish_url is None or got_publish_url.__class__ is str)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_bearer_token,
            got_endpoint_route,
            got_video_duration_ms,
            got_audio_duration_ms,
            got_publish_url,
        )
    raise TypeError


@define
class RtmpOutput(Model):
    """An output that publishes to an RTMP server.

    Attributes:
        url: The address to publish to. It commonly ends in a stream key, so it is as secret as
            the key.
        type_: The kind of the output, always `rtmp_client`.
        video: The video and its first scene. The output has no video when it is absent or null.
        audio: The audio and its first scene. The output has no audio when it is absent or null.
    """

    __module__ = "fishjam.composition"

    url: str = field(repr=masked)
    """The address to publish to.

    It commonly ends in a stream key, so it is as secret as the key.
    """
    type_: RtmpOutputType | None = RtmpOutputType.RTMP_CLIENT
    """The kind of the output, always `rtmp_client`."""
    video: OutputRtmpClientVideoOptions | None = None
    """The video and its first scene. The output has no video when it is absent or null."""
    audio: OutputRtmpClientAudioOptions | None = None
    """The audio and its first scene. The output has no audio when it is absent or null."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            url=required(data, "url", read_str),
            type_=optional(data, "type", RtmpOutputType.from_wire),
            video=optional(data, "video", OutputRtmpClientVideoOptions.from_dict),
            audio=optional(data, "audio", OutputRtmpClientAudioOptions.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "url": self.url,
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.video is not None:
            data["video"] = dump(self.video)
        if self.audio is not None:
            data["audio"] = dump(self.audio)
        return data


@define
class WhipOutput(Model):
    """An output that publishes to a WHIP server.

    Attributes:
        endpoint_url: The address to publish to.
        type_: The kind of the output, always `whip_client`.
        bearer_token: The token to publish with, where that server wants one.
        video: The video and its first scene. The output has no video when it is absent or null.
        audio: The audio and its first scene. The output has no audio when it is absent or null.
    """

    __module__ = "fishjam.composition"

    endpoint_url: str = field(repr=masked_address)
    """The address to publish to."""
    type_: WhipOutputType | None = WhipOutputType.WHIP_CLIENT
    """The kind of the output, always `whip_client`."""
    bearer_token: str | None = field(default=None, repr=masked)
    """The token to publish with, where that server wants one."""
    video: OutputWhipVideoOptions | None = None
    """The video and its first scene. The output has no video when it is absent or null."""
    audio: OutputWhipAudioOptions | None = None
    """The audio and its first scene. The output has no audio when it is absent or null."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            endpoint_url=required(data, "endpoint_url", read_str),
            type_=optional(data, "type", WhipOutputType.from_wire),
            bearer_token=optional(data, "bearer_token", read_str),
            video=optional(data, "video", OutputWhipVideoOptions.from_dict),
            audio=optional(data, "audio", OutputWhipAudioOptions.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "endpoint_url": self.endpoint_url,
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        if self.bearer_token is not None:
            data["bearer_token"] = self.bearer_token
        if self.video is not None:
            data["video"] = dump(self.video)
        if self.audio is not None:
            data["audio"] = dump(self.audio)
        return data


RegisterOutput: TypeAlias = RtmpOutput | WhipOutput
"""An output to register, by its kind."""


def read_register_output(value: Any) -> RegisterOutput | dict[str, Any]:
    """Read the member that a JSON object is; one that is not known stays a plain `dict`."""
    data = read_object(value)
    members: dict[str, Callable[[Mapping[str, Any]], RegisterOutput]] = {
        "rtmp_client": RtmpOutput.from_dict,
        "whip_client": WhipOutput.from_dict,
    }
    read = members.get(str(data.get("type")))
    return dict(data) if read is None else read(data)


@define
class RegisterTemplateOutput(Model):
    """An output to register, with the template that makes its scenes.

    Attributes:
        config: The settings of the output. Its first scenes are ignored; without `audio` it has
            no audio at all.
        template: The JavaScript of the template, as a file.
    """

    __module__ = "fishjam.composition"

    config: RegisterOutput | dict[str, Any]
    """The settings of the output.

    Its first scenes are ignored; without `audio` it has no audio at all.
    """
    template: bytes
    """The JavaScript of the template, as a file."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            config=required(data, "config", read_register_output),
            template=required(data, "template", read_bytes),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "config": dump(self.config),
            "template": dump(self.template),
        }
        return data


@define
class SendCompositionEventRequest(Model):
    """An event for the templates of a composition.

    Attributes:
        event_name: The name that the templates know the event by, such as `START_LIVE`.
        data: Any JSON value that goes with the event.
    """

    event_name: str
    """The name that the templates know the event by, such as `START_LIVE`."""
    data: Any | None = None
    """Any JSON value that goes with the event."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_send_composition_event_request(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            event_name=required(data, "event_name", read_str),
            data=optional(data, "data", read_any),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "event_name": self.event_name,
        }
        if self.data is not None:
            data["data"] = dump(self.data)
        return data


def _straight_send_composition_event_request(src_dict: Any, cls: Callable[..., T]) -> T:
    got_event_name = src_dict["event_name"]
    got_data = src_dict.get("data")
    if src_dict.__class__ is dict and got_event_name.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_event_name,
            got_data,
        )
    raise TypeError


@define
class UnregisterInput(Model):
    """When to unregister an input.

    Attributes:
        schedule_time_ms: The time in milliseconds, counted from the start of the composition.
            At once when it is absent or null.
    """

    __module__ = "fishjam.composition"

    schedule_time_ms: float | None = None
    """The time in milliseconds, counted from the start of the composition.

    At once when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_unregister_input(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            schedule_time_ms=optional(data, "schedule_time_ms", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.schedule_time_ms is not None:
            data["schedule_time_ms"] = self.schedule_time_ms
        return data


def _straight_unregister_input(src_dict: Any, cls: Callable[..., T]) -> T:
    got_schedule_time_ms = src_dict.get("schedule_time_ms")
    if src_dict.__class__ is dict and (
        got_schedule_time_ms is None or got_schedule_time_ms.__class__ is float
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_schedule_time_ms,
        )
    raise TypeError


@define
class UnregisterOutput(Model):
    """When to unregister an output.

    Attributes:
        schedule_time_ms: The time in milliseconds, counted from the start of the composition.
            At once when it is absent or null.
    """

    __module__ = "fishjam.composition"

    schedule_time_ms: float | None = None
    """The time in milliseconds, counted from the start of the composition.

    At once when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_unregister_output(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            schedule_time_ms=optional(data, "schedule_time_ms", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.schedule_time_ms is not None:
            data["schedule_time_ms"] = self.schedule_time_ms
        return data


def _straight_unregister_output(src_dict: Any, cls: Callable[..., T]) -> T:
    got_schedule_time_ms = src_dict.get("schedule_time_ms")
    if src_dict.__class__ is dict and (
        got_schedule_time_ms is None or got_schedule_time_ms.__class__ is float
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_schedule_time_ms,
        )
    raise TypeError


@define
class UnregisterRenderer(Model):
    """When to unregister an image.

    Attributes:
        schedule_time_ms: The time in milliseconds, counted from the start of the composition.
            At once when it is absent or null.
    """

    __module__ = "fishjam.composition"

    schedule_time_ms: float | None = None
    """The time in milliseconds, counted from the start of the composition.

    At once when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_unregister_renderer(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            schedule_time_ms=optional(data, "schedule_time_ms", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.schedule_time_ms is not None:
            data["schedule_time_ms"] = self.schedule_time_ms
        return data


def _straight_unregister_renderer(src_dict: Any, cls: Callable[..., T]) -> T:
    got_schedule_time_ms = src_dict.get("schedule_time_ms")
    if src_dict.__class__ is dict and (
        got_schedule_time_ms is None or got_schedule_time_ms.__class__ is float
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_schedule_time_ms,
        )
    raise TypeError


@define
class UpdateOutputRequest(Model):
    """The new scenes of an output.

    They have to be what the output was registered with: video, audio, or both.

    Attributes:
        video: What is to be seen, for an output that has video.
        audio: What is to be heard, for an output that has audio.
        schedule_time_ms: The time in milliseconds, counted from the start of the composition.
            At once when it is absent or null.
    """

    __module__ = "fishjam.composition"

    video: VideoScene | None = None
    """What is to be seen, for an output that has video."""
    audio: AudioScene | None = None
    """What is to be heard, for an output that has audio."""
    schedule_time_ms: float | None = None
    """The time in milliseconds, counted from the start of the composition.

    At once when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            video=optional(data, "video", VideoScene.from_dict),
            audio=optional(data, "audio", AudioScene.from_dict),
            schedule_time_ms=optional(data, "schedule_time_ms", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.video is not None:
            data["video"] = dump(self.video)
        if self.audio is not None:
            data["audio"] = dump(self.audio)
        if self.schedule_time_ms is not None:
            data["schedule_time_ms"] = self.schedule_time_ms
        return data


# These hold unions that they belong to, so that their annotations were texts until now.
resolve_annotations(globals(), View, Tiles, Rescaler)
