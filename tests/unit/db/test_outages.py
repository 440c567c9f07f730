"""What is asked again without a word, and what becomes an incident that somebody sees."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import literal, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import OperationalError as Wrapped
from sqlalchemy.exc import TimeoutError as PoolExhausted

from db.outages import is_outage
from db.session import Database
from db.sqlite import driver as sqlite
from engine.link import Link


def of_sqlite(code: int) -> Exception:
    error = sqlite.OperationalError("")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (errors.ConnectionFailure(), True),  # 08006
        (errors.SqlclientUnableToEstablishSqlconnection(), True),  # 08001
        (errors.AdminShutdown(), True),
        (errors.CrashShutdown(), True),
        (errors.CannotConnectNow(), True),
        (errors.TooManyConnections(), True),
        (errors.LockNotAvailable(), True),
        (errors.DeadlockDetected(), True),
        (errors.SerializationFailure(), True),
        (errors.IdleInTransactionSessionTimeout(), True),
        (errors.QueryCanceled(), False),
        (errors.StatementTooComplex(), False),
        (errors.ProgramLimitExceeded(), False),
        (errors.DiskFull(), False),
        (errors.OutOfMemory(), False),
        (errors.InsufficientPrivilege(), False),
        (errors.UniqueViolation(), False),
        (errors.UndefinedTable(), False),
        (psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly"), True),
        (psycopg.OperationalError("connection failed: connection to server at \"127.0.0.1\", port 1 failed"), True),
        (psycopg.OperationalError("expected an answer within 9.0 s, but got none"), True),
        (errors.ConnectionTimeout("connection timeout expired"), True),
        (psycopg.InterfaceError("the connection is closed"), True),
        (psycopg.OperationalError("sending query and params failed: number of parameters must be between 0 and 65535"), False),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), False),
        (PoolExhausted("QueuePool limit"), True),
        (of_sqlite(sqlite3.SQLITE_BUSY), True),
        (of_sqlite(sqlite3.SQLITE_LOCKED), True),
        (of_sqlite(sqlite3.SQLITE_BUSY | 2 << 8), True),  # an extended code
        (of_sqlite(sqlite3.SQLITE_CANTOPEN), True),
        (of_sqlite(sqlite3.SQLITE_ERROR), False),  # “too many SQL variables”, “Expression tree is too large”
        (ValueError("connection"), False),
    ],
    ids=repr,
)
def test_what_the_database_says_tells_an_outage_from_a_fault(error: Exception, away: bool) -> None:
    assert is_outage(error) is away
    if not isinstance(error, (PoolExhausted, ValueError)):
        assert is_outage(Wrapped("SELECT 1", {}, error)) is away


def test_too_many_parameters_are_no_outage(postgres: Database) -> None:
    with pytest.raises(DBAPIError) as raised, postgres.read() as session:
        session.execute(select(literal(1)).where(literal(1).in_(range(70_000))))

    assert not is_outage(raised.value)


def test_a_statement_that_is_too_large_is_no_outage(database: Database) -> None:
    with pytest.raises(DBAPIError, match="too large") as raised, database.read() as session:
        session.execute(select(literal(1)).where(or_(*(literal(at) == at for at in range(2_000)))))

    assert not is_outage(raised.value)


def test_too_many_parameters_on_the_wire_are_no_outage(postgres: Database) -> None:
    with pytest.raises(psycopg.Error) as raised, postgres.write() as session:
        Link(session).all(f"SELECT 1 WHERE 1 IN ({', '.join('?' * 70_000)})", *range(70_000))

    assert not is_outage(raised.value)
