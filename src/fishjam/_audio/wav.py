"""Reads WAV files of any rate, number of channels and kind of samples as PCM16."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from anyio import CancelScope
from anyio.to_thread import run_sync
from typing_extensions import Self

from fishjam._audio.converter import FrameConverter
from fishjam._audio.formats import PcmFormat, PcmLayout
from fishjam._audio.library import load

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

WavSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""The path of a WAV file, its bytes, or a binary file that it is read from."""

MAX_SIZE = 2**31 - 1
"""How many bytes a WAV file may have: readers do not agree on what a larger size in it means."""
_UNKNOWN_SIZES = range(2**31 - 2**12, 2**32)
"""What programs write that do not know yet how long it gets, such as `espeak-ng --stdout`."""
_PIECE = 1 << 20
_MIN_RATE, _MAX_RATE = 1000, 768_000
"""In Hz. A filter between rates that are further apart would take gigabytes."""


class WavReader:
    """A WAV file that is read piece by piece; reading blocks, so do it in a thread.

    Args:
        source: the path of a file, its bytes, or a binary file, which is read from where it
            stands and not closed.
        whole: whether a file that is cut off is an error; otherwise what is there is read.

    Attributes:
        format: the file's own sample rate and number of channels; more than two count as two.

    Raises:
        ValueError: this is not a WAV file, or one that is empty, cut off, too large or of an
            unknown kind. The message says which.
        OSError: the file cannot be read.
        TypeError: the source is of another type.
        MissingExtraError: the library that reads it is not installed.
    """

    def __init__(self, source: WavSource, *, whole: bool = True) -> None:
        self._av = load()
        self.name, self._file, self._owned = _open(source)
        try:
            with self._named_errors():
                part = _FilePart(self._file, _find_size(self._file, whole=whole))
                # With its format named, the library does not guess, nor take files of other kinds.
                self._container: InputContainer = self._av.open(part, format="wav")
                self._stream = self._container.streams.audio[0]
                self.format = _format_of(self._stream)
        except BaseException:
            self._close_file()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, if it was opened here."""
        self._container.close()
        self._close_file()

    def blocks(self, target: PcmLayout) -> Generator[bytes, None, None]:
        """Give all of it as PCM16 of that format, in pieces of up to about a second."""
        size = 2 * target.channels * target.sample_rate
        block = bytearray()
        with self._named_errors():
            for data in self._converted(target):
                block += data
                if len(block) >= size:
                    yield bytes(block)
                    block.clear()
        if block:
            yield bytes(block)

    def read(self, target: PcmLayout) -> bytes:
        """Return all of it as PCM16 of that format."""
        return b"".join(self.blocks(target))

    def _converted(self, target: PcmLayout) -> Iterator[bytes]:
        converter = FrameConverter(target)
        for frame in self._container.decode(self._stream):
            yield converter.convert(frame)
        yield converter.finish()

    def _close_file(self) -> None:
        if self._owned:
            self._file.close()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Say in errors which file they are about."""
        try:
            yield
        except _WavError as error:
            raise ValueError(f"{self.name} {error}") from None
        except self._av.FFmpegError as error:
            raise ValueError(f"{self.name} cannot be decoded: {error.strerror}") from error


async def wav_blocks(source: WavSource, target: PcmLayout) -> AsyncGenerator[bytes, None]:
    """Give a WAV file as PCM16 of that format, read in threads so that nothing else waits.

    Errors are those of `WavReader`, most of them before the first block.
    """
    reader = await run_sync(WavReader, source)
    try:
        blocks = reader.blocks(target)
        # With an end of its own: a StopIteration cannot be raised into a coroutine.
        while block := await run_sync(next, blocks, b""):
            yield block
    finally:
        with CancelScope(shield=True):
            await run_sync(reader.close)


class _WavError(Exception):
    """What is wrong with a file, as the rest of a sentence that begins with its name."""


def _open(source: WavSource) -> tuple[str, BinaryIO, bool]:
    """Return what to call it, a file that can be searched, and whether to close that."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source), Path(source).open("rb"), True
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "The WAV audio", io.BytesIO(source), True
    if not hasattr(source, "read"):
        raise TypeError(
            "WAV audio is the path of a file, its bytes or a binary file, "
            f"not {type(source).__name__}"
        )
    name = getattr(source, "name", None)
    if not isinstance(name, str):
        # A temporary file has the number of its descriptor for a name.
        name = "The WAV audio"
    if isinstance(source, io.TextIOBase):
        raise TypeError(f'{name} was opened as text: open it with "rb"')
    # Python 3.10 has files without this method, such as `tempfile.SpooledTemporaryFile`.
    if hasattr(source, "seekable") and source.seekable():
        return name, source, False
    return name, _read_all(source), True


def _read_all(source: BinaryIO) -> io.BytesIO:
    """Return what can be read from a file that cannot be searched, such as a pipe."""
    content = io.BytesIO()
    # In pieces: a pipe without a buffer gives what is there, and makes room for all that is asked
    # for. What is too large is read beyond the limit, so that it is refused and not cut off.
    while content.tell() <= MAX_SIZE and (piece := source.read(_PIECE)):
        content.write(piece)
    content.seek(0)
    return content


class _FilePart:
    """So many bytes of a file from where it stands, as a file of its own."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._start = file.tell()
        self._size = size

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, self._size - self.tell()))

    def tell(self) -> int:
        return self._file.tell() - self._start

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        bases = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self._size}
        return self._file.seek(self._start + bases[whence] + offset) - self._start


def _find_size(file: BinaryIO, *, whole: bool) -> int:
    """Return how long the file is, up to its last whole sample.

    The library would neither tell that a file is cut off, nor take one that ends within a sample.
    """
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    if size > MAX_SIZE:
        raise _WavError(f"is too large: it has {size} bytes, and {MAX_SIZE} at most can be read")
    file.seek(start)
    announced, block = _find_data(file, start + size)
    left = start + size - file.tell()
    file.seek(start)
    if not left:
        raise _WavError("is empty: it has no audio")
    if whole and announced > left and announced not in _UNKNOWN_SIZES:
        raise _WavError(
            f"is cut off: it announces {announced} bytes of audio, of which {left} are there"
        )
    return size if announced == left else size - left % block


def _find_data(file: BinaryIO, end: int) -> tuple[int, int]:
    """Go to where the audio begins; return how many bytes are announced, and those of a sample."""
    head = file.read(12)
    if not head:
        raise _WavError("is empty: it has no bytes")
    if (head[:4], head[8:]) != (b"RIFF", b"WAVE"):
        raise _WavError(f"is not a WAV file: it begins with {head!r}")
    block = 1
    while len(chunk := file.read(8)) == 8:
        size = int.from_bytes(chunk[4:], "little")
        if chunk[:4] == b"data":
            return size, block
        content = file.tell()
        if chunk[:4] == b"fmt ":
            block = int.from_bytes(file.read(16)[12:14], "little") or 1
        # A chunk of odd length is filled up.
        file.seek(min(content + size + size % 2, end))
    raise _WavError("is cut off: it ends before its audio begins")


def _format_of(stream: AudioStream) -> PcmFormat:
    # The library's stubs do not tell that there is none for a kind of samples it does not know.
    context = getattr(stream, "codec_context", None)
    if context is None:
        raise _WavError("cannot be decoded: its samples are of a kind that is not known")
    if not _MIN_RATE <= context.sample_rate <= _MAX_RATE:
        raise _WavError(
            f"cannot be played: its sample rate is {context.sample_rate} Hz, "
            f"not from {_MIN_RATE} to {_MAX_RATE}"
        )
    channels = context.layout.nb_channels
    if channels == 1:
        # Some files call their one channel the left one, of which mono would get a part.
        context.layout = "mono"
    return PcmFormat(context.sample_rate, min(2, channels))
