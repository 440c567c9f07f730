"""A daily chore is done once a day, however many workers look; what nobody finished comes again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from db.chores import DAY, LEASE, do_daily
from db.clock import ManualClock
from db.session import Database


def test_ten_workers_do_it_once(any_database: Database, clock: ManualClock) -> None:
    done: list[int] = []
    with ThreadPoolExecutor(10) as workers:
        answers = list(workers.map(lambda at: do_daily(any_database, clock, "sweep", lambda: done.append(at)), range(10)))

    assert len(done) == answers.count(True) == 1


def test_it_is_due_again_the_next_day_and_not_before(any_database: Database, clock: ManualClock) -> None:
    def look() -> bool:
        return do_daily(any_database, clock, "sweep", lambda: None)

    first = look()
    clock.advance(DAY - timedelta(seconds=1))
    before = look()
    clock.advance(timedelta(seconds=1))

    assert (first, before, look()) == (True, False, True)


def test_a_failure_comes_again_after_the_lease(any_database: Database, clock: ManualClock) -> None:
    with pytest.raises(ZeroDivisionError):
        do_daily(any_database, clock, "sweep", lambda: 1 // 0)
    at_once = do_daily(any_database, clock, "sweep", lambda: None)
    clock.advance(LEASE)

    assert (at_once, do_daily(any_database, clock, "sweep", lambda: None)) == (False, True)
