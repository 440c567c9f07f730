"""The only place that commits. One `write()` block is one transaction: all of it is stored, or nothing.

On SQLite a writing transaction begins IMMEDIATE: a deferred one double-claims tasks (measured: 11 of 300 with
eight processes). A reading transaction stays deferred, so readers do not queue behind each other. Writers of one
process take turns (`db.turns`), in the order in which they came. On PostgreSQL a reading transaction is one snapshot, and writes nothing.
Work that must happen in the world only when the transaction has really been stored is registered with
`after_commit`; it never runs for a transaction that was rolled back, and what it raises undoes none that is stored: it is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from db import connections, sight, sqlite
from db.clock import SharedClock
from db.hands import Hands, OwnHands
from db.postgres import BEGIN, BEGIN_READING, Flight, Wire
from db.timeouts import LONG, Patience, Timeouts
from db.turns import Turns

_AFTER_COMMIT = "after_commit"
log = logging.getLogger("jinshui.session")


class Database:
    """An engine with its two kinds of transaction; `url` as SQLAlchemy writes it."""

    def __init__(self, url: str, *, pool_size: int = 16, timeouts: Timeouts | None = None) -> None:
        self.url, self.timeouts = make_url(url), timeouts or Timeouts()
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            # check_same_thread off: the pool hands a connection to one thread at a time.
            given = {
                "check_same_thread": False,
                "timeout": sqlite.BUSY_TIMEOUT_MS / 1000,
                "cached_statements": sqlite.STATEMENTS_KEPT,
            }
            self.engine: Engine = create_engine(self.url, module=sqlite.driver, connect_args=given, pool_size=pool_size)
            if self.url.database and self.url.database != ":memory:":  # a database that is never opened leaves no trace
                folder = Path(self.url.database).parent
                event.listen(self.engine, "do_connect", lambda *_: folder.mkdir(parents=True, exist_ok=True))
            event.listen(self.engine, "connect", sqlite.prepare)
            event.listen(self.engine, "begin", sqlite.begin)
        else:
            self.engine = connections.open_engine(self.url, self.timeouts, pool_size)
        self._writer = self.engine.execution_options(writes=True)
        self._turns = Turns()
        self._clock: SharedClock | None = None
        self.hands: Hands | OwnHands = OwnHands() if self.is_sqlite else Hands(self.engine)  # what takes longer than a transaction may

    @contextmanager
    def write(self, patience: Patience | None = None) -> Iterator[Session]:
        """One transaction that commits at the end of the block; any exception rolls all of it back.

        `patience` for work that takes longer than a step may; it counts on PostgreSQL. Raises NestedWrite inside another on SQLite.
        """
        with self._turn():
            session = Work(self._writer, writes=True)
            try:
                session.start(patience)
                yield session
                session.store()
            except BaseException:
                session.undo()
                raise
            finally:
                session.end()
        for act in session.info.pop(_AFTER_COMMIT, ()):
            try:
                act()
            except Exception:  # what is stored has not failed, and the other acts are no part of this one
                log.exception("an act after a commit failed, the transaction is stored: %r", act)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """On SQLite the writers of this process come one after the other, before any of them takes a connection."""
        if not self.is_sqlite:
            yield
            return
        sqlite.take_turn(self._turns)
        try:
            yield
        finally:
            self._turns.give()

    @contextmanager
    def read(self, patience: Patience | None = None) -> Iterator[Session]:
        """One consistent view, however much is stored by others meanwhile. `patience` as for `write`.

        Nothing is written: PostgreSQL refuses it, SQLite throws it away.
        """
        session = Work(self.engine, writes=False)
        try:
            session.start(patience)
            yield session
        finally:
            session.expunge_all()  # what was read stays readable after the block
            session.undo()
            session.end()

    def keep_time(self, clock: SharedClock) -> None:
        """Tells the clock what the server's says, with each new connection from now on."""
        self._clock = clock
        event.listen(self.engine, "connect", lambda connection, _record: _tell(clock, connection))

    def ask_time(self) -> None:
        """Tells the clock once more; asks the database something in any event."""
        with self.engine.connect() as connection:
            if self._clock is None:
                connection.exec_driver_sql("SELECT 1")
            else:
                _tell(self._clock, connection.connection)

    def dispose(self) -> None:
        """Closes every pooled connection."""
        self.engine.dispose()


def _tell(clock: SharedClock, connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # what a transaction needs to begin is no part of the way of the answer
        asked = clock.machine()
        server = cursor.execute("SELECT clock_timestamp()").fetchone()[0]
        clock.told(server, asked, clock.machine())
    connection.rollback()


class Work(Session):
    """A session on a connection in which the transaction has begun already.

    SQLAlchemy's own transaction is made when the first table object is used: a step of the engine that speaks fixed SQL to the
    driver does without it, which costs a tenth of a step.
    """

    def __init__(self, engine: Engine, *, writes: bool) -> None:
        super().__init__(engine, expire_on_commit=False, autoflush=writes)
        self._engine, self._writes = engine, writes
        self.driver = engine.raw_connection()
        self.flight: Flight | None = None
        if engine.dialect.name != "sqlite":
            told = sight.EVERYTHING if writes else sight.current()
            self.flight = Flight(Wire.of(self.driver), BEGIN if writes else BEGIN_READING, told.statement)
        self._connection: Connection | None = None
        self._cursor: Any = None

    def cursor(self) -> Any:
        """The driver's cursor for fixed SQL on SQLite: one, and gone with the transaction, whoever still holds it.

        A prepared statement belongs to the connection. A cursor that is collected later, with the traceback of a refusal for one, resets its
        statement while another thread reads by it: rows are read twice, are missing, or have no columns (measured: 37,000 of 300,000 reads).
        """
        if self._cursor is None:
            self._cursor = self.driver.cursor()
        return self._cursor

    def _close_cursor(self) -> None:
        if self._cursor is not None and self.driver.is_valid:
            self._cursor.close()
        self._cursor = None

    def get_bind(self, *_args: Any, **_named: Any) -> Connection:
        """The connection as SQLAlchemy sees it, with everything done that was put off."""
        if self.flight is not None:
            self.flight.settle()
        if self._connection is None:
            self._connection = Connection(self._engine, self.driver)
        return self._connection

    def start(self, patience: Patience | None = None) -> None:
        """Begins; on PostgreSQL that goes along with the first statement."""
        if self.flight is None:
            sqlite.begin_on(self.driver, writes=self._writes)
        elif patience is not None:
            self.flight.settle()
            connections.be_patient(self.driver, patience)

    def store(self) -> None:
        """Commits, and returns when it is on the disk."""
        if self.in_transaction():
            self.flush()
        if self.flight is not None:
            self.flight.commit()
        else:
            self._engine.dialect.do_commit(self.driver)
        if self.in_transaction():
            self.commit()

    def undo_and_ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rolls everything back and asks what others have stored meanwhile. On SQLite nobody has: a writer is alone there."""
        self.info.pop(_AFTER_COMMIT, None)
        if self.flight is None:
            self.undo()
            return []
        if self.in_transaction():
            self.rollback()
        return self.flight.abandon(sql, values)

    def undo(self) -> None:
        """Rolls everything back."""
        self._close_cursor()
        if self.flight is not None:
            self.flight.forget()
            if self.flight.wire.connection.closed:  # there is nothing left to roll back, and nobody may get this connection again
                (self._connection or self.driver).invalidate()
        if self.in_transaction():
            self.rollback()
        if self.driver.is_valid:
            self._engine.dialect.do_rollback(self.driver)

    def end(self) -> None:
        """Gives the connection back."""
        self._close_cursor()
        if self._connection is not None:
            self.close()
            self._connection.close()
        else:
            self.driver.close()


def after_commit(session: Session, act: Callable[[], object]) -> None:
    """Has `act()` called once the transaction of `session` is stored, in the order of registration. What it raises is logged."""
    session.info.setdefault(_AFTER_COMMIT, []).append(act)


def take_time(session: Session) -> None:
    """What follows in this transaction writes many rows by one statement and may take longer than a step does; changes nothing on SQLite."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        connections.be_patient(connection.connection, LONG)
