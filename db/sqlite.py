"""The embedded database: which SQLite it is, and the settings with which what is committed stays.

Write-ahead logging makes a durable commit one sync instead of four, but SQLite from 3.7.0 to 3.51.2 can lose pages when two
connections reset the log; Debian's own is such a one. So the product brings a SQLite along (`pysqlite3`, Python's module with a
newer library inside); where there is no such package, Python's own is taken, with a rollback journal where it must be.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from sqlalchemy import Connection

from db.turns import TurnMissed, Turns

BUSY_TIMEOUT_MS = 15_000
STATEMENTS_KEPT = 512  # prepared, per connection; the driver's own 128 are fewer than engine and pages have

# The DB-API module; one of the two, so that no error of the other is ever looked for.
driver: Any = importlib.import_module("pysqlite3.dbapi2" if importlib.util.find_spec("pysqlite3") else "sqlite3")


def wal_is_safe(version: tuple[int, ...] = driver.sqlite_version_info) -> bool:
    """Whether this SQLite is free of the WAL-reset corruption bug (3.7.0 to 3.51.2; fixed in 3.44.6, 3.50.7, 3.51.3)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


# A persistent journal is emptied by a synced overwrite: no power loss brings a committed step back undone, as a file that was
# only deleted may.
JOURNAL = "WAL" if wal_is_safe() else "PERSIST"


def prepare(connection: Any, _record: object) -> None:
    """Sets a new connection up; FULL means that a commit returns when it is on the disk."""
    connection.isolation_level = None  # we begin ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA journal_mode={JOURNAL}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA cache_size=-32000")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def begin(connection: Connection) -> None:
    """Begins the transaction of a SQLAlchemy connection, unless its driver is in one already."""
    if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
        begin_on(connection.connection, writes="writes" in connection.get_execution_options())


def begin_on(connection: Any, *, writes: bool) -> None:
    """Begins on the driver itself: SQLAlchemy's way to a statement costs more than BEGIN does."""
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    cursor.close()


def take_turn(turns: Turns) -> None:
    """Waits for the turn to write as long as SQLite itself would, and says so in the same way: busy."""
    try:
        turns.take(BUSY_TIMEOUT_MS / 1000)
    except TurnMissed:
        busy = driver.OperationalError("database is locked")
        busy.sqlite_errorcode, busy.sqlite_errorname = 5, "SQLITE_BUSY"
        raise busy from None
