"""One block is one transaction, whether it speaks to the driver, to table objects, or to both; what is stored is on the disk."""

from __future__ import annotations

import pytest

from db import sqlite
from db.clock import ManualClock
from db.session import Database, after_commit
from engine.link import Link
from engine.tables import Comment


def remark(link: Link, id_: str, clock: ManualClock) -> None:
    link.run(
        "INSERT INTO comment (id, instance_id, person_id, person_name, at, text) VALUES (?, 'case', 'ann', '安', ?, '')", id_, link.moment(clock.now())
    )


def stored(database: Database) -> list[str]:
    with database.read() as session:
        return [row[0] for row in Link(session).all("SELECT id FROM comment ORDER BY id")]


def test_what_the_driver_and_the_table_objects_write_is_stored_together(any_database: Database, clock: ManualClock) -> None:
    with any_database.write() as session:
        remark(Link(session), "1", clock)
        session.add(Comment(id="2", instance_id="case", person_id="ann", person_name="安", at=clock.now(), text=""))
        session.flush()
        seen = Link(session).all("SELECT id FROM comment ORDER BY id")

    assert [row[0] for row in seen] == stored(any_database) == ["1", "2"]


def test_what_the_driver_and_the_table_objects_write_is_undone_together(any_database: Database, clock: ManualClock) -> None:
    with pytest.raises(ZeroDivisionError), any_database.write() as session:
        remark(Link(session), "1", clock)
        session.add(Comment(id="2", instance_id="case", person_id="ann", person_name="安", at=clock.now(), text=""))
        session.flush()
        raise ZeroDivisionError

    assert stored(any_database) == []


def test_what_only_the_driver_wrote_is_undone_as_well(any_database: Database, clock: ManualClock) -> None:
    with pytest.raises(ZeroDivisionError), any_database.write() as session:
        remark(Link(session), "1", clock)
        raise ZeroDivisionError

    assert stored(any_database) == []


def test_what_is_written_in_a_reading_block_on_sqlite_is_thrown_away(database: Database, clock: ManualClock) -> None:
    with database.read() as session:
        remark(Link(session), "1", clock)

    assert stored(database) == []


def test_an_act_after_the_commit_that_fails_is_logged_and_neither_the_block_nor_the_other_acts_fail_with_it(
    any_database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    told = list[str]()

    def fail() -> None:
        raise ZeroDivisionError

    with any_database.write() as session:
        remark(Link(session), "1", clock)
        after_commit(session, fail)
        after_commit(session, lambda: told.append("second"))

    assert (stored(any_database), told) == (["1"], ["second"])
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


def test_every_block_gives_its_connection_back(any_database: Database, clock: ManualClock) -> None:
    with pytest.raises(ZeroDivisionError), any_database.write() as session:
        session.get(Comment, "1")
        raise ZeroDivisionError
    stored(any_database)
    with any_database.write() as session:
        remark(Link(session), "1", clock)

    assert any_database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_commit_on_sqlite_is_on_the_disk_before_it_returns(database: Database) -> None:
    with database.read() as session:
        found = [Link(session).all(f"PRAGMA {name}")[0][0] for name in ("synchronous", "journal_mode", "foreign_keys")]

    assert found == [2, "wal" if sqlite.wal_is_safe() else "persist", 1]


@pytest.mark.parametrize(
    ("version", "safe"),
    [((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 7), True), ((3, 51, 2), False), ((3, 53, 4), True)],
)
def test_a_write_ahead_log_is_kept_only_by_a_sqlite_that_does_not_lose_its_pages(version: tuple[int, ...], safe: bool) -> None:
    assert sqlite.wal_is_safe(version) is safe


def test_what_is_left_of_a_transaction_cannot_touch_the_statements_of_the_next(database: Database) -> None:
    """As when the traceback of a refusal is collected while another thread reads on the same connection."""
    asked = "WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n"
    with database.read() as session:
        left = [Link(session)]
        assert left[0].one(asked, 0) == (0,)

    with database.read() as session:
        link = Link(session)
        link._execute(asked, (5,))
        assert link._cursor.fetchone() == (5,)
        left.clear()
        assert link._cursor.fetchall() == [(6,), (7,), (8,), (9,)]
