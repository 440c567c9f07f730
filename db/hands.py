"""What somebody has in hand for longer than a transaction may last: a paper that a child lays out for half a minute.

On PostgreSQL the place is kept by advisory locks of a connection that sits in no transaction: no row is locked meanwhile, every process knows of
it, and one that dies gives everything back with its connection. An SQLite file belongs to one process, which remembers by itself.
This saves work; that nothing is done twice is for the transaction to see in which the result is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition
from time import monotonic

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from db.outages import driver_error

_TAKE = text("SELECT pg_advisory_lock(hashtextextended(:name, 0))")
_TAKE_FREE = text("SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE pg_try_advisory_lock(hashtextextended(name, 0))")
_GIVE_BACK = text("SELECT pg_advisory_unlock_all()")


class Hands:
    """Of all processes on one PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def take(self, first: str, others: Sequence[str], patience_s: float) -> Iterator[set[str]]:
        """Waits until nobody else has `first`, and takes those of the `others` that are free along; what was taken, until the end of the block.

        Whoever has waited for as long as `patience_s` is given nothing, and may go on without.
        """
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            taken = {first} if _wait(connection, first, monotonic() + patience_s) else set()
            try:
                if taken and others:
                    taken |= {row[0] for row in connection.execute(_TAKE_FREE, {"names": list(others)})}
                yield taken
            finally:
                _give_back(connection)


def _wait(connection: Connection, name: str, until: float) -> bool:
    """Asks again whenever the lock time-out of the connection ends the wait."""
    while True:
        try:
            connection.execute(_TAKE, {"name": name})
        except DBAPIError as error:
            if not isinstance(driver_error(error), psycopg.errors.LockNotAvailable):
                raise
            if monotonic() >= until:
                return False
        else:
            return True


def _give_back(connection: Connection) -> None:
    """A connection that was lost has given everything back already."""
    try:
        connection.execute(_GIVE_BACK)
    except DBAPIError:
        connection.invalidate()


class OwnHands:
    """Of the threads of one process."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._taken: set[str] = set()

    @contextmanager
    def take(self, first: str, others: Sequence[str], patience_s: float) -> Iterator[set[str]]:
        """As `Hands.take`."""
        with self._changed:
            came = self._changed.wait_for(lambda: first not in self._taken, patience_s)
            mine = {first, *others} - self._taken if came else set[str]()
            self._taken |= mine
        try:
            yield mine
        finally:
            with self._changed:
                self._taken -= mine
                self._changed.notify_all()
