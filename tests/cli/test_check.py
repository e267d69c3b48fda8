"""`fishjam check` and `fishjam doctor`."""

from __future__ import annotations

import pytest

from fishjam._version import __version__
from fishjam.cli import _check
from fishjam.cli._check import _clock
from fishjam.emulator import Emulator
from tests.cli.conftest import Command


def test_good_credentials(fishjam: Command, fishjam_emulator: Emulator) -> None:
    done = fishjam("check")
    url = fishjam_emulator.fishjam_id
    assert done.out == f"The credentials from the environment are good for {url}.\n"
    assert fishjam("check", "--json").json == [
        {"fishjamId": url, "source": "the environment", "good": True}
    ]


def test_refused_credentials(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", "wrong-token")
    done = fishjam("check")
    assert (done.code, done.out) == (3, "")
    assert "wrong-token" not in done.err


def test_a_healthy_machine(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy.example:3128")
    done = fishjam("doctor")
    assert (done.code, done.err) == (0, "")
    assert all(line.startswith("ok  ") for line in done.out.splitlines()[1:])
    for text in ("Python ", __version__, "httpx ", "extra trio", "from the environment", "none"):
        assert text in done.out
    assert "answers in " in done.out
    found = {each["what"]: each for each in fishjam("doctor", "--json").json}
    assert found["clock"]["ok"]
    assert found["clock"]["detail"].startswith("right: ")
    assert "development" not in done.out


def test_a_proxy_is_shown_without_its_password(
    fishjam: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISHJAM_ID", "https://fishjam.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@127.0.0.1:9")
    done = fishjam("doctor", "--timeout", "3")
    assert done.code == 1
    assert "http://127.0.0.1:9 (HTTPS_PROXY)" in done.out
    assert "password" not in done.out + done.err
    assert "FAIL  address" in done.out


def test_refused_and_missing_credentials(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", "wrong-token")
    done = fishjam("doctor")
    assert done.code == 3
    assert "wrong-token" not in done.out
    monkeypatch.delenv("FISHJAM_ID")
    done = fishjam("doctor")
    assert done.code == 2
    assert "FAIL  credentials" in done.out
    assert "address" not in done.out


@pytest.mark.parametrize(
    ("name", "value", "what", "text"),
    [
        ("FISHJAM_ID", "ftp://f", "address", "must begin with https://"),
        ("HTTP_PROXY", "ftp://p", "proxy", "HTTP_PROXY names a ftp proxy"),
    ],
)
def test_what_cannot_be_right_is_named(
    name: str, value: str, what: str, text: str, fishjam: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISHJAM_ID", "http://fishjam.example")
    monkeypatch.setenv(name, value)
    done = fishjam("doctor", "--json")
    assert done.code == 2
    assert [line["what"] for line in done.json if not line["ok"]] == [what]
    assert text in done.json[-1]["detail"]
    assert {"what": "credentials", "detail": "from the environment", "code": 0, "ok": True} in (
        done.json
    )


def test_extras_that_are_not_there(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = [
        "nothing-of-it>=1 ; extra == 'much'",
        "click>=8; extra == 'cli'",
        "attrs",
        "click>=8; extra == 'old'",
        "nothing<2,>=1; (python_version >= '3.8') and extra == 'old'",
        "nothing<2,>=1; (python_version >= '3.99') and extra == 'future'",
    ]
    monkeypatch.setattr(_check, "requires", lambda _: needed)
    out = fishjam("doctor").out
    assert "not installed (nothing-of-it missing): pip install 'fishjam-server-sdk[much]'" in out
    assert "not installed (nothing missing): pip install 'fishjam-server-sdk[old]'" in out
    assert "needs Python 3.99 or newer" in out
    monkeypatch.setattr(_check, "requires", lambda _: None)
    assert "extra" not in fishjam("doctor").out


@pytest.mark.parametrize(
    ("date", "moment", "text", "code"),
    [
        ("Thu, 01 Jan 1970 00:01:40 GMT", 103.0, "right: 3 s ahead of", 0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 0.0, "wrong: 100 s behind", 1),
        (None, 0.0, "does not tell its time", 0),
    ],
)
def test_the_clock(date: str | None, moment: float, text: str, code: int) -> None:
    finding = _clock(date, moment)
    assert text in finding.detail
    assert finding.code == code
