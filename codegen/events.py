"""Printing the protobuf side: the descriptors for run time, and the event classes."""

from __future__ import annotations

from typing import Any

from codegen.printing import snake_case
from codegen.protocol import EnumClass, Member, MessageClass, MessageField, Protocol
from codegen.templates import render
from codegen.text import attribute_docstring, docstring


def print_descriptors(files: list[bytes], header: str) -> str:
    """Return the source of the module that holds the serialized descriptors."""
    lines = [[repr(data[i : i + 48]) for i in range(0, len(data), 48)] for data in files]
    return render("descriptors.py.jinja", {"header": header, "files": lines})


def print_events(protocol: Protocol, header: str) -> str:
    """Return the source of the module that holds the events, and what agents receive."""
    # The deprecated ones are still decoded, so that older servers cause no errors.
    surfaced = [member.message.name for member in protocol.notifications if not member.deprecated]
    enums = [_enum(enum) for enum in protocol.enums]
    values = [_message(message, "Value") for message in protocol.values]
    events = [_member(member, "Event") for member in protocol.notifications]
    incoming = [_member(member, "Value") for member in protocol.incoming]
    # Without `incoming`, whose public home is `fishjam.agent`.
    classes: list[dict[str, Any]] = [*enums, *values, *events]
    names = {name for entry in classes for name in (entry["name"], entry["long_name"])}
    context = {
        "header": header,
        "enums": enums,
        "values": values,
        "events": events,
        "incoming": incoming,
        "surfaced": surfaced,
        "names": sorted({*names, "Notification"}),
    }
    return render("events.py.jinja", context)


def _enum(enum: EnumClass) -> dict[str, Any]:
    return {
        "name": enum.name,
        "long_name": enum.long_name,
        "constant": snake_case(enum.name).upper(),
        "docstring": docstring(enum.description or enum.name, 4, []),
        "members": enum.members,
        "aliases": enum.aliases,
    }


def _member(member: Member, base: str) -> dict[str, Any]:
    return {
        **_message(member.message, base),
        "content": member.content,
        "number": member.number,
        "surfaced": not member.deprecated,
    }


def _message(message: MessageClass, base: str) -> dict[str, Any]:
    about = [(field.name, field.description) for field in message.fields]
    has_metadata = any(field.name == "metadata" for field in message.fields)
    return {
        "name": message.name,
        "long_name": message.long_name,
        "full_name": message.full_name,
        "home": message.home,
        "function": snake_case(message.name),
        "bases": f"WithMetadata, {base}" if has_metadata else base,
        "docstring": docstring(message.description or message.name, 4, [("Attributes", about)]),
        "fields": [_field(field) for field in message.fields],
        "reads": [_read(field) for field in message.fields],
    }


def _field(field: MessageField) -> dict[str, str]:
    hint = f"{field.type} | int" if field.kind == "enum" else field.type
    hint = f"{hint} | None" if field.may_be_absent else hint
    # Media would fill the screen.
    default = f"field(default={field.default}, repr=brief)" if hint == "bytes" else field.default
    return {
        "name": field.name,
        "annotation": hint,
        "default": default,
        "docstring": attribute_docstring(field.description),
    }


def _read(field: MessageField) -> str:
    """Return the expression that reads a field of `message` for `new`, which has those before it.

    Asking whether a field is there takes as long as reading it, so that is avoided where the text
    is not empty, and where another member of the oneof is there.
    """
    value = f"message.{field.name}"
    if field.kind == "enum":
        value = f"_{snake_case(field.type).upper()}.get(number := {value}, number)"
    elif field.kind == "message":
        value = f"_read_{snake_case(field.type)}({value})"
    if not field.may_be_absent:
        return value
    there = f'message.HasField("{field.name}")'
    if field.kind == "scalar" and not field.alternatives:
        return f"value if (value := {value}) or {there} else None"
    others = "".join(f"None if new.{name} else " for name in field.alternatives)
    return f"{others}{value} if {there} else None"
