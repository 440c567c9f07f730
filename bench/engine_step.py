"""A persisted user-task step of a ten-node process on SQLite with durable settings, and the slope of a long loop.

`cpu_ms` is the processor time of the whole process, kernel included; `database_cpu_ms` is the part of it inside SQLite (statements and the
durable commit); `engine_cpu_ms` is the rest: engine, SQLAlchemy's session, Python. `memory_disk_cpu_ms` is the whole process again with the same
settings on a disk in memory: what is left when the kernel need not wait for a medium.
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine
from db.clock import ManualClock
from db.session import Database
from engine.link import Link
from tests.factories.bpmn import chain, end, flow, gateway, process, script, start, user
from tests.factories.kit import ANN, Kit
from tests.rooms import create_all

TEN_NODES = process(
    start(), user("a"), script("mark", "seen", "true"), gateway("exclusive", "big", "big_to_b"), user("b"), user("c"), gateway("exclusive", "met"),
    script("sum", "total", "amount * 2"), user("d"), end(), chain("begun", "a", "mark", "big"), flow("big", "b"), flow("big", "c", "amount > 1000"),
    chain("b", "met"), chain("c", "met"), chain("met", "sum", "d", "done"),
)  # fmt: skip
LOOP = process(
    start(), user("work"), script("count", "n", "n + 1"), gateway("exclusive", "again", "again_to_done"), end(),
    chain("begun", "work", "count", "again"), flow("again", "work", "n < 20000"), flow("again", "done"), id_="loop",
)  # fmt: skip


CASES = 400
ROUNDS = 10_000
TURNS = 100
MEMORY_DISK = Path("/dev/shm")


@dataclass
class Inside:
    """Processor time spent inside the database driver, since `clear`."""

    seconds: float = 0.0
    statements: int = 0
    plain: dict[str, Any] = field(default_factory=dict)

    def watch(self, database: Database) -> None:
        for owner, name in ((Link, "run"), (Link, "many"), (database.engine.dialect, "do_commit")):
            setattr(owner, name, self._timed(getattr(owner, name)))

    def _timed(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            begun = time.process_time()
            try:
                return plain(*args)
            finally:
                self.seconds += time.process_time() - begun
                self.statements += 1

        return timed

    def clear(self) -> None:
        self.seconds, self.statements = 0.0, 0


def steps(kit: Kit, cases: int, inside: Inside | None = None) -> list[tuple[float, float, float]]:
    """(CPU ms, wall ms, CPU ms inside the database) of every completion: three per case."""
    found = []
    for _ in range(cases):
        case = kit.start(amount=10, payload="x" * 2000)
        for element in ("a", "b", "d"):
            task, key = kit.open(case)[element], kit.key()
            if inside:
                inside.clear()
            cpu, wall = time.process_time(), time.perf_counter()
            kit.engine.complete(task, {}, ANN, key)
            spent = (time.process_time() - cpu, time.perf_counter() - wall, inside.seconds if inside else 0.0)
            found.append((spent[0] * 1000, spent[1] * 1000, spent[2] * 1000))
    return found


def loop(kit: Kit) -> tuple[float, float]:
    """CPU ms of round 10 and of round 10,000: an old case and young ones take turns, so that a slow minute meets both."""

    def turn(case: str) -> float:
        task, key = kit.open(case)["work"], kit.key()
        begun = time.process_time()
        kit.engine.complete(task, {}, ANN, key)
        return (time.process_time() - begun) * 1000

    old = kit.start("loop", n=0)
    for _ in range(ROUNDS):
        turn(old)
    early, late = [], []
    for _ in range(TURNS):
        young = kit.start("loop", n=0)
        for _ in range(9):
            turn(young)
        late.append(turn(old))
        early.append(turn(young))
    return statistics.median(early), statistics.median(late)


def median(rows: list[tuple[float, float, float]], column: int) -> float:
    return round(statistics.median(row[column] for row in rows), 3)


def bench_on(folder: str) -> tuple[Database, Kit]:
    """A warmed-up engine on an empty database in a folder."""
    database = Database(f"sqlite:///{Path(folder)}/bench.db")
    create_all(database)
    kit = Kit(database, ManualClock(datetime(2026, 3, 2, tzinfo=UTC)))
    kit.deploy(toy_bpmn=TEN_NODES, loop_bpmn=LOOP)
    steps(kit, 50)
    gc.collect()
    return database, kit


def in_memory() -> float | None:
    """Median CPU ms on a disk in memory; None where there is none."""
    if not MEMORY_DISK.is_dir():
        return None
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as folder:
        database, kit = bench_on(folder)
        found = median(steps(kit, CASES), 0)
        database.dispose()
    return found


def main() -> None:
    """Prints and keeps the figures."""
    memory = in_memory()
    with tempfile.TemporaryDirectory() as folder:
        database, kit = bench_on(folder)
        plain = steps(kit, CASES)
        early, late = loop(kit)
        inside = Inside()
        inside.watch(database)
        split = steps(kit, CASES, inside)
        figures = {
            "cpu_ms_median": median(plain, 0), "wall_ms_median": median(plain, 1), "database_cpu_ms_median": median(split, 2),
            "engine_cpu_ms_median": round(statistics.median(row[0] - row[2] for row in split), 3), "memory_disk_cpu_ms_median": memory,
            "steps": len(plain), "loop_step_10_ms": round(early, 3), "loop_step_10000_ms": round(late, 3), "loop_slope": round(late / early, 3),
            "load_average": round(os.getloadavg()[0], 2),
        }  # fmt: skip
        machine.write("engine_step", figures)
        database.dispose()


if __name__ == "__main__":
    main()
