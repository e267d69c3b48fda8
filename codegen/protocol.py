"""The protobuf documents: compiled with protoc, and read into the classes that users see."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

ENVELOPE = "fishjam.ServerMessage"
"""The message whose `content` holds the notifications."""

AGENT_ENVELOPE = "fishjam.AgentResponse"
"""The message whose `content` holds what an agent receives."""

EVENTS, AGENT = "fishjam.events", "fishjam.agent"
"""Where users import the classes of the one and of the other envelope from."""

HANDSHAKE = frozenset({"authenticated", "auth_request", "subscribe_request", "subscribe_response"})
"""Members of `content` that are part of the handshake, not events."""

EXTRA_ENUMS = ("fishjam.notifications.TrackEncoding",)
"""Enums that nothing received uses, and that agents and published code do."""

BATCH = "notification_batch"
"""The member of `content` that holds other messages."""

_SCALARS = {
    FieldDescriptorProto.TYPE_STRING: ("str", '""'),
    FieldDescriptorProto.TYPE_BYTES: ("bytes", 'b""'),
    FieldDescriptorProto.TYPE_BOOL: ("bool", "False"),
    FieldDescriptorProto.TYPE_INT32: ("int", "0"),
    FieldDescriptorProto.TYPE_UINT32: ("int", "0"),
}


@dataclass(frozen=True)
class EnumClass:
    """An enum: members with the documents' names, and short aliases."""

    name: str
    long_name: str
    description: str
    members: tuple[tuple[str, int], ...]
    aliases: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class MessageField:
    """A field of a message, with all that printing needs."""

    name: str
    json_name: str
    kind: str
    """`scalar`, `enum` or `message`."""
    type: str
    """The Python name of the type."""
    default: str
    may_be_absent: bool
    alternatives: tuple[str, ...]
    """The members before it in its oneof: it is absent when one of them is there."""
    description: str


@dataclass(frozen=True)
class MessageClass:
    """A message that becomes an immutable class."""

    name: str
    long_name: str
    full_name: str
    home: str
    """The public module that users import it from."""
    description: str
    fields: tuple[MessageField, ...]


@dataclass(frozen=True)
class Member:
    """A member of an envelope's `content`."""

    content: str
    number: int
    message: MessageClass
    deprecated: bool


@dataclass(frozen=True)
class Protocol:
    """Everything that is printed."""

    enums: tuple[EnumClass, ...]
    values: tuple[MessageClass, ...]
    """Messages that are parts of others."""
    notifications: tuple[Member, ...]
    incoming: tuple[Member, ...]
    """What an agent receives."""


def compile_documents(root: Path) -> FileDescriptorSet:
    """Compile all documents below a folder, comments included."""
    # Sorted, because file systems list a folder in different orders.
    documents = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "descriptors")
        command = [
            # With a protoc of its own, so that none has to be installed, or has another version.
            *(sys.executable, "-m", "grpc_tools.protoc", f"-I{root}"),
            *("--include_source_info", f"--descriptor_set_out={out}", *documents),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"protoc cannot read the documents:\n{done.stderr}")
        return FileDescriptorSet.FromString(out.read_bytes())


def runtime_descriptors(compiled: FileDescriptorSet) -> list[bytes]:
    """Return what the SDK loads at run time: each file serialized, without comments.

    One field is declared otherwise than in the documents: the members of a batch are bytes here,
    which is the same on the wire, so that one broken member fails alone.
    """
    files = []
    for file in compiled.file:
        bare = FileDescriptorProto.FromString(file.SerializeToString())
        bare.ClearField("source_code_info")
        for message in bare.message_type:
            for inner in message.nested_type:
                if inner.name == "NotificationBatch":
                    inner.field[0].type = FieldDescriptorProto.TYPE_BYTES
                    inner.field[0].ClearField("type_name")
        # Otherwise protobuf promises no order, and the file might change without a reason.
        files.append(bare.SerializeToString(deterministic=True))
    return files


def read_protocol(compiled: FileDescriptorSet) -> Protocol:
    """Read the notifications, what agents receive, and all that they are made of."""
    return _Reader(compiled).read()


class _Reader:
    """Looks messages up by their full names and turns them into classes, parts first."""

    def __init__(self, compiled: FileDescriptorSet) -> None:
        self._messages: dict[str, DescriptorProto] = {}
        self._enums: dict[str, EnumDescriptorProto] = {}
        self._packages: dict[str, str] = {}
        self._comments: dict[str, str] = {}
        self._used_enums: dict[str, EnumClass] = {}
        self._values: dict[str, MessageClass] = {}
        for file in compiled.file:
            self._index(file)

    def read(self) -> Protocol:
        notifications = self._members(ENVELOPE)
        incoming = self._members(AGENT_ENVELOPE)
        for name in EXTRA_ENUMS:
            self._enum(name)
        enums = sorted(self._used_enums.values(), key=lambda enum: enum.name)
        return Protocol(tuple(enums), tuple(self._values.values()), notifications, incoming)

    def _members(self, envelope: str) -> tuple[Member, ...]:
        fields = [
            field
            for field in self._messages[envelope].field
            if field.name not in HANDSHAKE and field.name != BATCH
        ]
        # Full names begin with a full stop in a descriptor.
        messages = [self._message(field.type_name[1:]) for field in fields]
        return tuple(
            Member(field.name, field.number, message, field.options.deprecated)
            for field, message in zip(fields, messages, strict=True)
        )

    def _index(self, file: FileDescriptorProto) -> None:
        comments = {
            tuple(place.path): place.leading_comments for place in file.source_code_info.location
        }

        # Paths are made of the field numbers of descriptor.proto: in a message 2 is a field, 3 a
        # message and 4 an enum; in a file 4 is a message and 5 an enum.
        def visit(message: DescriptorProto, scope: str, path: tuple[int, ...]) -> None:
            name = f"{scope}.{message.name}"
            self._messages[name] = message
            self._packages[name] = file.package
            self._comments[name] = comments.get(path, "")
            for i, field in enumerate(message.field):
                self._comments[f"{name}.{field.name}"] = comments.get((*path, 2, i), "")
            for i, inner in enumerate(message.nested_type):
                visit(inner, name, (*path, 3, i))
            for i, enum in enumerate(message.enum_type):
                add_enum(enum, name, (*path, 4, i))

        def add_enum(enum: EnumDescriptorProto, scope: str, path: tuple[int, ...]) -> None:
            name = f"{scope}.{enum.name}"
            self._enums[name] = enum
            self._packages[name] = file.package
            self._comments[name] = comments.get(path, "")

        for i, message in enumerate(file.message_type):
            visit(message, file.package, (4, i))
        for i, enum in enumerate(file.enum_type):
            add_enum(enum, file.package, (5, i))

    def _names(self, full_name: str) -> tuple[str, str]:
        """Return the short and the long class name: without, and with the envelope's name.

        An agent sends messages of the same names as those it receives, so these say which they are.
        """
        inside = full_name.removeprefix(f"{self._packages[full_name]}.")
        short = full_name.removeprefix(f"{ENVELOPE}.").removeprefix(f"{self._packages[full_name]}.")
        if full_name.startswith(f"{AGENT_ENVELOPE}."):
            inside = short = full_name.replace(f"{AGENT_ENVELOPE}.", "Incoming")
        return short.replace(".", ""), inside.replace(".", "")

    def _message(self, full_name: str) -> MessageClass:
        short, long = self._names(full_name)
        message = self._messages[full_name]
        fields = tuple(self._field(full_name, field) for field in message.field)
        home = AGENT if full_name.startswith(f"{AGENT_ENVELOPE}.") else EVENTS
        about = _prose(self._comments[full_name])
        return MessageClass(short, long, full_name, home, about, fields)

    def _field(self, owner: str, field: FieldDescriptorProto) -> MessageField:
        # A field with `optional` counts too: proto3 makes it a oneof with one member.
        absent = field.HasField("oneof_index")
        kind = "scalar"
        if field.type == FieldDescriptorProto.TYPE_ENUM:
            kind, (type_name, default) = "enum", self._enum(field.type_name[1:])
        elif field.type == FieldDescriptorProto.TYPE_MESSAGE:
            kind, (type_name, default) = "message", self._value(field.type_name[1:])
        elif field.type in _SCALARS and field.label != FieldDescriptorProto.LABEL_REPEATED:
            type_name, default = _SCALARS[field.type]
        else:
            raise ValueError(f"{owner}.{field.name}: a field of this type is not supported")
        return MessageField(
            name=field.name,
            json_name=field.json_name,
            kind=kind,
            type=type_name,
            default="None" if absent else default,
            may_be_absent=absent,
            alternatives=self._alternatives(owner, field) if absent else (),
            description=_prose(self._comments[f"{owner}.{field.name}"]),
        )

    def _alternatives(self, owner: str, field: FieldDescriptorProto) -> tuple[str, ...]:
        members = [
            other.name
            for other in self._messages[owner].field
            if other.HasField("oneof_index") and other.oneof_index == field.oneof_index
        ]
        return tuple(members[: members.index(field.name)])

    def _enum(self, full_name: str) -> tuple[str, str]:
        short, long = self._names(full_name)
        enum = self._enums[full_name]
        members = tuple((value.name, value.number) for value in enum.value)
        # By protobuf's style guide the first member, which is 0, is called PREFIX_UNSPECIFIED.
        prefix = members[0][0].removesuffix("UNSPECIFIED")
        aliases = tuple((name.removeprefix(prefix), number) for name, number in members)
        about = _prose(self._comments[full_name])
        self._used_enums[full_name] = EnumClass(short, long, about, members, aliases)
        return short, f"{short}.{members[0][0]}"

    def _value(self, full_name: str) -> tuple[str, str]:
        # Its own parts get in first, because a class can only name what stands above it.
        message = self._message(full_name)
        self._values[full_name] = message
        return message.name, f"{message.name}()"


def _prose(comment: str) -> str:
    return "\n".join(line.removeprefix(" ").rstrip() for line in comment.splitlines()).strip()
