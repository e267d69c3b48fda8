"""The protobuf half of the generator, on tiny documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

from codegen.events import print_descriptors, print_events
from codegen.protocol import Protocol, compile_documents, read_protocol, runtime_descriptors

SHARED = """
syntax = "proto3";
package fishjam.notifications;
// A way to encode.
enum TrackEncoding { TRACK_ENCODING_UNSPECIFIED = 0; TRACK_ENCODING_OPUS = 2; }
// A track.
message Track { string id = 1; }
"""

SERVER = """
syntax = "proto3";
package fishjam;
import "shared.proto";
message ServerMessage {
  // How bad it is.
  enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_HIGH = 3; }
  message Authenticated {}
  message AuthRequest { string token = 1; }
  message SubscribeRequest {}
  message SubscribeResponse {}
  // Something happened.
  //
  // More about it, with a "quote" and a \\\\ in it.
  message Thing {
    // Who it was.
    string who = 1;
    Level level = 2;
    oneof where { string room = 3; string hall = 4; }
    optional fishjam.notifications.Track track = 5;
    fishjam.notifications.Track other = 6;
    bytes data = 7; bool flag = 8; int32 small = 9; uint32 count = 10;
    // JSON text.
    string metadata = 11;
  }
  message Old { string id = 1; }
  message NotificationBatch { repeated ServerMessage notifications = 1; }
  oneof content {
    Authenticated authenticated = 1;
    AuthRequest auth_request = 2;
    SubscribeRequest subscribe_request = 3;
    SubscribeResponse subscribe_response = 4;
    Thing thing = 20;
    Old old = 6 [deprecated = true];
    NotificationBatch notification_batch = 7;
  }
}
"""

AGENT = """
syntax = "proto3";
package fishjam;
import "shared.proto";
message AgentRequest { message Sound { string id = 1; } }
message AgentResponse {
  message Authenticated {}
  // Somebody was heard.
  message Sound {
    fishjam.notifications.Track track = 1;
    // What was heard.
    bytes data = 2;
    optional bytes more = 3;
  }
  oneof content {
    Authenticated authenticated = 1;
    Sound sound = 2;
  }
}
"""


def documents(folder: Path, server: str = SERVER) -> Path:
    (folder / "shared.proto").write_text(SHARED)
    (folder / "agent.proto").write_text(AGENT)
    (folder / "server.proto").write_text(server)
    return folder


def read(folder: Path, server: str = SERVER) -> Protocol:
    return read_protocol(compile_documents(documents(folder, server)))


def test_notifications_are_all_but_the_handshake_and_the_batch(tmp_path: Path) -> None:
    protocol = read(tmp_path)
    assert [(one.content, one.number, one.deprecated) for one in protocol.notifications] == [
        ("thing", 20, False),
        ("old", 6, True),
    ]
    assert [one.name for one in protocol.values] == ["Track"]


def test_what_an_agent_receives_has_names_and_a_home_of_its_own(tmp_path: Path) -> None:
    protocol = read(tmp_path)
    assert [(one.content, one.number) for one in protocol.incoming] == [("sound", 2)]
    sound = protocol.incoming[0].message
    assert (sound.name, sound.long_name) == ("IncomingSound", "IncomingSound")
    assert (sound.full_name, sound.home) == ("fishjam.AgentResponse.Sound", "fishjam.agent")
    assert sound.description == "Somebody was heard."
    assert protocol.notifications[0].message.home == "fishjam.events"


def test_names_comments_and_defaults(tmp_path: Path) -> None:
    thing = read(tmp_path).notifications[0].message
    assert (thing.name, thing.long_name) == ("Thing", "ServerMessageThing")
    assert thing.full_name == "fishjam.ServerMessage.Thing"
    assert thing.description.splitlines()[0] == "Something happened."
    found = {one.name: (one.kind, one.type, one.default, one.may_be_absent) for one in thing.fields}
    assert found == {
        "who": ("scalar", "str", '""', False),
        "level": ("enum", "Level", "Level.LEVEL_UNSPECIFIED", False),
        "room": ("scalar", "str", "None", True),
        "hall": ("scalar", "str", "None", True),
        "track": ("message", "Track", "None", True),
        "other": ("message", "Track", "Track()", False),
        "data": ("scalar", "bytes", 'b""', False),
        "flag": ("scalar", "bool", "False", False),
        "small": ("scalar", "int", "0", False),
        "count": ("scalar", "int", "0", False),
        "metadata": ("scalar", "str", '""', False),
    }
    assert thing.fields[0].description == "Who it was."


def test_a_member_of_a_oneof_knows_those_before_it(tmp_path: Path) -> None:
    thing = read(tmp_path).notifications[0].message
    found = {one.name: one.alternatives for one in thing.fields if one.may_be_absent}
    assert found == {"room": (), "hall": ("room",), "track": ()}


def test_enums_have_short_aliases(tmp_path: Path) -> None:
    level = next(one for one in read(tmp_path).enums if one.name == "Level")
    assert level.long_name == "ServerMessageLevel"
    assert level.members == (("LEVEL_UNSPECIFIED", 0), ("LEVEL_HIGH", 3))
    assert level.aliases == (("UNSPECIFIED", 0), ("HIGH", 3))


def test_what_is_printed_compiles_and_tells_the_surfaced_from_the_rest(tmp_path: Path) -> None:
    source = print_events(read(tmp_path), "# made for a test")
    compile(source, "events.py", "exec")
    assert source.startswith("# made for a test\n")
    assert "class Thing(WithMetadata, Event):" in source
    assert "ServerMessageThing = Thing" in source
    assert 'Entry("thing", 20, "fishjam.ServerMessage.Thing", Thing, _read_thing, True)' in source
    assert 'Entry("old", 6, "fishjam.ServerMessage.Old", Old, _read_old, False)' in source
    assert "class IncomingSound(Value):" in source
    assert source.count('__module__ = "fishjam.agent"') == 1
    name = "fishjam.AgentResponse.Sound"
    assert f'Entry("sound", 2, "{name}", IncomingSound, _read_incoming_sound, True)' in source
    assert '"IncomingSound",\n' not in source


def test_the_repr_of_media_does_not_fill_the_screen(tmp_path: Path) -> None:
    source = print_events(read(tmp_path), "# made for a test")
    assert 'data: bytes = field(default=b"", repr=brief)' in source
    assert "more: bytes | None = None" in source


def test_the_descriptors_for_run_time_have_no_comments_and_a_batch_of_bytes(
    tmp_path: Path,
) -> None:
    files = runtime_descriptors(compile_documents(documents(tmp_path)))
    assert b"Something happened" not in b"".join(files)
    server = FileDescriptorProto.FromString(files[-1])
    batch = next(
        one for one in server.message_type[0].nested_type if one.name == "NotificationBatch"
    )
    assert batch.field[0].type == FieldDescriptorProto.TYPE_BYTES
    assert not batch.field[0].type_name
    namespace: dict[str, tuple[bytes, ...]] = {}
    exec(print_descriptors(files, "# made for a test"), namespace)  # noqa: S102
    assert list(namespace["FILES"]) == files


def test_documents_that_protoc_refuses(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="protoc cannot read the documents"):
        read(tmp_path, SERVER + "nonsense")


@pytest.mark.parametrize("field", ["double size = 12;", "repeated string names = 12;"])
def test_a_field_that_is_not_supported_is_named(tmp_path: Path, field: str) -> None:
    with pytest.raises(ValueError, match=r"Thing\.\w+: a field of this type is not supported"):
        read(tmp_path, SERVER.replace("string who = 1;", f"string who = 1; {field}"))
