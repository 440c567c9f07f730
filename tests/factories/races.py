"""Two at once in an order that is written down: the first is held at its commit, the second is seen to wait, then the first goes on or dies.

Each has a `Database` of its own, as two processes have: on SQLite it is the file that makes the second wait, not the turns of one process.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

import pytest

from db.session import Database, Work
from engine.errors import EngineError
from engine.link import Link
from tests.factories.kit import Kit

PATIENCE_S = 20.0
UNMOVED_S = 0.3  # who has not come back by then waits for the file
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Died(BaseException):
    """The process is gone before its commit; nobody catches it, as nobody could."""


class Held:
    """The first transaction of a database to which `which` says yes stands still when everything is written and nothing is stored."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, database: Database, *, dies: bool = False, which: Callable[[Work], bool] = lambda _work: True
    ) -> None:  # fmt: skip
        self.database, self.reached, self.released = database, Event(), Event()
        plain = Work.store

        def store(work: Work) -> None:
            if work._engine.pool is database.engine.pool and not self.reached.is_set() and which(work):
                if work.in_transaction():
                    work.flush()
                if work.flight is not None:
                    work.flight.settle()
                self.reached.set()
                assert self.released.wait(PATIENCE_S)
                if dies:
                    raise Died
            plain(work)

        monkeypatch.setattr(Work, "store", store)


def race(held: Held, first: Callable[[], object], second: Callable[[], object], *, passes: bool = False) -> tuple[object, object]:
    """What came of both. `passes`: the second must not wait for the first, but end beside it."""
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(came_to, first)
        try:
            assert held.reached.wait(PATIENCE_S), "the first never came to its commit"
            two = pool.submit(came_to, second)
            if passes:
                two.result(PATIENCE_S)
            else:
                until_it_waits(held.database, two)
        finally:
            held.released.set()
        return one.result(PATIENCE_S), two.result(PATIENCE_S)


@dataclass(frozen=True)
class Pair:
    """Two acts, each at a node of its own. `passes`: which of them ("one", "other") does not wait where rows are locked and not the file."""

    nodes: tuple[Kit, Kit]
    one: Callable[[], object]
    other: Callable[[], object]
    passes: str = ""

    def play(
        self, monkeypatch: pytest.MonkeyPatch, first: str, fate: str, which: Callable[[Work], bool] = lambda _work: True
    ) -> tuple[object, object]:  # fmt: skip
        """What came of the first ("one" or "other"), which is held and then "commits" or "dies", and of the second."""
        acts, second = {"one": self.one, "other": self.other}, "other" if first == "one" else "one"
        database = self.nodes[0 if first == "one" else 1].database
        held = Held(monkeypatch, database, dies=fate == "dies", which=which)
        return race(held, acts[first], acts[second], passes=second == self.passes and not database.is_sqlite)


def came_to(act: Callable[[], object]) -> object:
    """What an act returned, its refusal, or that it died; anything else is raised."""
    try:
        return act()
    except EngineError as refusal:
        return type(refusal)
    except Died:
        return Died


def until_it_waits(database: Database, who: Future[object]) -> None:
    """Returns when the act waits for a lock (PostgreSQL says so) or for the file."""
    if database.is_sqlite:
        assert not wait([who], UNMOVED_S).done, "expected the second to wait, but it ended"
        return
    for _ in range(200):
        with database.read() as session:
            link = Link(session)
            if link.all(_WAITING) != [(0,)]:
                return
            assert not who.done(), "expected the second to wait, but it ended"
            link.run("SELECT pg_sleep(0.02)")
    pytest.fail("expected the second to wait for a lock, but it did not")
