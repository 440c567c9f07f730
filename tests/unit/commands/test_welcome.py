"""What a start shows at last, the accounts and the address, and which port it takes: a real process on a real socket."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import run
from commands.serving.server import listen
from db.copies import Refused
from tests.factories.processes import ROOT, wait_until

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("JINSHUI_")}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder whose database is there and empty: its people are loaded, no three months are played."""
    (tmp_path / "jinshui.db").touch()
    return tmp_path


@pytest.fixture
def busy() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def is_ready(opener: urllib.request.OpenerDirector, address: str) -> bool:
    """Whether the pump has turned: until then /readyz is an error."""
    with opener.open(f"{address}readyz", timeout=30) as answer:
        return bool(answer.status == 200)


def start(data: Path, *options: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "app.py", "--data", str(data), "run", "--log-file", str(data / "log"), *options]
    return subprocess.Popen(arguments, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)


@pytest.mark.timeout(180)
def test_accounts_and_address_are_the_last_words_and_the_pages_are_there_by_then(data: Path) -> None:
    with start(data) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if "is up" in line:
                    break
            address = re.search(r"http://127\.0\.0\.1:(\d+)/", said[-1])
            assert address is not None, said
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{address[0]}sign-in", timeout=30) as page:
                assert page.status == 200
            wait_until(lambda: is_ready(opener, address[0]))
        finally:
            process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()

    text = "".join(said)
    assert process.returncode == 0
    assert rest == ""
    assert text.index("database migrated") < text.index("procedure coinvestigation") < text.index("jinshui-demo") < text.index("chen.min") < text.index("is up")
    assert "协查岗（宁波市海曙区" in text


@pytest.mark.timeout(180)
def test_a_port_that_was_asked_for_and_is_taken_is_told(data: Path, busy: int) -> None:
    with start(data, "--no-demo", "--port", str(busy)) as process:
        said, _ = process.communicate()

    assert process.returncode == 1
    assert f"端口 {busy} 已被占用" in said


def test_without_a_wish_the_first_port_that_is_free_is_taken(monkeypatch: pytest.MonkeyPatch, busy: int) -> None:
    monkeypatch.setattr(run, "DEFAULT_PORT", busy)

    found = run.first_free("127.0.0.1", 0)

    assert found is not None
    with found:
        assert busy < found.getsockname()[1] < busy + 100
        assert run.first_free("127.0.0.1", found.getsockname()[1]) is None
        with socket.create_connection(found.getsockname(), timeout=5):
            pass


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_port_that_somebody_listens_on_everywhere_is_not_free_here(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        other = socket.create_server((host, 0), family=family, dualstack_ipv6=family is socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with other:
        assert run.first_free("127.0.0.1", other.getsockname()[1]) is None


@pytest.mark.parametrize(("host", "why"), [("192.0.2.1", "本机没有这个地址"), ("no-such-host.invalid", "找不到这个主机名")])
def test_an_address_that_is_not_of_this_machine_is_told_as_that(host: str, why: str) -> None:
    with pytest.raises(Refused, match=f"无法在 {host} 端口 0 提供网页：{why} /"):
        listen(host, 0)


@pytest.mark.parametrize("port", [-1, 65_536, 99_999])
def test_a_port_that_there_is_not_is_told(port: int) -> None:
    with pytest.raises(Refused, match=f"没有端口 {port}"):
        run.first_free("127.0.0.1", port)
