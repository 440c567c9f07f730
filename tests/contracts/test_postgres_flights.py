"""Statements that travel together: order, errors, types, and what happens to a connection that the server has closed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.postgres import FLIGHT_LIMIT, PREPARED_LIMIT, numbered
from db.session import Database
from engine.link import Link, is_collision


@pytest.fixture
def shelf(postgres: Database) -> Database:
    """A database with one odd table of its own."""
    with postgres.write() as session:
        Link(session).run("DROP TABLE IF EXISTS shelf")
        Link(session).run("CREATE TABLE shelf (id int PRIMARY KEY, label text, content bytea, day date, at timestamptz)")
    return postgres


def test_a_question_mark_in_quotes_is_no_place_for_a_value() -> None:
    assert numbered("SELECT ? WHERE a = '?' AND b = 'it''s ?' AND c = ?") == b"SELECT $1 WHERE a = '?' AND b = 'it''s ?' AND c = $2"


def test_what_was_put_is_there_when_something_is_asked(shelf: Database) -> None:
    with shelf.write() as session:
        link = Link(session)
        link.put("INSERT INTO shelf (id, label) VALUES (?, ?)", 1, "一")
        link.many("INSERT INTO shelf (id, label) VALUES (?, ?)", [(2, "二"), (3, "三")])

        assert link.all("SELECT label FROM shelf ORDER BY id") == [("一",), ("二",), ("三",)]
        assert link.run("DELETE FROM shelf WHERE id > ?", 1) == 2


def test_what_was_put_is_there_for_sqlalchemy_too(shelf: Database) -> None:
    with shelf.write() as session:
        Link(session).put("INSERT INTO shelf (id) VALUES (?)", 1)

        assert session.execute(text("SELECT count(*) FROM shelf")).scalar() == 1
        Link(session).put("INSERT INTO shelf (id) VALUES (?)", 2)
    with shelf.read() as session:
        assert Link(session).one("SELECT count(*) FROM shelf") == (2,)


def test_types_come_back_as_they_went(shelf: Database) -> None:
    row = (1, "文'\\ %s", b"\x00\xff'", date(2024, 2, 29), datetime(2026, 3, 2, 1, 2, 3, 4, tzinfo=UTC))
    with shelf.write() as session:
        Link(session).put("INSERT INTO shelf VALUES (?, ?, ?, ?, ?)", *row)
        Link(session).put("INSERT INTO shelf VALUES (?, ?, ?, ?, ?)", 2, None, None, None, None)

    with shelf.read() as session:
        assert Link(session).all("SELECT * FROM shelf ORDER BY id") == [row, (2, None, None, None, None)]


def test_numbers_of_every_kind_are_sent(shelf: Database) -> None:
    with shelf.read() as session:
        found = Link(session).one("SELECT ?::float8, ?::numeric, ?::bigint, ?::boolean", 0.1, Decimal("1234.50"), 1 << 40, True)

    assert found == (0.1, Decimal("1234.50"), 1 << 40, True)


def test_a_text_with_nul_is_refused_and_not_cut(shelf: Database) -> None:
    with pytest.raises(psycopg.DataError), shelf.write() as session:
        Link(session).put("INSERT INTO shelf (id, label) VALUES (?, ?)", 1, "a\x00b")

    with shelf.read() as session:
        assert Link(session).all("SELECT * FROM shelf") == []


def test_the_first_error_counts_and_nothing_is_stored(shelf: Database) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation, match="shelf_pkey"), shelf.write() as session:
        Link(session).many("INSERT INTO shelf (id) VALUES (?)", [(1,), (1,), (2,)])
        Link(session).put("INSERT INTO nowhere VALUES (1)")

    with shelf.write() as session:
        assert Link(session).all("SELECT * FROM shelf") == []
        Link(session).put("INSERT INTO shelf (id) VALUES (?)", 1)
    with shelf.read() as session:
        assert Link(session).all("SELECT id FROM shelf") == [(1,)]


def test_a_statement_that_could_not_be_prepared_may_be_tried_again(shelf: Database) -> None:
    sql = "SELECT id FROM later"
    with pytest.raises(psycopg.errors.UndefinedTable), shelf.read() as session:
        Link(session).all(sql)
    with shelf.write() as session:
        Link(session).run("DROP TABLE IF EXISTS later")
        Link(session).run("CREATE TABLE later (id int)")

    with shelf.write() as session:
        assert Link(session).all(sql) == []
        Link(session).run("DROP TABLE later")


def test_a_failure_that_was_caught_does_not_become_a_commit(shelf: Database) -> None:
    with pytest.raises(psycopg.errors.InFailedSqlTransaction), shelf.write() as session:
        link = Link(session)
        link.run("INSERT INTO shelf (id) VALUES (?)", 1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            link.run("INSERT INTO shelf (id) VALUES (?)", 1)

    with shelf.read() as session:
        assert Link(session).all("SELECT * FROM shelf") == []


def test_what_is_prepared_outlives_a_rollback_to_a_savepoint_of_sqlalchemy(shelf: Database) -> None:
    for number in range(8):  # more often than psycopg waits before it prepares a statement
        with shelf.write() as session:
            session.execute(text("SELECT 1"))
            Link(session).put("INSERT INTO shelf (id) VALUES (?)", number)
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(text("INSERT INTO shelf (id) VALUES (:id)"), {"id": number})

    with shelf.read() as session:
        assert Link(session).one("SELECT count(*) FROM shelf") == (8,)


def test_a_statement_whose_table_has_changed_is_prepared_anew(shelf: Database) -> None:
    sql = "SELECT * FROM shelf"
    with shelf.write() as session:
        assert Link(session).all(sql) == []
        Link(session).run("ALTER TABLE shelf ADD COLUMN more text")

    with pytest.raises(psycopg.errors.FeatureNotSupported) as caught, shelf.read() as session:
        Link(session).all(sql)
    assert is_collision(caught.value), "a step is tried again"
    with shelf.read() as session:
        assert Link(session).all(sql) == []


def test_many_more_rows_than_one_flight_holds(shelf: Database) -> None:
    count = 3 * FLIGHT_LIMIT + 7
    with shelf.write() as session:
        Link(session).many("INSERT INTO shelf (id, content) VALUES (?, ?)", [(n, b"x" * 3000) for n in range(count)])

    with shelf.read() as session:
        assert Link(session).one("SELECT count(*), sum(length(content)) FROM shelf") == (count, 3000 * count)


def test_statements_beyond_the_limit_are_not_prepared(shelf: Database) -> None:
    with shelf.read() as session:
        link = Link(session)
        answers = [link.one(f"SELECT {n} + ?::int", 1) for n in range(PREPARED_LIMIT + 50)]

        assert answers[-1] == (PREPARED_LIMIT + 50,)
        assert link.one("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'j%'") == (PREPARED_LIMIT,)


def test_a_connection_that_the_server_has_closed_is_not_handed_out(shelf: Database) -> None:
    with shelf.read() as session:
        pid = Link(session).one("SELECT pg_backend_pid()")
    other = Database(shelf.url.render_as_string(hide_password=False))
    with other.write() as session:
        Link(session).all("SELECT pg_terminate_backend(?, 2000)", *(pid or ()))
    other.dispose()

    with shelf.read() as session:
        assert Link(session).one("SELECT 1 WHERE pg_backend_pid() <> ?", *(pid or ())) == (1,)


def test_a_connection_that_is_lost_on_the_way_leaves_the_pool_usable(shelf: Database) -> None:
    with pytest.raises(psycopg.OperationalError), shelf.write() as session:
        Link(session).run("INSERT INTO shelf (id) VALUES (?)", 1)
        Link(session).run("SELECT pg_terminate_backend(pg_backend_pid())")

    with shelf.read() as session:
        assert Link(session).all("SELECT * FROM shelf") == []
