"""Whether an error says that the database is away or busy: nothing is wrong with what was asked, and it may be asked again."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from db.sqlite import driver as sqlite

_SQLITE_AWAY = {5, 6, 8, 10, 13, 14}  # busy, locked, read-only, I/O, full, cannot open
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.IdleInTransactionSessionTimeout, PoolExhausted)


def driver_error(error: BaseException) -> BaseException:
    """The driver's own error behind one of SQLAlchemy."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def is_outage(error: BaseException) -> bool:
    """Whether the database is away, busy or out of connections, which says nothing about the case."""
    found = driver_error(error)
    if isinstance(found, sqlite.OperationalError):
        return (getattr(found, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    return isinstance(found, _AWAY)
