"""Processes of the application, and a browser without a page that talks to them over a real port."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0  # a busy machine takes its time to start an interpreter


def listening() -> socket.socket:
    """A free port that a node can be handed."""
    made = socket.create_server(("127.0.0.1", 0))
    made.set_inheritable(True)
    return made


def wait_until(is_so: Callable[[], bool], look_s: float = 0.1) -> None:
    """Looks again until it is so; what cannot be asked yet is not so."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            if is_so():
                return
        except OSError:
            pass
        time.sleep(look_s)
    raise AssertionError("expected it to come true, but it did not")


class Process:
    """`app.py` with arguments, on the PostgreSQL of the tests; ended with the block."""

    def __init__(self, data: Path, *arguments: str, socket: socket.socket | None = None, url: str = "") -> None:
        from tests.conftest import POSTGRES_URL

        self._process = subprocess.Popen(
            [sys.executable, "app.py", "--data", str(data), *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "JINSHUI_DATABASE": url or POSTGRES_URL}, pass_fds=[socket.fileno()] if socket else [],
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code after a signal."""
        self._process.send_signal(how)
        return self._process.wait(PATIENCE_S)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.communicate(timeout=PATIENCE_S)


@dataclass(frozen=True)
class Answer:
    """What came back, after redirects."""

    status: int
    path: str
    text: str


@dataclass
class Browser:
    """Cookies and form tokens; `at` is the same browser at another node."""

    port: int
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def at(self, port: int) -> Browser:
        return Browser(port, self.cookies)

    def get(self, path: str) -> Answer:
        return self._ask(path, None)

    def post(self, path: str, page: Answer, **fields: str) -> Answer:
        """Posts with the token of a page."""
        found = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert found is not None
        return self._ask(path, {"csrf": found[1], **fields})

    def sign_in(self, login: str, password: str) -> Answer:
        return self.post("/sign-in", self.get("/sign-in"), login=login, password=password)

    def _ask(self, path: str, fields: dict[str, str] | None) -> Answer:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies))
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        try:
            with opener.open(f"http://127.0.0.1:{self.port}{path}", data, timeout=30) as answer:
                return Answer(answer.status, urllib.parse.urlsplit(answer.url).path, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, urllib.parse.urlsplit(error.url).path, error.read().decode())
