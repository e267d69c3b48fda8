"""The text of offers and answers: what is read from them, and what is changed in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen

MAX_SIZE = 500_000
"""Characters of an offer: a browser writes about 3000 for each track."""
MAX_SECTIONS = 200
"""Media sections of an offer; one for each track that was ever sent or received."""

RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

_BUNDLE = "a=group:BUNDLE"
_DIRECTIONS = ("sendonly", "recvonly", "inactive")
_START_BITRATE = "x-google-start-bitrate=1500"
"""Chromium begins with this many kbit/s instead of creeping up from 300."""


class SdpError(ValueError):
    """A session description that cannot be used; the text says why."""


@frozen
class Codec:
    """One format of a section: an `a=rtpmap` line with its parameters."""

    payload_type: int
    name: str
    clock_rate: int
    parameters: str = ""

    @property
    def is_supported_h264(self) -> bool:
        """Whether aiortc takes this form of H.264: baseline, in packets of any size."""
        return "packetization-mode=1" in self.parameters and "profile-level-id=42" in (
            self.parameters.lower()
        )


@frozen
class Section:
    """One media section of a session description.

    Attributes:
        kind: `audio`, `video` or `application`.
        mid: its identification in the session.
        direction: `sendrecv`, `sendonly`, `recvonly` or `inactive`, as its author sees it.
        is_rejected: whether it has ended; the port 0 of a bundled section does not mean that.
        lines: its lines, the one with `m=` first.
    """

    kind: str
    mid: str
    direction: str
    is_rejected: bool
    lines: tuple[str, ...]

    @property
    def codecs(self) -> list[Codec]:
        """What it can carry, the author's choice first."""
        parameters = {
            pt: text for pt, _, text in (value.partition(" ") for value in self.values("fmtp"))
        }
        codecs = []
        for value in self.values("rtpmap"):
            payload_type, _, encoding = value.partition(" ")
            name, _, rate = encoding.partition("/")
            # Audio has its channels behind the rate, as in `opus/48000/2`.
            number, clock_rate = _number(payload_type), _number(rate.partition("/")[0])
            codecs.append(Codec(number, name, clock_rate, parameters.get(payload_type, "")))
        return codecs

    @property
    def extensions(self) -> dict[str, int]:
        """The numbers of the RTP header extensions by their names."""
        extensions = {}
        for value in self.values("extmap"):
            number, _, name = value.partition(" ")
            # Firefox writes a direction behind the number, as in `9/sendonly`, and RFC 8285 lets
            # attributes follow the name.
            extensions[name.partition(" ")[0]] = _number(number.partition("/")[0])
        return extensions

    @property
    def rids(self) -> list[str]:
        """The layers of simulcast that its author sends, the best one last."""
        for value in self.values("simulcast"):
            direction, _, layers = value.partition(" ")
            if direction == "send":
                # RFC 8853: commas separate alternatives for one layer, and `~` marks one that
                # begins paused.
                return [layer.partition(",")[0].lstrip("~") for layer in layers.split(";")]
        return []

    @property
    def ssrcs(self) -> list[int]:
        """The sources of what its author sends, without those for repairs."""
        repairs = {
            source
            for value in self.values("ssrc-group")
            # FID (RFC 5576) puts a source before the one that its retransmissions come from.
            if value.startswith("FID ")
            for source in value.split()[2:]
        }
        sources = dict.fromkeys(value.partition(" ")[0] for value in self.values("ssrc"))
        return [_number(source) for source in sources if source not in repairs]

    def values(self, name: str) -> Iterable[str]:
        """Return the values of the attributes of a name, in order."""
        prefix = f"a={name}:"
        return (line[len(prefix) :] for line in self.lines if line.startswith(prefix))

    @property
    def deactivated(self) -> Section:
        """The same section, through which nothing is sent."""
        kept = (line for line in self.lines if line[2:] not in (*_DIRECTIONS, "sendrecv"))
        return evolve(self, direction="inactive", lines=(*kept, "a=inactive"))

    @property
    def rejected(self) -> Section:
        """The same section, which has ended."""
        kind, _, rest = self.lines[0].split(" ", 2)
        return evolve(self, is_rejected=True, lines=(f"{kind} 0 {rest}", *self.lines[1:]))

    def without_codecs(self, unwanted: Iterable[int]) -> Section:
        """Return the section without some payload types."""
        gone = {str(payload_type) for payload_type in unwanted}
        first = self.lines[0].split(" ")
        # An m= line has its formats after the kind, the port and the protocol.
        kept = [" ".join([*first[:3], *(pt for pt in first[3:] if pt not in gone)])]
        for line in self.lines[1:]:
            name, _, value = line.partition(":")
            if name in ("a=rtpmap", "a=fmtp", "a=rtcp-fb") and value.partition(" ")[0] in gone:
                continue
            kept.append(line)
        return evolve(self, lines=tuple(kept))


@frozen
class Description:
    """A session description, taken apart."""

    head: tuple[str, ...]
    sections: tuple[Section, ...]

    def __str__(self) -> str:
        """Put it together again."""
        lines = [*self.head, *(line for section in self.sections for line in section.lines)]
        # RFC 8866 ends every line with CRLF, also the last one.
        return "\r\n".join([*lines, ""])

    @property
    def extensions(self) -> dict[str, int]:
        """The header extensions of all sections; those of bundled ones never contradict."""
        return {
            name: number for section in self.sections for name, number in section.extensions.items()
        }


def parse(text: str) -> Description:
    """Take a session description apart.

    Raises:
        SdpError: if it is too long, or if its sections cannot be told apart.
    """
    if len(text) > MAX_SIZE:
        raise SdpError(f"a session description has at most {MAX_SIZE} characters")
    head, blocks = _split(text)
    if not head or head[0] != "v=0":
        raise SdpError("a session description begins with v=0")
    if len(blocks) > MAX_SECTIONS:
        raise SdpError(f"a session description has at most {MAX_SECTIONS} media sections")
    sections = tuple(map(_section, blocks))
    if len({section.mid for section in sections}) < len(sections):
        raise SdpError("two media sections have the same mid")
    return Description(head, sections)


def prepare_offer(offer: Description, video_codec: str) -> Description:
    """Return an offer as aiortc is to see it.

    A section for video keeps only the codec of the room, where it has it: to choose it later with
    aiortc's own means makes the next offer fail. Candidates with mDNS names would be looked up in
    the local network; without them the browser's own packets tell where it is.

    Args:
        offer: what the browser sent.
        video_codec: `h264` or `vp8`.
    """
    sections = [_with_codec(section, video_codec.upper()) for section in offer.sections]
    # Browsers bundle everything. A group that names anything else leaves aiortc without transport.
    head = [line for line in offer.head if not line.startswith(_BUNDLE)]
    bundle = " ".join([_BUNDLE, *(section.mid for section in sections)])
    return Description((*head, bundle), tuple(map(_without_local_candidates, sections)))


def check_places(offer: Description, before: Description) -> None:
    """Make sure that the sections of an offer are where those of the offer before it were.

    RFC 8829 keeps every section in its place, unless it has ended: then another may come there.

    Raises:
        SdpError: if some are not.
    """
    places = list(zip(before.sections, offer.sections, strict=False))
    if len(places) < len(before.sections) or not all(_may_follow(*pair) for pair in places):
        raise SdpError("an offer keeps the media sections of the one before it")


def check_certificate(offer: Description) -> None:
    """Make sure that an offer says which certificate comes; aiortc notices too late for an answer.

    Raises:
        SdpError: if it does not.
    """
    for lines in (section.lines for section in offer.sections if not section.is_rejected):
        if not any(line.startswith("a=fingerprint:") for line in (*offer.head, *lines)):
            raise SdpError("an offer needs the fingerprint of a certificate")


def keep_rejected(offer: Description, before: Description) -> Description:
    """Return an offer whose ended sections are as they were when they were in use, but inactive.

    aiortc does not know that sections end, and browsers leave out of those what it wants to read.

    Args:
        offer: what the browser sent.
        before: the offer before this one, as it comes out here.
    """
    known = {section.mid: section for section in before.sections}
    sections = tuple(
        known[section.mid].deactivated if section.is_rejected and section.mid in known else section
        for section in offer.sections
    )
    return evolve(offer, sections=sections)


def finish_answer(
    offer: Description, answer: Description, streams: Mapping[str, str]
) -> Description:
    """Return aiortc's answer with everything that browsers need besides.

    Args:
        offer: what the browser sent.
        answer: what aiortc answers.
        streams: the names of the media streams in which the browser is to find the tracks that
            it receives, by the mids of their sections.
    """
    pairs = zip(offer.sections, answer.sections, strict=True)
    sections = tuple(_finish(asked, given, streams) for asked, given in pairs)
    rejected = {section.mid for section in offer.sections if section.is_rejected}
    head = tuple(_without_members(line, rejected) for line in answer.head)
    return evolve(answer, head=head, sections=sections)


def _split(text: str) -> tuple[tuple[str, ...], list[list[str]]]:
    head: list[str] = []
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("m="):
            blocks.append([])
        if line:
            (blocks[-1] if blocks else head).append(line)
    return tuple(head), blocks


def _section(lines: Sequence[str]) -> Section:
    first = lines[0][2:].split(" ")
    if len(first) < 4 or first[0] not in ("audio", "video", "application"):
        raise SdpError(f"not a media section for audio, video or data: {lines[0][:80]!r}")
    mids = [line[len("a=mid:") :] for line in lines if line.startswith("a=mid:")]
    if len(mids) != 1 or not mids[0]:
        raise SdpError("a media section needs one mid")
    directions = [name for name in _DIRECTIONS if f"a={name}" in lines]
    # Firefox writes later sections of a bundle with port 0 and `a=bundle-only`; those are not
    # rejected.
    is_rejected = first[1] == "0" and "a=bundle-only" not in lines
    # RFC 8866 makes a section without any of these attributes one that sends and receives.
    direction = directions[0] if directions else "sendrecv"
    return Section(first[0], mids[0], direction, is_rejected, tuple(lines))


def _with_codec(section: Section, name: str) -> Section:
    if section.kind != "video":
        return section
    codecs = section.codecs
    wanted = {
        str(codec.payload_type)
        for codec in codecs
        if codec.name.upper() == name and (name != "H264" or codec.is_supported_h264)
    }
    # Firefox without its OpenH264 plug-in, and Chromium builds without H.264, offer VP8 alone.
    if not wanted:
        return section
    # RFC 4588: a format for retransmissions names in `apt` the one that it repeats, and is of no
    # use without that one.
    repairs = {f"apt={payload_type}" for payload_type in wanted}
    return section.without_codecs(
        codec.payload_type
        for codec in codecs
        if str(codec.payload_type) not in wanted
        and not (codec.name.lower() == "rtx" and codec.parameters in repairs)
    )


def _without_local_candidates(section: Section) -> Section:
    lines = (
        line
        for line in section.lines
        if not (line.startswith("a=candidate:") and ".local " in line)
    )
    return evolve(section, lines=tuple(lines))


def _may_follow(before: Section, after: Section) -> bool:
    has_ended = before.is_rejected and "application" not in (before.kind, after.kind)
    return (before.mid, before.kind) == (after.mid, after.kind) or has_ended


def _without_members(line: str, mids: Iterable[str]) -> str:
    # RFC 8843: a section that has ended is in no group, and Chromium refuses an answer otherwise.
    if not line.startswith(_BUNDLE):
        return line
    return " ".join(word for word in line.split(" ") if word not in mids)


def _finish(offer: Section, answer: Section, streams: Mapping[str, str]) -> Section:
    if offer.is_rejected:
        return answer.rejected
    lines = list(answer.lines)
    if answer.mid in streams:
        # aiortc puts all tracks into one media stream, in which each audio element of a page would
        # play everybody.
        lines = [_with_stream(line, streams[answer.mid]) for line in lines]
    if answer.kind == "video":
        lines = _with_bit_rate(lines, answer)
        lines += _layers(offer, answer)
    return evolve(answer, lines=tuple(lines))


def _with_stream(line: str, stream: str) -> str:
    if not line.startswith("a=msid:"):
        return line
    return f"a=msid:{stream} {line.rpartition(' ')[2]}"


def _with_bit_rate(lines: Iterable[str], section: Section) -> list[str]:
    """Keep aiortc's estimate, which is far too low, from the browser; let it start well instead."""
    sized = {
        str(codec.payload_type): bool(codec.parameters)
        for codec in section.codecs
        if codec.name.lower() != "rtx"
    }
    kept = []
    for line in lines:
        name, _, value = line.partition(":")
        payload_type = value.partition(" ")[0]
        # With these lines Chromium was still held to some 370 kbit/s, 640 x 360, after 15 s.
        if line.endswith((f" {_SEND_TIME}", " goog-remb")):
            continue
        if name == "a=fmtp" and payload_type in sized:
            line += f";{_START_BITRATE}"
        kept.append(line)
        # VP8 has no parameters, so there is no line that the bit rate could be added to.
        if name == "a=rtpmap" and not sized.get(payload_type, True):
            kept.append(f"a=fmtp:{payload_type} {_START_BITRATE}")
    return kept


def _layers(offer: Section, answer: Section) -> list[str]:
    """Accept the extensions for simulcast, and the best layer of what comes.

    Every section has to have the extensions, since Chromium later offers only what was accepted
    in the whole bundle; without them a camera cannot be added to such a session any more.
    """
    asked, given = offer.extensions, answer.extensions
    lines = [
        f"a=extmap:{asked[name]} {name}"
        for name in (RID, REPAIRED_RID)
        if name in asked and name not in given
    ]
    if offer.rids and answer.direction == "recvonly":
        # Web clients name the smallest layer first, and Chromium sends only that one, 320 x 180,
        # unless the answer picks another.
        best = offer.rids[-1]
        lines += [f"a=rid:{best} recv", f"a=simulcast:recv {best}"]
    return lines


def _number(text: str) -> int:
    # An SSRC, the largest number that is read here, has 32 bits: ten digits.
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise SdpError(f"not a number: {text[:20]!r}")
    return int(text)
