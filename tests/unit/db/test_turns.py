"""Writers of one process come in the order of asking, none waits for ever, and none waits for itself."""

from __future__ import annotations

import threading
from time import monotonic, perf_counter

import pytest

from db import sqlite
from db.clock import ManualClock
from db.outages import is_outage
from db.session import Database
from db.turns import NestedWrite, TurnMissed, Turns
from engine.link import Link
from tests.unit.db.test_session import remark, stored

WRITERS, SECONDS = 8, 2.0


def test_no_writer_waits_much_longer_than_the_others(database: Database) -> None:
    waited: list[list[float]] = [[] for _ in range(WRITERS)]
    until = monotonic() + SECONDS

    def write(at: int) -> None:
        while monotonic() < until:
            asked = perf_counter()
            with database.write() as session:
                waited[at].append(perf_counter() - asked)
                Link(session).run("UPDATE comment SET text = '' WHERE id = 'none'")
                threading.Event().wait(0.004)

    writers = [threading.Thread(target=write, args=(at,)) for at in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    every = [wait for own in waited for wait in own]
    assert max(every) < 10 * (sum(every) / len(every))
    assert min(map(len, waited)) * 2 > max(map(len, waited))


def test_writers_are_called_in_the_order_in_which_they_came() -> None:
    turns, came = Turns(), list[int]()
    turns.take(1)

    def wait(number: int) -> None:
        turns.take(5)
        came.append(number)
        turns.give()

    waiting = []
    for number in range(5):
        waiting.append(threading.Thread(target=wait, args=(number,)))
        waiting[-1].start()
        while len(turns._waiting) <= number:
            threading.Event().wait(0.001)
    turns.give()
    for thread in waiting:
        thread.join()

    assert came == [0, 1, 2, 3, 4]


def test_whoever_gave_up_is_not_called() -> None:
    turns, missed = Turns(), list[type[Exception]]()
    turns.take(1)

    def wait() -> None:
        try:
            turns.take(0.01)
        except TurnMissed as error:
            missed.append(type(error))

    impatient = threading.Thread(target=wait)
    impatient.start()
    impatient.join()
    turns.give()
    turns.take(0.01)

    assert missed == [TurnMissed]


def test_a_turn_that_does_not_come_counts_as_a_busy_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 20)
    errors = list[BaseException]()

    def write() -> None:
        try:
            with database.write():
                pass
        except sqlite.driver.OperationalError as error:
            errors.append(error)

    with database.write():
        other = threading.Thread(target=write)
        other.start()
        other.join()

    assert [is_outage(error) for error in errors] == [True]


def test_a_read_inside_a_write_neither_waits_nor_takes_its_turn(database: Database, clock: ManualClock) -> None:
    with database.write() as session:
        remark(Link(session), "1", clock)
        assert stored(database) == []
    with database.read(), database.write() as session:
        remark(Link(session), "2", clock)

    assert stored(database) == ["1", "2"]


def test_a_write_inside_a_write_is_refused_at_once_and_costs_nobody_the_turn(database: Database, clock: ManualClock) -> None:
    with pytest.raises(NestedWrite), database.write() as session:
        remark(Link(session), "1", clock)
        with database.write():
            pass
    with database.write() as session:
        remark(Link(session), "2", clock)

    assert stored(database) == ["2"]
