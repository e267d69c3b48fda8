"""One way to decode notifications, timed on demand: the other side of `decoding.py`.

The argument says which way: `sdk` is the SDK that this interpreter has, ours or the published one;
`hand` is protobuf with the fields read by hand. Each line of the input is a number of repetitions
and a frame in base64; each line of the output is the seconds of processor time they took, which
leaves out most of what other programs on the machine do.
"""

from __future__ import annotations

import base64
import functools
import sys
import time
import timeit
from collections.abc import Callable
from typing import Any

Decode = Callable[[bytes], object]


def sdk() -> Decode:
    """Decode with the SDK, by the name that both have for it."""
    from fishjam import decode_server_notifications

    return decode_server_notifications


def hand() -> Decode:
    """Parse with protobuf, and read every field that the event has."""
    parse = _envelope().FromString

    def event(message: Any) -> object:
        content = message.WhichOneof("content")
        if content == "peer_connected":
            return _peer_connected(message.peer_connected)
        if content == "track_added":
            return _track_added(message.track_added)
        if content == "recording_status_changed":
            return _recording_status_changed(message.recording_status_changed)
        if content == "notification_batch":
            return [
                event(notification) for notification in message.notification_batch.notifications
            ]
        return None

    return lambda frame: event(parse(frame))


def _peer_connected(message: Any) -> object:
    return message.room_id, message.peer_id, message.peer_type


def _track_added(message: Any) -> object:
    endpoint = message.WhichOneof("endpoint_info")
    peer_id = message.peer_id if endpoint == "peer_id" else None
    component_id = message.component_id if endpoint == "component_id" else None
    track = message.track
    return message.room_id, peer_id, component_id, (track.id, track.type, track.metadata)


def _recording_status_changed(message: Any) -> object:
    return message.recording_id, message.status, message.metadata


def _envelope() -> Any:
    """Return the message class as protoc would make it from `proto/`.

    The SDK's own descriptors differ in one field, which is set right here: the members of a batch.
    """
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message_factory import GetMessageClass

    from fishjam._generated.protocol.descriptors import FILES

    pool = DescriptorPool()
    for serialized in FILES:
        file = FileDescriptorProto.FromString(serialized)
        messages = [message for top in file.message_type for message in (top, *top.nested_type)]
        for members in (
            message.field[0] for message in messages if message.name == "NotificationBatch"
        ):
            members.type = FieldDescriptorProto.TYPE_MESSAGE
            members.type_name = ".fishjam.ServerMessage"
        pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("fishjam.ServerMessage"))


def main() -> None:
    """Answer until the input ends."""
    decode = {"sdk": sdk, "hand": hand}[sys.argv[1]]()
    for line in sys.stdin:
        number, frame = line.split()
        call = functools.partial(decode, base64.b64decode(frame))
        print(timeit.timeit(call, timer=time.process_time, number=int(number)), flush=True)


if __name__ == "__main__":
    main()
