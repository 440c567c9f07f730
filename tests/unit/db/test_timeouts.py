"""Nothing waits for ever: every connection has its limits, a dead one is never handed out, and long work says that it is long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from db.outages import is_outage
from db.session import Database
from db.timeouts import ENDLESS, LONG, Patience, Timeouts
from engine.link import Link
from tests.conftest import POSTGRES_URL

IMPATIENT = replace(Timeouts(), pool_wait_s=0.1, patience=Patience(statement_ms=400, lock_ms=200, idle_ms=300))


@pytest.fixture
def impatient(postgres: Database) -> Iterator[Database]:
    """The same database through limits of tenths of a second."""
    database = Database(POSTGRES_URL, pool_size=2, timeouts=IMPATIENT)
    yield database
    database.dispose()


def shown(link: Link, *names: str) -> list[str]:
    return [link.all(f"SHOW {name}")[0][0] for name in names]


LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def test_every_connection_has_its_limits_on_the_server(postgres: Database) -> None:
    with postgres.read() as session:
        limits = shown(Link(session), *LIMITS, "tcp_user_timeout", "tcp_keepalives_idle", "tcp_keepalives_count", "client_connection_check_interval")

    assert limits == ["8s", "5s", "8s", "5000", "3", "3", "2s"]


def test_every_connection_has_its_limits_on_the_client(postgres: Database) -> None:
    with postgres.read() as session:
        given = session.driver.driver_connection.info.get_parameters()  # type: ignore[attr-defined]

    assert {name: given[name] for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle")} == {
        "connect_timeout": "3", "tcp_user_timeout": "5000", "keepalives_idle": "3",
    }  # fmt: skip


def test_an_option_of_the_address_overrules(postgres: Database) -> None:
    database = Database(f"{POSTGRES_URL}?options=-c%20lock_timeout%3D1s")
    with database.read() as session:
        limits = shown(Link(session), "lock_timeout", "statement_timeout")

    database.dispose()
    assert limits == ["1s", "8s"]


def test_long_work_has_other_limits_and_the_next_transaction_has_not(impatient: Database) -> None:
    with impatient.write(LONG) as session:
        long = shown(Link(session), *LIMITS)
        Link(session).all("SELECT pg_sleep(0.6)")
    with impatient.write() as session:
        short = shown(Link(session), *LIMITS)

    assert (long, short) == (["15min", "2min", "2min"], ["400ms", "200ms", "300ms"])


def test_work_without_a_limit_is_waited_for_by_either_reader(impatient: Database) -> None:
    with impatient.write(ENDLESS) as session:
        limits = shown(Link(session), *LIMITS)
        Link(session).all("SELECT pg_sleep(1.2)")
        session.execute(text("SELECT pg_sleep(1.2)"))

    assert limits == ["0", "0", "0"]


@pytest.mark.parametrize(
    ("sql", "away"), [("SELECT pg_sleep(5)", False), ("SELECT pg_advisory_xact_lock(4711)", True)], ids=["statement", "lock"]
)
def test_what_waits_too_long_is_an_outage_and_what_works_too_long_is_a_fault(
    postgres: Database, impatient: Database, sql: str, away: bool
) -> None:
    with postgres.write() as holder:
        Link(holder).all("SELECT pg_advisory_xact_lock(4711)")
        with pytest.raises(Exception) as raised, impatient.write() as session:
            Link(session).all(sql)

    assert is_outage(raised.value) is away


def test_who_sits_idle_in_a_transaction_loses_it(impatient: Database) -> None:
    with pytest.raises(Exception) as raised, impatient.write() as session:
        Link(session).all("SELECT 1")
        with impatient.read() as other:
            Link(other).all("SELECT pg_sleep(0.39)")
        Link(session).all("SELECT 1")

    assert is_outage(raised.value)


def test_a_pool_that_is_empty_is_an_outage(postgres: Database) -> None:
    database = Database(POSTGRES_URL, pool_size=1, timeouts=IMPATIENT)
    database.engine.pool._max_overflow = 0  # type: ignore[attr-defined]

    with database.read() as session:
        Link(session).all("SELECT 1")
        with pytest.raises(Exception) as raised, database.read():
            pass

    database.dispose()
    assert is_outage(raised.value)


def test_a_connection_that_the_server_has_closed_is_not_handed_out(postgres: Database) -> None:
    with postgres.read() as session:
        (first,) = Link(session).all("SELECT pg_backend_pid()")[0]
    other = Database(POSTGRES_URL)
    with other.write() as session:
        Link(session).all("SELECT pg_terminate_backend(?, 5000)", first)
    other.dispose()

    with postgres.write() as session:
        (second,) = Link(session).all("SELECT pg_backend_pid()")[0]

    assert second != first

