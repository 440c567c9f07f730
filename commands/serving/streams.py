"""The open streams of one process: who has one, what is said on it, and when it is over (ADR 19).

A ring (`notices/bell.py`) names people; what is news to their pages is read from the database, together with whether their sessions still live. All
streams are looked at every few seconds besides, so that a lost ring costs seconds and a session that ended in any way ends its stream.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Collection, Iterable
from typing import Any

from commands.serving.parking import Parking
from commands.serving.sockets import Line, Writer
from db.clock import Clock
from db.listening import Listening
from db.outages import is_outage
from db.session import Database
from notices import bell, store
from records.offices.sign_in_rules import rules_of
from web.notices.streaming import Ticket
from web.sessions.store import still_live

STREAMS = 2_000  # of a process
PER_PERSON = 5  # pages in sight; the oldest gives way
LOOK_S = 10.0
RETRY_MS = 3_000
OVER = b"event: over\ndata: 1\n\n"  # the session has ended: the page asks no more
GIVE_WAY = b"event: enough\ndata: 1\n\n"  # other pages of the same person are open: this one asks when it is looked at again
CASE_MOVES = b"event: case\ndata: 1\n\n"  # work at a counter goes on in the case that the page shows
log = logging.getLogger("jinshui")


class Streams:
    """Given the database; begins with `start`, and ends with the process."""

    def __init__(self, database: Database, clock: Clock, *, limit: int = STREAMS, look_s: float = LOOK_S, **how: Any) -> None:
        self.database, self.clock, self.limit, self.look_s = database, clock, limit, look_s
        self._writer = Writer(self._gone, **how)
        self.parking = Parking(database, clock)
        self._lines: dict[str, list[Line]] = {}  # by person, the oldest first
        self._lock = threading.Lock()
        self._rung: set[str] = set()
        self._bell = threading.Condition()
        self._ending = False
        self._looker = threading.Thread(target=self._run, name="stream-news", daemon=True)
        self._listening: Listening | None = None

    def start(self) -> None:
        """Listens for rings, and writes."""
        self._writer.start()
        self._looker.start()
        self.parking.start()
        if self.database.is_sqlite:
            self._unlisten = bell.listen(self.ring)
        else:
            self._listening = Listening(self.database.url, bell.CHANNEL, self.ring, missed=bell.EVERYBODY, timeouts=self.database.timeouts)
            self._listening.start()

    def stop(self) -> None:
        """Closes every stream; their pages come again."""
        with self._bell:
            self._ending = True
            self._bell.notify()
        self.parking.stop()
        if self._listening is not None:
            self._listening.stop()
        else:
            self._unlisten()
        self._looker.join(5)
        self._writer.stop()

    @property
    def count(self) -> int:
        """How many are open."""
        with self._lock:
            return sum(map(len, self._lines.values()))

    def has_room(self) -> bool:
        """Whether another one may be opened."""
        return not self._ending and self.count < self.limit

    def take(self, connection: socket.socket, head: bytes, ticket: Ticket) -> None:
        """Holds a connection from now on; what its page has missed is said at once."""
        line = Line(connection, ticket.person_id, ticket.session, (ticket.after, -1), ticket.case)
        with self._lock:
            own = self._lines.setdefault(ticket.person_id, [])
            own.append(line)
            former = own[:-PER_PERSON]
        self._writer.add(line, head + b"retry: %d\n\n" % RETRY_MS)
        for one in former:
            self._writer.say(one, GIVE_WAY, and_end=True)
        self.ring(ticket.person_id)

    def ring(self, people: str) -> None:
        """Somebody changed something for these people, in these cases, at these posts; heard from any thread."""
        rung = people.split(",")
        if jobs := [one for one in rung if one.startswith(bell.JOB) or one == bell.EVERYBODY]:
            self.parking.ring(jobs)
        if others := [one for one in rung if not one.startswith(bell.JOB)]:
            with self._bell:
                self._rung.update(others)
                self._bell.notify()

    def _gone(self, line: Line) -> None:
        with self._lock:
            own = self._lines.get(line.person_id, [])
            if line in own:
                own.remove(line)
            if not own:
                self._lines.pop(line.person_id, None)

    # --- what is news --------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._bell:
                is_rung = self._bell.wait_for(lambda: self._rung or self._ending, self.look_s)
                rung, self._rung = self._rung, set()
                if self._ending:
                    return
            try:
                if is_rung:
                    self._tell_of_cases(rung)
                self.look(None if not is_rung or bell.EVERYBODY in rung else rung)
            except Exception as error:  # outer edge of the thread: streams outlive a database that is away
                if is_outage(error):
                    log.warning("notices: the database is away, streams wait: %s", error)
                else:
                    log.exception("notices: streams could not be told")

    def _tell_of_cases(self, rung: Collection[str]) -> None:
        """Says on the pages of these cases that work at a counter goes on; they ask for the rest by themselves."""
        if bell.EVERYBODY not in rung and not any(one.startswith(bell.CASE) for one in rung):
            return
        with self._lock:
            lines = [line for own in self._lines.values() for line in own if line.case and (bell.EVERYBODY in rung or bell.CASE + line.case in rung)]
        for line in lines:
            self._writer.say(line, CASE_MOVES)

    def look(self, people: Iterable[str] | None) -> None:
        """Says what is news to the pages of these people (of all, for None), and ends what is over."""
        with self._lock:
            whom = self._lines if people is None else self._lines.keys() & set(people)
            lines = [line for person in whom for line in self._lines[person]]
        if not lines:
            return
        with self.database.read() as session:
            rules = rules_of(session)
            alive = still_live(session, sorted({line.session for line in lines}), self.clock.now(), idle=rules.idle, lifetime=rules.lifetime)
            counts = store.latest_and_unread(session, sorted({line.person_id for line in lines if line.session in alive}))
        for line in lines:
            if line.session not in alive:
                self._writer.say(line, OVER, and_end=True)
            elif (now := counts.get(line.person_id, (0, 0))) != line.said:
                line.said = now
                self._writer.say(line, b'id: %d\nevent: notices\ndata: {"newest":%d,"unread":%d}\n\n' % (now[0], *now))
