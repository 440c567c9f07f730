"""Whether an error says that the database is away or busy: nothing is wrong with what was asked, and it may be asked again.

PostgreSQL says by its SQLSTATE what is the matter; psycopg's classes do not: it calls a statement that was cancelled, one that is too
complex and a disk that is full OperationalError too, and those would be asked again for ever.
"""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from db.sqlite import driver as sqlite

_SQLITE_AWAY = {5, 6, 8, 10, 13, 14}  # busy, locked, read-only, I/O, full, cannot open
_CONNECTION = "08"  # the class of what concerns the connection
_AWAY = {
    "57P01", "57P02", "57P03",  # is shut down, has crashed, does not take connections yet
    "53300",  # too many connections
    "25P03",  # sat idle in a transaction
    "55P03", "40001", "40P01",  # another transaction holds the lock, or was there first
}  # fmt: skip
# What libpq refuses before the server sees it, without a SQLSTATE and with the connection in good health.
_REFUSED_HERE = ("number of parameters must be", "another command is already in progress")


def driver_error(error: BaseException) -> BaseException:
    """The driver's own error behind one of SQLAlchemy."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def is_outage(error: BaseException) -> bool:
    """Whether the database is away, busy or out of connections, which says nothing about the case."""
    found = driver_error(error)
    if isinstance(found, PoolExhausted):
        return True
    if isinstance(found, sqlite.OperationalError):
        return (getattr(found, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    if not isinstance(found, psycopg.Error):
        return False
    if found.sqlstate is not None:
        return found.sqlstate in _AWAY or found.sqlstate.startswith(_CONNECTION)
    return _has_lost_its_connection(found)


def _has_lost_its_connection(error: psycopg.Error) -> bool:
    """Without a SQLSTATE the server has said nothing: it was not there, or it was not asked."""
    lost = isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    return lost and not any(words in str(error) for words in _REFUSED_HERE)
