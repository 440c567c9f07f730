"""The supervisor's board over 1,000,000 finished cases and 50,000 open ones, on SQLite and PostgreSQL: python -m bench.board [FINISHED [OPEN]]

The rows (`board_cases.py`) are counted by what a worker counts with; the last of them are counted by a worker, whose speed is told.
It fails where a panel takes longer than the limit.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bench import machine
from bench.board_cases import CITIES, NOW, OFFICES, PROCESSES, PROVINCE, load
from bench.cluster import running
from db.clock import ManualClock
from db.session import Database
from engine.api import Engine
from engine.board.counting import places_of
from engine.board.sight import Sight
from engine.kernel import EngineSettings, Kernel
from engine.link import Link
from engine.registry import Registry
from engine.testing import ToyDirectory

FINISHED, OPEN = 1_000_000, 50_000
LIMIT = 300  # milliseconds in the median, for any panel
TERMS = {"the open": "", "what is due today": "today", "the overdue": "overdue", "the stopped": "stopped"}


def timed(act: Callable[[], Any], rounds: int = 9) -> dict[str, float]:
    """Milliseconds of one panel, as a page asks for it."""
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        found.append((time.perf_counter() - begun) * 1000)
    return {"first": round(found[0], 1), "p50": round(statistics.median(found), 1), "max": round(max(found[1:]), 1)}


def panels(engine: Engine, path: str) -> dict[str, Any]:
    """Every panel for whoever sees this office and all beneath; finished work of a year, and of all years."""
    board = engine.board
    year, ever = ("2025-04", "2026-03"), ("", "")
    found: dict[str, Any] = {
        "open, due today, overdue": timed(lambda: board.open_cases(Sight((path,)))),
        "open by month": timed(lambda: board.open_by_month(Sight((path,)))),
        "list of a month": timed(lambda: board.list_open(Sight((path,)), month="2026-03")),
        **{f"list of {name}": timed(partial(board.list_open, Sight((path,)), term)) for name, term in TERMS.items()},
        "finished, not counted yet": timed(lambda: board.pending(Sight((path,)))),
        "where cases wait": timed(lambda: board.waits(Sight((path,)))),
        "open work per person": timed(lambda: board.hands(Sight((path,)))),
        "open work of a person": timed(lambda: board.list_tasks(Sight((path,)), person=f"{OFFICES[0]}p1")),
        "open work of nobody yet": timed(lambda: board.list_tasks(Sight((path,)), person="")),
        "open work at a step": timed(lambda: board.list_tasks(Sight((path,), PROCESSES[3]), element="review")),
        **{f"open work, {name}": timed(partial(board.list_tasks, Sight((path,)), term=term)) for name, term in TERMS.items()},
    }
    for name, months in (("a year", year), ("all", ever)):
        sight = Sight((path,), months=months)
        found |= {
            f"in time by office, {name}": timed(lambda months=months: board.finished_by(Sight(beneath(path), months=months), "scope")),
            f"in time by process, {name}": timed(lambda sight=sight: board.finished_by(sight, "process_id")),
            f"in time by month, {name}": timed(lambda sight=sight: board.finished_by(sight, "month")),
            f"in time per person, {name}": timed(lambda sight=sight: board.done_by(sight)),
            f"heat map, {name}": timed(lambda months=months: board.steps(Sight((path,), PROCESSES[3], months=months))),
            f"list of the late, {name}": timed(lambda sight=sight: board.list_finished(sight, "late")),
            f"list of a step, {name}": timed(lambda months=months: board.list_done(Sight((path,), PROCESSES[3], months=months), element="review")),
            f"list of a person, {name}": timed(lambda sight=sight: board.list_done(sight, person=f"{OFFICES[0]}p1")),
        }  # fmt: skip
    return found


def beneath(path: str) -> tuple[str, ...]:
    """The offices directly beneath one."""
    return tuple(sorted({place for office in OFFICES for place, _all in places_of(office) if place.startswith(path) and place.count("/") == path.count("/") + 1}))


def measured(database: Database) -> dict[str, Any]:
    """Counts, and asks every panel for a province, a city and a tax office."""
    engine = Engine(Kernel(database, Registry(), ToyDirectory(), ManualClock(NOW), EngineSettings(b"k" * 32)))
    begun = time.perf_counter()
    new = engine.board.count_new()
    seconds = time.perf_counter() - begun
    sizes = {
        table: _one(database, f"SELECT count(*) FROM {table}") for table in ("instance", "task", "case_tally", "person_tally", "step_tally")
    }
    return {
        "rows": sizes, "counted_per_second": round(new / seconds),
        "ms": {name: panels(engine, path) for name, path in (("province", PROVINCE), ("city", CITIES[0]), ("tax office", OFFICES[0]))},
    }  # fmt: skip


def slow(found: Mapping[str, Any]) -> list[str]:
    """The panels above the limit: of which database, for whom, and how long they took."""
    return [
        f"{database}, {place}, {panel}: {ms['p50']} ms" for database, one in found.items() if isinstance(one, dict)
        for place, panels_ in one["ms"].items() for panel, ms in panels_.items() if ms["p50"] > LIMIT
    ]  # fmt: skip


def _one(database: Database, sql: str) -> int:
    with database.read() as session:
        return int((Link(session).one(sql) or (0,))[0])


def main() -> None:
    """Prints and keeps the figures; those of another size are only printed. Fails where a panel is above the limit."""
    finished, open_ = [int(text) for text in sys.argv[1:3]] + [FINISHED, OPEN][len(sys.argv) - 1 :]
    found: dict[str, Any] = {"finished": finished, "open": open_}
    with tempfile.TemporaryDirectory() as folder, running() as server:
        databases = {"sqlite": Database(f"sqlite:///{Path(folder)}/bench.db"), "postgresql": Database(server.sqlalchemy_url("postgres"))}
        load(list(databases.values()), finished, open_)
        for name, database in databases.items():
            found[name] = measured(database)
            print(name, found[name], flush=True)
            database.dispose()
    if (finished, open_) == (FINISHED, OPEN):
        machine.write("board", found)
    else:
        print(found)
    if too_slow := slow(found):
        raise SystemExit("\n".join([f"above {LIMIT} ms in the median:", *too_slow]))


if __name__ == "__main__":
    main()
