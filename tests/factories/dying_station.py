"""`app.py station` as a process that is struck dead, or held, at a place of its work; forked from one that has imported everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from unittest import mock

import app
from hardware import once, volumes
from hardware.http_door import HttpDoor
from hardware.simulator import shelf
from tests.factories.processes import PATIENCE_S, ROOT, wait_until

KILLED = 9
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload([__name__, "pytest"])


def die(*_: Any) -> None:
    os._exit(KILLED)


def arm(place: str, held: Path) -> None:
    """`fetched`: when it has a job and has touched nothing; `card N`: once a card has been changed N times; `hold N`: it waits there for `held` to go;
    `answer`: when all is written and nothing said; `said`: before the answer's answer is read; `TOPIC PLACE`: at a place of `volumes.TOPIC`, or its answer.
    """
    kind, _space, more = place.partition(" ")
    fetch, complete = HttpDoor.fetch, HttpDoor.complete
    if kind == "fetched":
        _replace(HttpDoor, "fetch", lambda *given: fetch(*given) and die())
    elif kind == "said":
        _replace(HttpDoor, "complete", lambda *given: die(complete(*given)))
    elif kind in {"card", "hold"}:
        _at_change(int(more), die if kind == "card" else lambda: _hold(held))
    elif kind == "answer":
        _replace(HttpDoor, "complete", die)
    elif more == "answered":
        _replace(HttpDoor, "complete", lambda door, job, results: die() if job.topic == f"station.{kind}" else complete(door, job, results))
    elif kind:
        _in_move(kind, more)


def _replace(of: object, name: str, by: Callable[..., Any]) -> None:
    mock.patch.object(of, name, by).start()  # for as long as the process lives


def _at_change(number: int, act: Callable[[], None]) -> None:
    put, left = shelf.FolderShelf.put, [number]

    def counting(self: Any, card: Any) -> None:
        put(self, card)
        left[0] -= 1
        if left[0] == 0:
            act()

    _replace(shelf.FolderShelf, "put", counting)


def _hold(held: Path) -> None:
    held.touch()
    while held.exists():
        time.sleep(0.02)


def _in_move(topic: str, place: str) -> None:
    """`prepared`: the golden-tax card has the move open and the IC card knows nothing; `recorded`: the IC card has its part; `moved`: both have."""
    move, write = getattr(volumes, topic), once.write_once

    def armed(*given: Any) -> None:
        if place != "moved":
            _replace(volumes, "write_once", die if place == "prepared" else lambda *what: die(write(*what)))
        die(move(*given))

    _replace(volumes, topic, armed)


def _run(place: str, held: Path, arguments: list[str], said: Path) -> None:
    """In the forked process."""
    sys.stdout = sys.stderr = said.open("w", buffering=1, encoding="utf-8")
    arm(place, held)
    sys.exit(app.main(arguments))


@dataclass
class Agent:
    """A station that runs; what it says is written to a file."""

    process: ForkServerProcess | subprocess.Popen[bytes]
    file: Path

    @classmethod
    def forked(cls, place: str, held: Path, arguments: list[str], file: Path) -> Agent:
        process = FORKS.Process(target=_run, args=(place, held, arguments, file))
        process.start()
        return cls(process, file)

    @classmethod
    def program(cls, arguments: list[str], file: Path) -> Agent:
        """As somebody starts it at a terminal."""
        with file.open("wb") as out:
            return cls(subprocess.Popen([sys.executable, "-u", "app.py", *arguments], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT), file)

    @property
    def said(self) -> str:
        return self.file.read_text("utf-8") if self.file.exists() else ""

    def ended(self) -> int | None:
        """Its exit code, waited for."""
        if isinstance(self.process, subprocess.Popen):
            return self.process.wait(PATIENCE_S)
        self.process.join(PATIENCE_S)
        return self.process.exitcode

    def stop(self) -> str:
        """Ends it as an operator does, once it has begun; what it has said."""
        wait_until(lambda: "工作站已启动" in self.said, 0.02)
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGTERM)
        assert self.ended() == 0, self.said
        return self.said

    def close(self) -> None:
        self.process.kill()
        self.ended()
        if not isinstance(self.process, subprocess.Popen):
            self.process.close()
