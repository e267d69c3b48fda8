"""The command `fishjam emulator`, in processes of its own."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

import fishjam.__main__
import fishjam.emulator
from fishjam._version import __version__
from fishjam.cli import main
from tests.support.plain_http import PLAIN


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-W", "error", "-m", "fishjam", "emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.once
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_line_of_json_and_a_clean_end(number: signal.Signals) -> None:
    with command("--port", "0", "--token", "t", "--webhook-secret", "w", "--json") as process:
        ready = json.loads(line_of(process))
        url = ready["fishjam_id"]
        assert ready == {"fishjam_id": url, "management_token": "t", "webhook_secret": "w"}
        assert url.startswith("http://127.0.0.1:")
        headers = {"authorization": "Bearer t"}
        with httpx.Client(headers=headers, **PLAIN) as client:
            assert client.get(f"{url}/validate").status_code == 200
            process.send_signal(number)
            assert finish(process) == (0, "", "")


@pytest.mark.once
def test_the_greeting_says_what_to_export() -> None:
    with command("--port", "0", "--token", "a'b") as process:
        lines = [line_of(process) for _ in range(8)]
        exports = dict(
            line.strip().removeprefix("export ").split("=", 1)
            for line in lines
            if line.startswith("  export ")
        )
        values = {name: shlex.split(value)[0] for name, value in exports.items()}
        process.send_signal(signal.SIGTERM)
        assert finish(process)[0] == 0
    assert values["FISHJAM_ID"] in lines[0]
    assert values == {
        "FISHJAM_ID": values["FISHJAM_ID"],
        "FISHJAM_MANAGEMENT_TOKEN": "a'b",
        "FISHJAM_WEBHOOK_SECRET": "development",
        "FISHJAM_COMPOSITION_URL": values["FISHJAM_ID"],
    }


@pytest.mark.once
@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_each_request_is_a_line_unless_it_is_quiet(quiet: tuple[str, ...]) -> None:
    with command("--port", "0", *quiet) as process:
        url = line_of(process).partition(" runs at ")[2].split()[0]
        assert httpx.get(f"{url}/room?x=secret", **PLAIN).status_code == 401
        assert process.stderr is not None
        line = "" if quiet else process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        code, _, rest = finish(process)
    assert (code, rest) == (0, "")
    assert re.fullmatch("" if quiet else r"GET /room 401 \d+ ms\n", line)


@pytest.mark.once
def test_its_page_is_opened_with_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser of one's own is named by BROWSER."""
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    with command("--port", "0", "--token", "a/b&c", "--open") as process:
        url = line_of(process).partition(" runs at ")[2].split()[0]
        address = f"{url}/#token=a%2Fb%26c"
        assert line_of(process) == f"Its page, to watch it and to join rooms: {address}\n"
        while not opened.exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert finish(process)[0] == 0
    assert opened.read_text() == f"{address}\n"


def test_a_taken_port_is_one_line_and_exit_code_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with command("--port", str(port), "--json") as process:
            code, out, err = finish(process)
    assert (code, out) == (1, "")
    assert err == (
        f"fishjam emulator: cannot listen on 127.0.0.1 port {port}: "
        "another program uses this port\n"
    )


def test_the_command_in_this_process(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run it where coverage sees it; the signal is sent once it answers."""
    before = signal.getsignal(signal.SIGTERM)
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    with stopping_when_ready() as port:
        assert main(["emulator", "--port", str(port), "--open"]) == 0
    assert f"export FISHJAM_ID=http://127.0.0.1:{port}\n" in capsys.readouterr().out
    assert opened == [f"http://127.0.0.1:{port}/#token=development"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_json_line_in_this_process(capsys: pytest.CaptureFixture[str]) -> None:
    with stopping_when_ready() as port:
        assert main(["emulator", "--port", str(port), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "fishjam_id": f"http://127.0.0.1:{port}",
        "management_token": "development",
        "webhook_secret": "development",
    }


@pytest.mark.parametrize(
    ("arguments", "is_installed", "line"),
    [
        ([], True, "with cameras and microphones"),
        (["--no-webrtc"], True, "without media"),
        ([], False, 'without media; to have them: pip install "fishjam-server-sdk[webrtc]"'),
    ],
)
def test_media_are_on_if_they_are_installed(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    is_installed: bool,
    line: str,
) -> None:
    if not is_installed:
        monkeypatch.setitem(sys.modules, "aiortc", None)
    with stopping_when_ready() as port:
        assert main(["emulator", "--port", str(port), *arguments]) == 0
    assert line in capsys.readouterr().out


def test_media_that_are_not_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fishjam.emulator._webrtc.server", None)
    monkeypatch.delattr("fishjam.emulator._webrtc.server", raising=False)
    assert main(["emulator", "--port", "0", "--webrtc"]) == 1
    assert 'pip install "fishjam-server-sdk[webrtc]"' in capsys.readouterr().err


@contextmanager
def stopping_when_ready() -> Iterator[int]:
    """Give a port, and send SIGTERM to this process once an emulator answers there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    is_over = threading.Event()

    def stop_when_ready() -> None:
        with httpx.Client(**PLAIN) as client:
            # Without a pause this thread would keep the emulator from starting on a busy machine.
            while not is_over.wait(0.05):
                with suppress(httpx.TransportError):
                    client.get(f"http://127.0.0.1:{port}/validate")
                    if not is_over.is_set():
                        os.kill(os.getpid(), signal.SIGTERM)
                    return

    stopper = threading.Thread(target=stop_when_ready)
    stopper.start()
    try:
        yield port
    finally:
        is_over.set()
        stopper.join()


def test_a_token_that_cannot_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulator", "--port", "0", "--token", "a b", "--json"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        "fishjam emulator: management_token must be printable ASCII text without spaces\n"
    )


def test_without_the_extra_in_this_process(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fishjam.emulator._emulator", None)
    monkeypatch.delitem(vars(fishjam.emulator), "Emulator", raising=False)
    assert main(["emulator"]) == 1
    assert 'pip install "fishjam-server-sdk[emulator]"' in capsys.readouterr().err


@pytest.mark.once
def test_without_the_extra() -> None:
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from fishjam.cli import main\n"
        "sys.exit(main(['emulator']))"
    )
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert 'pip install "fishjam-server-sdk[emulator]"' in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["emulator", "--port", "x"], ["emulator", "--port", "65536"]]
)
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Usage: fishjam" in capsys.readouterr().err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"fishjam {__version__}\n"


def test_python_m_fishjam(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert vars(fishjam.__main__)["main"] is main
    monkeypatch.setattr(sys, "argv", ["fishjam", "emulator", "--help"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(fishjam.__main__.__file__, run_name="__main__")
    assert caught.value.code == 0
    assert "5002" in capsys.readouterr().out


@pytest.mark.once
def test_it_can_be_reached_under_another_name_and_by_pages_that_are_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    names = ("--public-url", "http://emulator.test:5002", "--allow-origin", "https://app.example")
    with command("--port", str(port), *names, "--sandbox", "--json") as process:
        assert json.loads(line_of(process))["fishjam_id"] == "http://emulator.test:5002"
        url = f"http://127.0.0.1:{port}/room-manager?roomName=a&peerName=b"
        headers = {"host": "emulator.test", "origin": "https://app.example"}
        answer = httpx.get(url, headers=headers, **PLAIN)
        assert answer.json()["url"] == "ws://emulator.test:5002"
        headers["origin"] = "https://other.example"
        assert httpx.get(url, headers=headers, **PLAIN).status_code == 403


def test_a_public_url_that_is_none_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["emulator", "--public-url", "emulator.test"]) != 0
    assert "public_url must be an http or https URL" in capfd.readouterr().err
