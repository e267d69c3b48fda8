"""Where credentials come from, and that the two of them come from one place."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fishjam.cli import main
from fishjam.cli._credentials import fleet_settings
from fishjam.cli._profile_files import profile_path
from fishjam.emulator import Emulator
from fishjam.errors import ConfigurationError
from tests.cli.conftest import Command

FOREIGN = "http://127.0.0.1:9"


@pytest.fixture
def nothing_set(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command without credentials in the environment."""
    monkeypatch.delenv("FISHJAM_ID")
    monkeypatch.delenv("FISHJAM_MANAGEMENT_TOKEN")
    return fishjam


def lines(emulator: Emulator, *more: str) -> str:
    """The credentials of an emulator as a `.env` holds them."""
    own = f"FISHJAM_ID={emulator.fishjam_id}\nexport FISHJAM_MANAGEMENT_TOKEN='development'\n"
    return own.replace("development", emulator.management_token) + "\n".join(more)


def test_a_file_in_the_folder(
    nothing_set: Command, fishjam_emulator: Emulator, own_folders: Path
) -> None:
    (own_folders / ".env").write_text(lines(fishjam_emulator, "HTTP_PROXY=http://127.0.0.1:9"))
    done = nothing_set("check")
    assert done.code == 0
    assert f"from the file {own_folders / '.env'} are good" in done.out
    (line,) = nothing_set("check", "--json").json
    assert line["fishjamId"] == fishjam_emulator.fishjam_id


def test_the_environment_comes_before_the_file(
    fishjam: Command, fishjam_emulator: Emulator, own_folders: Path
) -> None:
    (own_folders / ".env").write_text(f"FISHJAM_ID={FOREIGN}\nFISHJAM_MANAGEMENT_TOKEN=x\n")
    assert "from the environment are good" in fishjam("check").out


def test_options_come_before_the_environment(fishjam: Command, fishjam_emulator: Emulator) -> None:
    given = ["--fishjam-id", fishjam_emulator.fishjam_id]
    done = fishjam("check", *given, "--token", fishjam_emulator.management_token)
    assert "from the options are good" in done.out


@pytest.mark.parametrize(
    ("file", "environment", "options", "places"),
    [
        # A foreign `.env` must not receive the token of the environment.
        (
            {"FISHJAM_ID": FOREIGN},
            {"FISHJAM_MANAGEMENT_TOKEN": "secret"},
            [],
            ("the file ", "the environment"),
        ),
        (
            {"FISHJAM_MANAGEMENT_TOKEN": "secret"},
            {"FISHJAM_ID": FOREIGN},
            [],
            ("the environment", "the file "),
        ),
        (
            {},
            {"FISHJAM_ID": FOREIGN, "FISHJAM_MANAGEMENT_TOKEN": "secret"},
            ["--token", "secret"],
            ("the environment", "the options"),
        ),
        (
            {"FISHJAM_ID": FOREIGN, "FISHJAM_MANAGEMENT_TOKEN": "secret"},
            {},
            ["--fishjam-id", FOREIGN],
            ("the options", "the file "),
        ),
    ],
)
def test_both_have_to_come_from_one_place(
    nothing_set: Command,
    own_folders: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: dict[str, str],
    environment: dict[str, str],
    options: list[str],
    places: tuple[str, str],
) -> None:
    text = "".join(f"{name}={value}\n" for name, value in file.items())
    (own_folders / ".env").write_text(text)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = nothing_set("rooms", "list", *options)
    assert (done.code, done.out) == (2, "")
    assert f"the Fishjam ID comes from {places[0]}" in done.err
    assert f"but the management token from {places[1]}" in done.err
    assert "secret" not in done.err


def test_a_profile_is_kept_used_and_deleted(
    fishjam: Command, fishjam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISHJAM_COMPOSITION_URL", fishjam_emulator.fishjam_id)
    assert "There are none." in fishjam("profiles", "list").err
    saved = fishjam("profiles", "save")
    path = profile_path("default")
    assert (saved.code, saved.out.strip()) == (
        0,
        f"kept the credentials of {fishjam_emulator.fishjam_id} in {path}",
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.delenv("FISHJAM_ID")
    monkeypatch.delenv("FISHJAM_MANAGEMENT_TOKEN")
    monkeypatch.delenv("FISHJAM_COMPOSITION_URL")
    assert "from the profile 'default' are good" in fishjam("check").out
    assert fishjam("compositions", "create").code == 0

    assert fishjam("profiles", "save", "other", "--json").json[0]["name"] == "other"
    assert fishjam("profiles", "list").out == "default\nother\n"
    assert fishjam("profiles", "delete").out == "deleted default\n"
    assert fishjam("check").code == 2
    assert "from the profile 'other' are good" in fishjam("--profile", "other", "check").out
    mixed = fishjam("check", "--profile", "other", "--fishjam-id", FOREIGN)
    assert mixed.code == 2
    assert "but the management token from the profile 'other'" in mixed.err


def test_a_token_with_quotes_comes_back_as_it_was(
    nothing_set: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = r"""it's"\a$HOME#"""
    options = ["--fishjam-id", FOREIGN, "--token", token]
    assert nothing_set("profiles", "save", *options).code == 0
    from fishjam.cli._credentials import _profile

    assert _profile("default").values["FISHJAM_MANAGEMENT_TOKEN"] == token


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["--profile", "none", "check"],
            "there is no profile 'none': `fishjam profiles save none`",
        ),
        (["--profile", "../x", "check"], "'../x' is not a name"),
        (["profiles", "save"], "the Fishjam ID is missing"),
        (["profiles", "save", "a/b", "--fishjam-id", "f", "--token", "t"], "is not a name"),
        (["profiles", "delete", "a/b"], "'a/b' is not a name"),
    ],
)
def test_profiles_that_are_none(arguments: list[str], complaint: str, nothing_set: Command) -> None:
    done = nothing_set(*arguments)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


def test_a_profile_that_is_not_complete_is_named(fishjam: Command) -> None:
    fishjam("profiles", "save", "half")
    path = profile_path("half")
    path.write_text("FISHJAM_ID=here\n")
    done = fishjam("rooms", "list", "--profile", "half")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "fishjam rooms list: the profile 'half' has no FISHJAM_MANAGEMENT_TOKEN: "
        "`fishjam profiles save half` replaces it.\n"
    )


def test_deleting_a_profile_that_is_not_there(nothing_set: Command) -> None:
    done = nothing_set("profiles", "delete", "none")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "fishjam profiles delete: there is no profile 'none': see `fishjam profiles list`.\n"
    )


def test_a_profile_that_others_can_read_is_refused(fishjam: Command) -> None:
    fishjam("profiles", "save", "open")
    path = profile_path("open")
    path.chmod(0o644)
    done = fishjam("check", "--profile", "open")
    assert (done.code, done.out) == (2, "")
    assert f"others can read the token in {path}: chmod 600" in done.err


def test_a_file_that_cannot_be_read(nothing_set: Command, own_folders: Path) -> None:
    (own_folders / ".env").write_bytes(b"FISHJAM_ID=\xff\n")
    done = nothing_set("check")
    assert (done.code, done.out) == (2, "")
    assert f"{own_folders / '.env'} cannot be read" in done.err


def test_places_that_are_not_needed_are_not_read(fishjam: Command, own_folders: Path) -> None:
    fishjam("profiles", "save")
    profile_path("default").chmod(0o644)
    assert "from the environment are good" in fishjam("check").out
    (own_folders / ".env").write_bytes(b"FISHJAM_ID=\xff\n")
    assert "from the environment are good" in fishjam("check").out
    assert fishjam("trigger", "RoomCreated").code == 0
    assert fishjam("check", "--profile", "none").code == 2


def test_a_file_that_is_needed_for_the_secret(fishjam: Command, own_folders: Path) -> None:
    (own_folders / ".env").write_bytes(b"FISHJAM_ID=\xff\n")
    for command in (["trigger", "RoomCreated", "--url"], ["listen", "--forward-to"]):
        done = fishjam(*command, f"{FOREIGN}/")
        assert (done.code, done.out) == (2, "")
        assert f"{own_folders / '.env'} cannot be read" in done.err


def test_the_secret_of_webhooks_may_stand_in_the_file(
    own_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_folders / ".env").write_text("FISHJAM_WEBHOOK_SECRET=from-the-file\n")
    assert main(["trigger", "RoomCreated", "--url", f"{FOREIGN}/"]) == 1
    assert "was not delivered" in capsys.readouterr().err


def test_compositions_of_another_source_are_not_asked(
    nothing_set: Command, fishjam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The address of the environment would receive the token of the options.
    monkeypatch.setenv("FISHJAM_COMPOSITION_URL", FOREIGN)
    options = ["--fishjam-id", fishjam_emulator.fishjam_id]
    token = ["--token", fishjam_emulator.management_token]
    assert nothing_set("compositions", "create", *options, *token).code == 0


def test_the_settings_of_a_fleet(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FISHJAM_FLEET_URL", "FISHJAM_FLEET_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="FISHJAM_FLEET_URL is not set"):
        fleet_settings()
    (own_folders / ".env").write_text("FISHJAM_FLEET_URL=redis://a\nFISHJAM_FLEET_NAMESPACE=b\n")
    assert fleet_settings() == ("redis://a", "b")
    monkeypatch.setenv("FISHJAM_FLEET_URL", "redis://c")
    # The namespace of the file belongs to the engine of the file.
    assert fleet_settings() == ("redis://c", "default")
