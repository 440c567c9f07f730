"""What people send to a process that serves: too much of it is told in a sentence, and fills neither memory nor disk."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.factories.processes import ROOT

MB = 1 << 20
BOUNDARY = "----a"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("JINSHUI_")}


@dataclass(frozen=True)
class Cost:
    """The most memory that was held, and all that was written to files."""

    peak_mb: int
    written_mb: int


@dataclass
class Office:
    """A served office on SQLite."""

    process: subprocess.Popen[str]
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    location: str = ""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
        """One request; of the answer the status and the page."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            return self._ask(connection, method, path, body, headers)

    def _ask(self, connection: http.client.HTTPConnection, method: str, path: str, body: object, headers: dict[str, str]) -> tuple[int, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, body, {"Cookie": cookie, **{name.replace("_", "-"): value for name, value in headers.items()}})  # type: ignore[arg-type]
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.location = answer.headers.get("Location", "")
        return answer.status, answer.read().decode()

    def hidden(self, name: str, path: str) -> str:
        """What a hidden field of a page holds."""
        found = re.search(rf'name="{name}"(?: type="hidden")? value="([^"]*)"', self.ask("GET", path)[1])
        assert found is not None
        return found[1]

    def sign_in(self, login: str) -> None:
        self.cookies.clear()
        fields = {"csrf": self.hidden("csrf", "/sign-in"), "login": login, "password": "jinshui-demo"}
        status, _ = self.ask("POST", "/sign-in", urllib.parse.urlencode(fields), Content_Type="application/x-www-form-urlencoded")
        assert status == 303

    def upload(self, path: str, size: int, **fields: str) -> tuple[int, str]:
        """A form with a file of so many bytes, sent as a browser sends it."""
        before = "".join(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
        head = f'{before}--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()

        def parts() -> Iterator[bytes]:
            yield head
            for at in range(0, size, MB):
                yield b"x" * min(MB, size - at)
            yield tail

        status, page = self.ask("POST", path, parts(), Content_Type=f"multipart/form-data; boundary={BOUNDARY}", Content_Length=str(len(head) + size + len(tail)))
        return self.ask("GET", self.location) if status == 303 else (status, page)

    def cost(self) -> Cost:
        """What the process has needed so far; the peak of its memory is counted from here on."""
        about = Path(f"/proc/{self.process.pid}")
        peak = re.search(r"VmHWM:\s+(\d+) kB", (about / "status").read_text())
        written = re.search(r"wchar: (\d+)", (about / "io").read_text())
        assert peak is not None
        assert written is not None
        (about / "clear_refs").write_text("5")
        return Cost(int(peak[1]) // 1024, int(written[1]) // MB)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data = tmp_path_factory.mktemp("data")
    (data / "jinshui.db").touch()  # the people are loaded, no three months are played
    arguments = [sys.executable, "app.py", "--data", str(data), "run", "--log-file", str(data / "log")]
    with subprocess.Popen(arguments, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(filter(None, (re.search(r"is up: http://127\.0\.0\.1:(\d+)/", line) for line in process.stdout)))
        yield Office(process, int(address[1]))
        process.send_signal(signal.SIGTERM)
        process.stdout.read()


def test_a_list_of_a_hundred_megabytes_gets_the_sentence_and_little_memory(office: Office) -> None:
    office.sign_in("chen.min")
    csrf, key = office.hidden("csrf", "/imports"), office.hidden("key", "/imports")
    office.cost()
    before = office.cost()

    status, page = office.upload("/imports", 100 * MB, csrf=csrf, key=key)

    assert status == 422
    assert "文件有 100 MB，超过上限 50 MB" in page
    after = office.cost()
    assert after.peak_mb - before.peak_mb < 30


def test_more_than_any_upload_may_be_is_told_and_kept_nowhere(office: Office) -> None:
    office.sign_in("chen.min")
    office.cost()
    before = office.cost()

    status, page = office.upload("/imports", 300 * MB)

    assert status == 413
    assert "上传的内容太大" in page
    after = office.cost()
    assert after.peak_mb - before.peak_mb < 30
    assert after.written_mb - before.written_mb < 5


@pytest.mark.parametrize("path", ["/tasks/claim", "/sign-out", "/imports/x/delegate", "/language"])
def test_where_no_files_are_taken_a_form_with_one_may_only_be_small(office: Office, path: str) -> None:
    office.sign_in("chen.min")

    assert office.upload(path, 3 * MB)[0] == 413


def test_of_who_is_not_signed_in_nothing_is_read(office: Office) -> None:
    office.cookies.clear()
    office.cost()
    before = office.cost()

    status, page = office.upload("/imports", 100 * MB)

    assert status == 403
    assert "可能是登录已过期" in page
    after = office.cost()
    assert after.peak_mb - before.peak_mb < 30
    assert after.written_mb - before.written_mb < 5


def test_a_body_of_unknown_length_ends_where_the_limit_is(office: Office) -> None:
    office.cookies.clear()
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += MB
            yield b"x" * MB

    with pytest.raises(ConnectionError):
        office.ask("POST", "/sign-in", endless())

    assert sent < 20 * MB  # two are taken, the rest is in buffers of the kernel
