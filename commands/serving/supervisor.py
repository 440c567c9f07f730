"""Keeps several processes running: starts them, starts one again that died, and ends them all when it is told to end.

The supervisor holds the listening socket and hands it to each web node. A connection that is waiting to be taken belongs to the
socket, not to a node, so none is lost when a node dies (with SO_REUSEPORT the queue of a dead node would be). A child whose
supervisor is gone, however it went, sees its standard input end and ends too.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import FrameType

PROGRAM = Path(__file__).parents[2] / "app.py"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 8.0  # the longest, and a start, lie within the 30 s in which what is late is done
HEALTHY_AFTER_S = 60.0  # a process that lived so long starts over with the shortest pause
NODE_END_S = 15.0  # a node finishes its requests within ten seconds (server.DRAIN_S)
WORKER_END_S = 60.0  # a worker finishes what it has begun: papers, an import
LOOK_S = 0.2
log = logging.getLogger("jinshui.supervisor")


@dataclass
class Child:
    """One process that is to run, whether or not it runs just now."""

    name: str
    arguments: Sequence[str]
    fds: Sequence[int] = ()
    end_s: float = NODE_END_S
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE_S
    again_at: float = 0.0

    def start(self, environment: dict[str, str]) -> None:
        """Runs it in an interpreter of its own, so that no thread and no connection of ours is in it."""
        self.process = subprocess.Popen(  # noqa: S603 -- our own program
            [sys.executable, str(PROGRAM), *self.arguments], stdin=subprocess.PIPE, pass_fds=self.fds, env=environment,
            start_new_session=True,
        )  # fmt: skip
        self.started = monotonic()
        log.info("%s started as process %s", self.name, self.process.pid)

    def died(self) -> int | None:
        """Its exit code when it has just ended; sets when to start it again."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.pause = FIRST_PAUSE_S if monotonic() - self.started > HEALTHY_AFTER_S else self.pause
        self.process = None
        log.warning("%s ended with code %s, starts again in %.0f s", self.name, code, self.pause)
        self.put_off()
        return code

    def put_off(self) -> None:
        """Waits before the next start, longer each time."""
        self.again_at = monotonic() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE_S)


@dataclass
class Supervisor:
    """`on_end` is told the process number of each child that ended."""

    children: Sequence[Child]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    on_end: Callable[[int], None] = lambda _pid: None

    def __post_init__(self) -> None:
        self._ending = threading.Event()

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            while not self._ending.wait(LOOK_S):
                self.look()
        finally:
            self.end()

    def look(self) -> None:
        """Starts whatever should run and does not."""
        for child in self.children:
            pid = child.process.pid if child.process else 0
            if child.died() is not None:
                self.on_end(pid)
            if child.process is None and monotonic() >= child.again_at:
                self._start(child)

    def _start(self, child: Child) -> None:
        try:
            child.start(self.environment)
        except OSError:  # no process, no memory or no file number just now: the others go on, and this one is tried again
            log.exception("%s could not be started, tried again in %.0f s", child.name, child.pause)
            child.put_off()

    def end(self) -> None:
        """Asks all to end at once, gives each its time, and kills what does not."""
        running = [(child.end_s, child.process) for child in self.children if child.process is not None]
        for _end_s, process in running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        asked = monotonic()
        for end_s, process in sorted(running, key=lambda each: each[0]):
            try:
                process.wait(max(0.0, asked + end_s - monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process %s did not end and is killed", process.pid)
                process.kill()
                process.wait()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._ending.set()


def end_with_supervisor() -> None:
    """Has this process end itself in an orderly way when its standard input ends; for children of a supervisor only."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="supervisor-watch", daemon=True).start()
