"""A persisted user-task step of a ten-node process on SQLite with durable settings, and the slope of a long loop."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import machine
from db.clock import ManualClock
from db.session import Database
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


def steps(kit: Kit, cases: int) -> list[tuple[float, float]]:
    """(CPU ms, wall ms) of every completion: three per case."""
    found = []
    for _ in range(cases):
        case = kit.start(amount=10, payload="x" * 2000)
        for element in ("a", "b", "d"):
            task = kit.open(case)[element]
            key = kit.key()
            cpu, wall = time.process_time(), time.perf_counter()
            kit.engine.complete(task, {}, ANN, key)
            found.append(((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000))
    return found


def loop(kit: Kit, rounds: int) -> list[float]:
    """CPU ms of each round of one case."""
    case, found = kit.start("loop", n=0), []
    for _ in range(rounds):
        task, key = kit.open(case)["work"], kit.key()
        begun = time.process_time()
        kit.engine.complete(task, {}, ANN, key)
        found.append((time.process_time() - begun) * 1000)
    return found


def main() -> None:
    """Prints and keeps the figures."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder)}/bench.db")
        create_all(database)
        kit = Kit(database, ManualClock(datetime(2026, 3, 2, tzinfo=UTC)))
        kit.deploy(toy_bpmn=TEN_NODES, loop_bpmn=LOOP)
        steps(kit, 50)
        gc.collect()
        figures = steps(kit, 400)
        rounds = loop(kit, 10_050)
        early, late = statistics.median(rounds[5:105]), statistics.median(rounds[-100:])
        machine.write(
            "engine_step",
            {
                "cpu_ms_median": round(statistics.median(f[0] for f in figures), 3),
                "wall_ms_median": round(statistics.median(f[1] for f in figures), 3),
                "steps": len(figures),
                "loop_step_10_ms": round(early, 3),
                "loop_step_10000_ms": round(late, 3),
                "loop_slope": round(late / early, 3),
            },
        )
        database.dispose()


if __name__ == "__main__":
    main()
