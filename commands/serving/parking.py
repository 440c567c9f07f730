"""Requests of stations that wait for a job: each keeps its connection and no thread, and is asked anew the moment a job comes that it may take.

A ring (`notices/bell.py`) names topic and post of the job and is heard after the commit, in every process of one database. Of those who wait in this
process for such a job the one who came first is woken. All is looked at now and then besides: a ring may be lost, and a job that was given back or
whose lock has ended comes again without one.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from db.clock import Clock
from db.outages import is_outage
from db.session import Database
from engine import external
from engine.link import Link
from notices import bell

LOOK_S = 1.0
log = logging.getLogger("jinshui")


@dataclass(eq=False)
class Parked:
    """A request whose answer waits: by `bell.job`, what it may take, and until when."""

    channel: Any
    request: Any
    wanted: frozenset[str]
    until: float


class Parking:
    """Begins with `start`. `take` holds a request, `ring` and time wake it: its channel then has it answered like one that has just come."""

    def __init__(self, database: Database, clock: Clock, *, look_s: float = LOOK_S) -> None:
        self.database, self.clock, self.look_s = database, clock, look_s
        self._parked: deque[Parked] = deque()
        self._rung: list[str] = []
        self._bell = threading.Condition()
        self._looks = self._has_begun = self._is_over = False
        self._thread = threading.Thread(target=self._run, name="parking", daemon=True)

    def start(self) -> None:
        """Begins to look after those who wait."""
        self._has_begun = True
        self._thread.start()

    def stop(self) -> None:
        """Has everybody answered; from now on nobody waits."""
        with self._bell:
            self._is_over = True
            self._bell.notify()

    @property
    def is_open(self) -> bool:
        """Whether a request may wait here."""
        return self._has_begun and not self._is_over

    @property
    def count(self) -> int:
        """How many wait."""
        return len(self._parked)

    def take(self, one: Parked) -> None:
        """Holds a request; what came since it was answered with nothing is looked for at once."""
        with self._bell:
            if not self._is_over:
                self._parked.append(one)
                self._looks = True
                self._bell.notify()
                return
        _wake(one)

    def ring(self, names: Iterable[str]) -> None:
        """Somebody has put work at these posts; heard from any thread."""
        with self._bell:
            self._rung += names
            self._bell.notify()

    def _run(self) -> None:
        next_look = 0.0
        while True:
            with self._bell:
                soonest = min((one.until for one in self._parked), default=None)
                wait = None if soonest is None else max(0.0, min(soonest, next_look) - monotonic())
                self._bell.wait_for(lambda: self._rung or self._looks or self._is_over, wait)
                rung, self._rung = self._rung, []
                looks = self._looks or bell.EVERYBODY in rung or monotonic() >= next_look
                self._looks = False
            try:
                if looks and self._parked:
                    next_look = monotonic() + self.look_s
                    rung += self._free()
            except Exception as error:  # outer edge of the thread: who waits is answered by the pages, which say what is wrong
                log.log(logging.WARNING if is_outage(error) else logging.ERROR, "stations: what lies there could not be looked for: %s", error, exc_info=not is_outage(error))
            for one in self._due(rung):
                _wake(one)
            if self._is_over:
                return

    def _free(self) -> list[str]:
        with self.database.read() as session:
            return [bell.job(topic, post) for topic, post in external.free(Link(session), self.clock.now())]

    def _due(self, rung: Iterable[str]) -> list[Parked]:
        """Who is answered now: for each job the first who may take it, and whoever has waited long enough."""
        with self._bell:
            now, found = monotonic(), list[Parked]()
            for name in rung:
                if (first := next((one for one in self._parked if name in one.wanted and _is_there(one.channel)), None)) is not None:
                    self._parked.remove(first)
                    found.append(first)
            over = [one for one in self._parked if self._is_over or one.until <= now or not _is_there(one.channel)]
            for one in over:
                self._parked.remove(one)
            return found + over


def _is_there(channel: Any) -> bool:
    """Whether the other end still listens: a job that is handed to whoever has gone is locked for minutes."""
    try:
        return bool(channel.connected and channel.socket.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _wake(one: Parked) -> None:
    """Has the request answered as if it had just come; whoever has gone takes no job."""
    channel, request = one.channel, one.request
    del request.close  # which was put off
    with channel.requests_lock:
        if not channel.connected:
            request.close()
            return
        request.get_body_stream().seek(0)
        channel.requests.append(request)
        is_first = len(channel.requests) == 1
    if is_first:
        channel.server.add_task(channel)
