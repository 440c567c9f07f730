"""A reading block is one state, whatever others store meanwhile, and nothing is written in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from bench.soak.tampering import superuser
from db import sqlite
from db.clock import ManualClock
from db.session import Database
from db.timeouts import LONG, Patience
from engine import reads
from engine.errors import TaskNotOpen
from engine.link import Link
from engine.tables import Comment
from tests.factories.bpmn import chain, end, process, start, user
from tests.factories.kit import ANN, BOB, Kit
from tests.unit.db.test_session import remark, stored


@pytest.fixture
def beside(any_database: Database) -> Iterator[Database]:
    """The same database, in the hands of another process."""
    if any_database.is_sqlite and sqlite.JOURNAL != "WAL":
        pytest.skip("without a write-ahead log of SQLite whoever stores waits for whoever reads")
    other = Database(any_database.url.render_as_string(hide_password=False))
    yield other
    other.dispose()


def by_driver(session: Any) -> list[str]:
    return [row[0] for row in Link(session).all("SELECT id FROM comment ORDER BY id")]


def by_table_objects(session: Any) -> list[str]:
    return list(session.scalars(select(Comment.id).order_by(Comment.id)))


@pytest.mark.parametrize("patience", [None, LONG], ids=["short", "long"])
@pytest.mark.parametrize("looks", [(by_driver, by_table_objects), (by_table_objects, by_driver)], ids=["driver first", "table objects first"])
def test_what_others_store_meanwhile_is_not_seen(
    any_database: Database, beside: Database, clock: ManualClock, looks: Any, patience: Patience | None
) -> None:
    first, second = looks
    with beside.write() as session:
        remark(Link(session), "1", clock)

    with any_database.read(patience) as session:
        before = first(session)
        with beside.write() as other:
            remark(Link(other), "2", clock)
        after = second(session), first(session)

    assert before == ["1"]
    assert after == (["1"], ["1"])
    assert stored(any_database) == ["1", "2"]


def test_a_list_that_is_read_by_pages_repeats_no_line_and_misses_none(any_database: Database, beside: Database, clock: ManualClock) -> None:
    page = "SELECT id FROM comment ORDER BY id LIMIT 2 OFFSET ?"
    with beside.write() as session:
        for id_ in ("2", "4", "6", "8"):
            remark(Link(session), id_, clock)

    with any_database.read(LONG) as session:
        found = Link(session).all(page, 0)
        with superuser(beside) as other:
            remark(Link(other), "1", clock)
            Link(other).run("DELETE FROM comment WHERE id = '6'")
        found += Link(session).all(page, 2)

    assert [row[0] for row in found] == ["2", "4", "6", "8"]


def test_a_task_that_a_colleague_completes_while_it_is_read_is_shown_as_it_was_and_then_said_to_be_done(
    any_database: Database, beside: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = Kit(any_database, clock), Kit(beside, clock)
    there.count = 1_000
    here.deploy(toy_bpmn=process(start(), user("work"), user("after"), end(), chain("begun", "work", "after", "done")))
    case = here.start(amount=1)
    task, sees, turns = here.open(case)["work"], reads.sees, [lambda: there.complete(case, "work", BOB)]

    def seen_while_it_is_completed(*given: Any) -> bool:
        while turns:
            turns.pop()()
        return sees(*given)

    monkeypatch.setattr(reads, "sees", seen_while_it_is_completed)

    assert here.engine.task(task, ANN).values == {"amount": 1}
    with pytest.raises(TaskNotOpen):
        here.engine.task(task, ANN)


def test_postgresql_refuses_to_write_in_it(postgres: Database, clock: ManualClock) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), postgres.read() as session:
        remark(Link(session), "1", clock)
    with pytest.raises(Exception, match="read-only"), postgres.read() as session:
        session.add(Comment(id="2", instance_id="case", person_id="ann", person_name="安", at=clock.now(), text=""))
        session.flush()
    with postgres.write() as session:
        remark(Link(session), "3", clock)

    assert stored(postgres) == ["3"]
