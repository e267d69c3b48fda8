"""A real redis-server on a free port, which can be stopped, killed, emptied and frozen."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

PATIENCE = 60.0


class RedisServer:
    """One redis-server with its files in a directory of its own."""

    def __init__(self, directory: Path, *options: str, watching: int = 0) -> None:
        """With `watching`, it is a sentinel of the server on that port, which it calls "mine"."""
        self.directory = directory
        self.options = options
        self.watching = watching
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = shutil.which("redis-server")
        assert program, "these tests need redis-server: apt-get install redis-server"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        if self.watching:
            settings = self.directory / "sentinel.conf"
            settings.write_text(f"sentinel monitor mine 127.0.0.1 {self.watching} 1\n")
            command = [program, str(settings), "--port", str(self.port), "--sentinel"]
        command += ["--dir", str(self.directory), "--daemonize", "no", *self.options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
        end = time.monotonic() + PATIENCE
        # One that wants a password says so.
        while not self.ask(b"PING\r\n").startswith((b"+PONG", b"-NOAUTH")):
            assert time.monotonic() < end, "redis-server does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once, as kill -9 does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(PATIENCE)
            self._process = None

    def forget(self) -> None:
        """Drop what it has saved, so that it is empty after the next start."""
        (self.directory / "dump.rdb").unlink(missing_ok=True)

    def freeze(self, frozen: bool = True) -> None:
        """Let it stand still, or go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def ask(self, command: bytes) -> bytes:
        """Send one command, and return the beginning of its answer; nothing if it is not there."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
                connection.sendall(command)
                return connection.recv(65_536)
        except OSError:
            return b""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
