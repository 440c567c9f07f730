"""Kills a process at the k-th thing that it tells its database, for every k: each statement, each flight of them, each commit.

The child of `dies_at` ends by `_exit`, as a power cut would end it: nothing is rolled back by its own hand, nothing is said.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from db.postgres import Wire
from db.session import Database
from engine.link import Link

DIED = 9
# Where to note how many deaths were died, one line per test: then every event is struck, else the first and every eleventh after it.
NOTES = os.environ.get("JINSHUI_EVERY_DEATH", "")
STRIDE = 11  # odd: tests let every other event strike a process that has just been started
GONE_TRIES = 2000
STILL_THERE = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


class Reaper:
    """Counts statements, what is sent of them, and commits, and ends the process at the k-th."""

    def __init__(self, at: int) -> None:
        self.left = at

    def strike(self, *_args: object, **_named: object) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(DIED)

    def watch(self, database: Database) -> None:
        for owner, name in ((Link, "_execute"), (Link, "_execute_many"), (Wire, "_dispatch")):
            self._wrap(owner, name)
        # Sent and not answered: the server does the work, and nobody hears of it.
        self._wrap(Wire, "_push", also_after=True)
        self._wrap(database.engine.dialect, "do_commit", also_after=True)
        event.listen(database.engine, "before_cursor_execute", self.strike)

    def _wrap(self, owner: Any, name: str, *, also_after: bool = False) -> None:
        plain = getattr(owner, name)

        def watched(*args: Any, **named: Any) -> Any:
            self.strike()
            found = plain(*args, **named)
            if also_after:
                self.strike()
            return found

        setattr(owner, name, watched)


def dies_at(k: int, database: Database, act: Callable[[], object]) -> bool:
    """Does `act` in a child that dies at event k of this database; False if the child came to its end.

    The child inherits what is warm in this process, and opens connections of its own.
    """
    database.dispose()
    child = os.fork()
    if child == 0:
        try:
            Reaper(k).watch(database)
            act()
            os._exit(0)
        except BaseException:  # noqa: BLE001 -- a forked child must never return into the test runner
            traceback.print_exc()
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, DIED}, f"the child failed at event {k}"
    if not database.is_sqlite:
        _see_it_gone(database)
    return code == DIED


def _see_it_gone(database: Database) -> None:
    """PostgreSQL notices a moment later that nobody is there any more; until then rows are locked, and whoever passes over locked rows sees less."""
    with database.engine.connect() as connection:
        for _ in range(GONE_TRIES):
            if not connection.scalar(STILL_THERE):
                return
            connection.rollback()  # the statistics of a transaction stand still
            time.sleep(0.005)
    raise AssertionError("expected PostgreSQL to let go of a client that has died")


def every_death(
    database: Database, act: Callable[[int], object], *, before: Callable[[int], object] = lambda _k: None, at_least: int = 5, stride: int = STRIDE
) -> Iterator[int]:  # fmt: skip
    """Has `act(k)` die at event k, further on each time, until it survives, and yields k; the loop's body then asks again and compares.

    `before` is done undisturbed. The body is entered after the last, undisturbed run too. `at_least` so many events there must be:
    a reaper that sees nothing proves nothing.
    """
    k, deaths, died = 0, -1, True
    while died:
        k = after(k, stride)
        before(k)
        died = dies_at(k, database, lambda: act(k))
        deaths += 1
        yield k
    assert k > at_least, "the reaper must have seen the statements"
    note(deaths)


def after(k: int, stride: int = 0) -> int:
    """The event that is struck after the k-th."""
    return k + (1 if NOTES or not k else stride or STRIDE)


def note(deaths: int) -> None:
    """Writes down how many deaths the running test has died, where that is wanted."""
    if NOTES:
        with Path(NOTES).open("a", encoding="utf-8") as file:
            file.write(f"{deaths}\t{os.environ['PYTEST_CURRENT_TEST']}\n")
