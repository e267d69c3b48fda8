"""Protobuf message classes in a pool of our own, made from serialized descriptors.

A private pool cannot clash with another package that registers the same files, and classes made at
run time work with every supported version of the protobuf library.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError as DecodeError
from google.protobuf.message_factory import GetMessageClass

from fishjam._generated.protocol.descriptors import FILES

DECODE_ERRORS = (DecodeError, UnicodeDecodeError, RecursionError)
"""What bytes that are not a message raise.

Protobuf in pure Python, which pip installs where there is no wheel for the platform, lets two of
Python's own errors out: for text that is not UTF-8, and (seen in 5.27) for groups nested deeply.
"""


@cache
def _pool() -> DescriptorPool:
    pool = DescriptorPool()
    for file in FILES:
        pool.AddSerializedFile(file)
    return pool


@cache
def message_class(full_name: str) -> Any:
    """Return the class of a message by its full name, for example "fishjam.ServerMessage"."""
    return GetMessageClass(_pool().FindMessageTypeByName(full_name))


def content_of(frame: bytes, envelope: Any) -> str:
    """Name what a frame holds, for example "authenticated"; "nothing known" for any other bytes."""
    try:
        return envelope.FromString(frame).WhichOneof("content") or "nothing known"
    except DECODE_ERRORS:
        return "nothing known"
