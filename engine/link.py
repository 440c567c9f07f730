"""Fixed SQL at the price of the driver: the steps of the engine are written once, with `?`, for both databases.

SQLAlchemy's statement objects cost more than the whole token game of a step; here a statement is a string that the driver
has prepared. Moments are converted by hand, since SQLite keeps them as text. On PostgreSQL what is only written (`put`, `many`) travels
with the next question or with the commit, so that a step has few round trips (`db.postgres`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from db.outages import driver_error
from db.session import Work
from db.sqlite import driver as sqlite
from db.types import moment_text

NEVER = date(9999, 12, 31)  # stands for "no legal date", so that an index sorts it last


class Overtaken(Exception):
    """刚刚已被他人办理，请刷新后再试"""


class Link:
    """The connection of a session, seen as rows in and rows out."""

    __slots__ = ("_cursor", "_flight", "is_sqlite")

    def __init__(self, session: Session) -> None:
        assert isinstance(session, Work)
        self._flight = session.flight
        self.is_sqlite = self._flight is None
        self._cursor: Any = session.cursor() if self.is_sqlite else None

    def moment(self, value: datetime | None) -> Any:
        """A moment as the database takes it."""
        if value is None or not self.is_sqlite:
            return value
        return moment_text(value)

    @staticmethod
    def as_moment(value: Any) -> datetime | None:
        """A moment as the database gave it."""
        if value is None:
            return None
        return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)

    def day(self, value: date | None) -> Any:
        """A date as the database takes it."""
        return value.isoformat() if value is not None and self.is_sqlite else value

    def due(self, value: date | None) -> Any:
        """A legal date as an index sorts it: none comes last."""
        return self.day(value or NEVER)

    @staticmethod
    def as_day(value: Any) -> date | None:
        """A date as the database gave it; the far future stands for none."""
        if isinstance(value, str):
            value = date.fromisoformat(value)
        return None if value is None or value == NEVER else value

    def run(self, sql: str, *values: Any) -> int:
        """Executes a statement; returns the number of rows it touched."""
        if self._flight is not None:
            return self._flight.ask((sql, values))[0].command_tuples or 0
        self._execute(sql, values)
        return int(self._cursor.rowcount)

    def _execute(self, sql: str, values: Sequence[Any]) -> None:
        self._cursor.execute(sql, values)

    def _execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._cursor.executemany(sql, rows)

    def put(self, sql: str, *values: Any) -> None:
        """Executes a statement of which nobody asks how many rows it touched; at the latest with the commit."""
        if self._flight is not None:
            self._flight.put(sql, values)
        else:
            self._execute(sql, values)

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Executes a statement for each row; at the latest with the commit."""
        if self._flight is not None:
            for row in rows:
                self._flight.put(sql, row)
        elif len(rows) == 1:
            self._execute(sql, rows[0])
        elif rows:
            self._execute_many(sql, rows)

    def all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Every row of a query."""
        if self._flight is not None:
            return self._flight.wire.rows(self._flight.ask((sql, values))[0])
        self._execute(sql, values)
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows

    def one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        if self._flight is not None:
            return next(iter(self.all(sql, *values)), None)
        self._execute(sql, values)
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        return row

    def glance(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """As `one`, before anything else in a step and without its locks: on PostgreSQL no transaction has begun after it.

        What it tells may have changed by the time at which the step acts; `put_one` sees to that.
        """
        if self._flight is None:
            return self.one(sql, *values)
        return next(iter(self._flight.glance(sql, values)), None)

    def put_one(self, update: str, *values: Any) -> None:
        """As `put`, for an update that finds exactly one row, or somebody was faster: then all is rolled back and tried again.

        On PostgreSQL nobody waits for the number of rows: the server itself breaks off, and what follows in the flight, the commit
        included, is never done.
        """
        if self._flight is not None:
            self._flight.put(f"WITH touched AS ({update} RETURNING 1) SELECT 1 / count(*) FROM touched", values)
        elif self.run(update, *values) != 1:
            raise Overtaken

    def several(self, *asked: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """The rows of several queries, done in this order; on PostgreSQL in one round trip."""
        if self._flight is None:
            return [self.all(sql, *values) for sql, values in asked]
        return [self._flight.wire.rows(result) for result in self._flight.ask(*asked)]

    @property
    def lock(self) -> str:
        """Locks the rows of a SELECT on PostgreSQL; on SQLite the writer is alone anyway."""
        return "" if self.is_sqlite else " FOR UPDATE"

    def lock_of(self, tables: str) -> str:
        """As `lock`, for these tables of a join, in this order."""
        return "" if self.is_sqlite else f" FOR UPDATE OF {tables}"

    def skip_locked(self, of: str = "") -> str:
        """As `lock`, but passes over rows that somebody else holds; `of` names one table of a join."""
        return "" if self.is_sqlite else f" FOR UPDATE{f' OF {of}' if of else ''} SKIP LOCKED"

    def alone(self, what: str) -> None:
        """Waits until no other transaction is at this on PostgreSQL, and keeps others off until the end of this one."""
        if not self.is_sqlite:
            self.run("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", what)

    @staticmethod
    def places(values: Iterable[Any]) -> str:
        """As many question marks as values."""
        return ", ".join("?" for _ in values)


def containing(text: str) -> str:
    """A LIKE pattern for a text anywhere, with what LIKE would read as a joker escaped by `!`."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def is_duplicate(error: BaseException) -> bool:
    """Whether a row with this key is there already."""
    found = driver_error(error)
    return isinstance(found, psycopg.errors.UniqueViolation) or (
        isinstance(found, sqlite.IntegrityError) and "UNIQUE" in str(found)
    )


def is_collision(error: BaseException) -> bool:
    """Whether the same may simply be tried again: the database gave one of two transactions up, somebody was faster (`put_one`), or a
    table has changed since a statement was prepared.
    """
    found = driver_error(error)
    # A division by zero is how `put_one` has the server break off; SQL of the engine divides nowhere else.
    given_up = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.DivisionByZero)
    return isinstance(error, Overtaken) or isinstance(found, given_up) or (
        isinstance(found, psycopg.errors.FeatureNotSupported) and "cached plan" in str(found)
    )


def hold(link: Link, instance_id: str | None) -> None:
    """Locks the row of a case that is not loaded, before anything that belongs to it is written: the order of every step."""
    if instance_id is not None and not link.is_sqlite:
        link.run("SELECT 1 FROM instance WHERE id = ?" + link.lock, instance_id)
