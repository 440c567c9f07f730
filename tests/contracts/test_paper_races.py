"""Papers that two workers take at once: what one has in hand the other waits for, and what neither has is made beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from db.clock import ManualClock
from db.session import Database
from papers.api import TOGETHER, Papers
from tests.factories.races import PATIENCE_S, until_it_waits
from tests.unit.papers.test_issuing import issue, paper, papers, workflows

__all__ = ["papers", "workflows"]


class Child:
    """Stands for the renderer; its first call lasts until it is let go."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.begun, self.let_go = Event(), Event()

    def __call__(self, wanted: Sequence[Sequence[str]]) -> list[bytes]:
        self.calls.append(len(wanted))
        if len(self.calls) == 1:
            self.begun.set()
            assert self.let_go.wait(PATIENCE_S)
        return [f"{len(self.calls)} {copies[0]}".encode() for copies in wanted]


@pytest.fixture
def child(papers: Papers) -> Child:
    made = Child()
    papers.make = made
    return made


@pytest.fixture
def workers(any_database: Database) -> Iterator[tuple[Database, Database]]:
    """Two processes on PostgreSQL; on SQLite there is one, with two threads."""
    beside = any_database if any_database.is_sqlite else Database(any_database.url.render_as_string(hide_password=False))
    yield any_database, beside
    beside.dispose()


def test_papers_of_one_step_are_made_once_when_two_workers_take_one_each(
    papers: Papers, child: Child, workers: tuple[Database, Database]
) -> None:
    here, there = workers
    ids = [issue(papers, here, once) for once in "abc"]

    with ThreadPoolExecutor(2) as pool:
        last = pool.submit(papers.render, here, ids[2])  # the two would keep them in opposite orders
        assert child.begun.wait(PATIENCE_S)
        first = pool.submit(papers.render, there, ids[0])
        try:
            until_it_waits(here, first)
        finally:
            child.let_go.set()
        hashes = [first.result(PATIENCE_S), last.result(PATIENCE_S)]

    assert child.calls == [3]
    assert hashes == [paper(here, ids[0]).sha256, paper(here, ids[2]).sha256]
    assert [paper(here, id_).state for id_ in ids] == ["issued"] * 3


def test_volumes_that_no_child_makes_together_are_made_beside_each_other(
    papers: Papers, child: Child, workers: tuple[Database, Database]
) -> None:
    here, there = workers
    one, other = (issue(papers, here, once, text="长" * TOGETHER) for once in "ab")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(papers.render, here, one)
        assert child.begun.wait(PATIENCE_S)
        try:
            papers.render(there, other)
        finally:
            child.let_go.set()
        first.result(PATIENCE_S)

    assert child.calls == [1, 1]


def test_whoever_has_waited_for_long_makes_it_and_the_first_bytes_stay(
    papers: Papers, child: Child, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papers.api.PATIENCE_S", 0.0)
    paper_id = issue(papers, database, "a")

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(papers.render, database, paper_id)
        assert child.begun.wait(PATIENCE_S)
        try:
            quick = papers.render(database, paper_id)
        finally:
            child.let_go.set()
        assert slow.result(PATIENCE_S) == quick

    assert child.calls == [1, 1]


def test_a_worker_that_dies_gives_back_what_it_had_in_hand(postgres: Database, clock: ManualClock) -> None:
    other = Database(postgres.url.render_as_string(hide_password=False))
    with other.hands.take("a", ["b"], 0) as mine:
        assert mine == {"a", "b"}
        with postgres.hands.take("c", ["b"], 0) as left:
            assert left == {"c"}
        with postgres.write() as session:
            session.connection().exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with postgres.hands.take("a", ["b"], PATIENCE_S) as after:
            assert after == {"a", "b"}
    other.dispose()
