"""`run --nodes`: one command keeps nodes and worker running, loses no request when one dies, and ends them all."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from commands.serving import supervisor
from commands.serving.supervisor import Child, Supervisor
from db.session import Database
from tests.factories.processes import ROOT, Browser, Process, wait_until
from tests.rooms import drop_all


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(log: Path, name: str) -> list[int]:
    """Process numbers under which a child was started, the first first."""
    lines = [orjson.loads(line)["message"] for line in log.read_text().splitlines()] if log.exists() else []
    return [int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} started")]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def empty(postgres: Database) -> None:
    drop_all(postgres)


@pytest.mark.slow
@pytest.mark.usefixtures("empty")
def test_a_node_that_dies_is_started_again_and_all_end_together(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    browser = Browser(port)
    with Process(tmp_path, "run", "--no-demo", "--nodes", "2", "--port", str(port), "--log-file", str(log)) as run:
        wait_until(lambda: browser.get("/readyz").status == 200)
        os.kill(started(log, "node 1")[0], signal.SIGKILL)
        served = [browser.get("/sign-in").status for _ in range(20)]
        wait_until(lambda: len(started(log, "node 1")) == 2)
        children = [pid for name in ("node 1", "node 2", "worker 1") for pid in started(log, name)]
        code = run.end()

    assert served == [200] * 20
    assert code == 0
    assert len(children) == 4
    assert all(is_gone(pid) for pid in children)


@pytest.mark.slow
@pytest.mark.usefixtures("empty")
def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with Process(tmp_path, "run", "--no-demo", "--nodes", "1", "--port", str(port), "--log-file", str(log)) as run:
        wait_until(lambda: Browser(port).get("/readyz").status == 200)
        children = started(log, "node 1") + started(log, "worker 1")
        run.end(signal.SIGKILL)
        wait_until(lambda: all(is_gone(pid) for pid in children))

    assert len(children) == 2


def test_several_nodes_need_postgresql_and_say_so(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "JINSHUI_DATABASE"}

    for command in (["run", "--nodes", "2"], ["worker"]):
        ended = subprocess.run(
            [sys.executable, "app.py", "--data", str(tmp_path), *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

        assert ended.returncode == 1
        assert "PostgreSQL" in ended.stdout
        assert "JINSHUI_DATABASE" in ended.stdout


SLOW = """
import socket, sys, time
from commands.serving.server import Server
def slow(environ, start_response):
    print("begun", flush=True)
    time.sleep(1)
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]
Server(slow, socket.socket(fileno=int(sys.argv[1]))).run()
"""


def test_a_request_that_has_begun_is_answered_before_the_process_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW, str(listening.fileno())], cwd=ROOT, pass_fds=[listening.fileno()], stdout=subprocess.PIPE, text=True
        )
        with socket.create_connection(listening.getsockname()) as browser:
            browser.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            assert process.stdout is not None
            process.stdout.readline()
            process.terminate()
            answer = browser.recv(4096) + browser.recv(4096)
        code = process.wait(30)
        process.stdout.close()

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"done")
    assert code == 0


def asked(address: tuple[str, int]) -> socket.socket:
    """A browser that had its answer and keeps the connection open."""
    browser = socket.create_connection(address, timeout=10)
    browser.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert browser.recv(4096).startswith(b"HTTP/1.1 200 OK")
    return browser


def test_connections_on_which_nothing_is_said_keep_nobody_out() -> None:
    quick = SLOW.replace("time.sleep(1)", "pass")
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as browsers:
        process = subprocess.Popen(
            [sys.executable, "-c", quick, str(listening.fileno())], cwd=ROOT, pass_fds=[listening.fileno()], stdout=subprocess.DEVNULL
        )
        try:
            for _ in range(300):
                browsers.enter_context(asked(listening.getsockname()))
        finally:
            process.terminate()
            code = process.wait(30)

    assert code == 0


def test_a_child_that_cannot_be_started_just_now_ends_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, refused = subprocess.Popen, [True]

    def popen(_command: list[str], **how: Any) -> Any:
        if how["env"]["refused"] == "1" and refused.pop():
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        return plain(["sleep", "60"], stdin=subprocess.PIPE)

    monkeypatch.setattr(supervisor.subprocess, "Popen", popen)
    first, second = Child("node 1", []), Child("node 2", [])
    Supervisor([first], {"refused": "0"}).look()
    both = Supervisor([first, second], {"refused": "1"})
    both.look()
    assert (first.died(), second.process) == (None, None)

    second.again_at = 0.0
    refused.append(False)
    both.look()
    assert second.process is not None
    both.end()
    for child in (first, second):
        assert child.process is not None
        assert child.process.stdin is not None
        child.process.stdin.close()
