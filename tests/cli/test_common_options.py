"""Options that stand before or after the command, and what is said of wrong ones."""

from __future__ import annotations

import pytest

from fishjam.emulator import Emulator
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "rooms", "list"],
        ["rooms", "--json", "list"],
        ["rooms", "list", "--json"],
        ["--json", "rooms", "list", "--json"],
    ],
)
def test_json_before_and_after_the_command(arguments: list[str], fishjam: Command) -> None:
    (room,) = fishjam("rooms", "create", "--json").json
    assert fishjam(*arguments).json == [room]


def test_credentials_before_the_command(
    fishjam: Command, fishjam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FISHJAM_ID")
    monkeypatch.delenv("FISHJAM_MANAGEMENT_TOKEN")
    given = ["--fishjam-id", fishjam_emulator.fishjam_id]
    token = ["--token", fishjam_emulator.management_token]
    assert fishjam(*given, *token, "rooms", "create").code == 0
    assert fishjam(*given, "rooms", *token, "create").code == 0
    assert fishjam(*given, "rooms", "create", *token).code == 0
    assert len(fishjam_emulator.rooms) == 3


def test_what_stands_later_counts(fishjam: Command) -> None:
    done = fishjam("--timeout", "0.000001", "rooms", "list", "--timeout", "20")
    assert done.code == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--timeout", "3", "emulator"], "`fishjam emulator` does not take --timeout."),
        (["--token", "t", "demo"], "`fishjam demo` does not take --token."),
        (["--json", "completion", "bash"], "`fishjam completion` does not take --json."),
        (["--timeout", "3", "listen"], "`fishjam listen` does not take --timeout."),
    ],
)
def test_an_option_that_the_command_does_not_take(
    arguments: list[str], complaint: str, fishjam: Command
) -> None:
    done = fishjam(*arguments)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["room"], "Did you mean 'rooms'?"),
        (["rooms", "lst"], "Did you mean 'list'?"),
        (["rooms", "list", "--jsno"], "Did you mean '--json'?"),
        (["listen", "--type", "PeerConected"], "Did you mean PeerConnected?"),
        (["listen", "--type", "!"], "there are RoomCreated, "),
    ],
)
def test_did_you_mean(arguments: list[str], suggestion: str, fishjam: Command) -> None:
    done = fishjam(*arguments)
    assert (done.code, done.out) == (2, "")
    assert suggestion in done.err


@pytest.mark.parametrize(
    ("command", "default"),
    [
        ("emulator", "its management token (development)"),
        ("doctor", "how long to wait for an answer (default: 10)"),
        ("check", "its token (default: $FISHJAM_MANAGEMENT_TOKEN"),
    ],
)
def test_the_help_names_the_default_of_the_command(
    command: str, default: str, fishjam: Command
) -> None:
    assert default in " ".join(fishjam(command, "--help").out.split())
