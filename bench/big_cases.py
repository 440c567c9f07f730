"""What a completion costs in a case that is big: a thousand parallel tasks, a thousand sub-processes, ten thousand turns, a megabyte of variables.

On SQLite and on PostgreSQL, both durable. CPU ms of our process, beside the same completion in a small case; small and big ones take turns,
so that a slow minute of the machine meets both. Every big case is then worked to its end (`to_the_end_s`, and what a completion among the last
costs). `state_bytes` is what the row of the case holds. A megabyte of variables is written once and read only by a process that has no
warm copy (`cold`).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import cluster, machine
from bench.engine_step import timed
from db.clock import ManualClock
from db.session import Database
from tests.factories.bpmn import chain, end, flow, gateway, many, process, script, start, sub, user
from tests.factories.kit import ANN, Kit
from tests.rooms import create_all

TASKS = process(start(), user("each", inside=many(collection="items")), end(), chain("begun", "each", "done"), id_="tasks")
SUBS = process(
    start(), sub("run", start("in"), user("each"), end("out"), chain("in", "each", "out"), inside=many(collection="items")), end(),
    chain("begun", "run", "done"), id_="subs",
)  # fmt: skip
LOOP = process(
    start(), user("each"), script("count", "n", "n + 1"), gateway("exclusive", "again", "again_to_done"), end(),
    chain("begun", "each", "count", "again"), flow("again", "each", "n < most"), flow("again", "done"), id_="loop",
)  # fmt: skip
SMALL, BIG = 10, 1_000
TURNS = 200
ROUNDS = 10_000
TENTH = 100  # completions at the end of a loop, beside as many at the beginning of another
MEGABYTE = 1_000_000


def tasks_of(kit: Kit, case: str) -> list[str]:
    """Every open task, the oldest first."""
    return [row[0] for row in kit.rows("SELECT id FROM task WHERE instance_id = ? AND state = 'open' ORDER BY id", case)]


def completion(kit: Kit, task: str) -> float:
    """CPU ms of one."""
    key = kit.key()
    return timed(lambda: kit.engine.complete(task, {}, ANN, key))[0]


def require_end(kit: Kit, case: str) -> None:
    if (status := kit.status(case)) != "completed":
        raise RuntimeError(f"expected the big case to be completed, but it is {status}")


def parallel(kit: Kit, process_id: str) -> dict[str, Any]:
    """The first completions of a case with a thousand runs beside those of cases with ten; then all others, to the end of the case."""
    begun, _ = timed(lambda: kit.start(process_id, items=list(range(BIG))))
    big = kit.cases(process_id)[-1]
    size = kit.rows("SELECT length(state) FROM instance WHERE id = ?", big)[0][0]
    in_big, in_small, small, tasks = list[float](), list[float](), list[str](), tasks_of(kit, big)
    for task in tasks[:TURNS]:
        small = small or tasks_of(kit, kit.start(process_id, items=list(range(SMALL))))
        in_small.append(completion(kit, small.pop(0)))
        in_big.append(completion(kit, task))
    since = time.perf_counter()
    rest = [completion(kit, task) for task in tasks[TURNS:]]
    took = time.perf_counter() - since
    require_end(kit, big)
    return compared(
        in_big, in_small, start_ms=round(begun, 1), state_bytes=size, last_ms=round(statistics.median(rest[-TENTH:]), 3),
        rest=len(rest), to_the_end_s=round(took, 2),
    )  # fmt: skip


def long(kit: Kit) -> dict[str, Any]:
    """A case of ten thousand turns: its last completions and the first of a young case take turns."""
    case, young = kit.start("loop", n=0, most=ROUNDS), ""
    spent: dict[str, list[float]] = {"old": [], "young": []}

    def turn(task: str, whose: str) -> str:
        key, answer = kit.key(), dict[str, Any]()
        spent[whose].append(timed(lambda: answer.update(kit.engine.complete(task, {}, ANN, key)))[0])
        return next(iter(answer["tasks"]), "")

    [task] = tasks_of(kit, case)
    since = time.perf_counter()
    while task:
        if len(spent["old"]) == ROUNDS - TENTH:
            [young] = tasks_of(kit, kit.start("loop", n=0, most=ROUNDS))
        task = turn(task, "old")
        young = young and turn(young, "young")
    took = time.perf_counter() - since
    require_end(kit, case)
    size = kit.rows("SELECT length(state) FROM instance WHERE id = ?", case)[0][0]
    return compared(spent["old"][-TENTH:-1], spent["young"], turns=len(spent["old"]), state_bytes=size, to_the_end_s=round(took, 2))


def stuffed(kit: Kit, *, cold: bool) -> dict[str, Any]:
    """A case that carries a megabyte of text beside one that carries nothing."""
    heavy, light = kit.start("loop", n=0, most=ROUNDS, payload="金" * (MEGABYTE // 3)), kit.start("loop", n=0, most=ROUNDS)
    found: dict[str, list[float]] = {heavy: [], light: []}
    for _ in range(TURNS):
        for case, costs in found.items():
            [task] = tasks_of(kit, case)
            if cold:
                kit.kernel.warm.take(case)
            costs.append(completion(kit, task))
    return compared(found[heavy], found[light])


def compared(big: Iterable[float], small: Iterable[float], **more: Any) -> dict[str, Any]:
    much, little = statistics.median(big), statistics.median(small)
    return {"big_ms": round(much, 3), "small_ms": round(little, 3), "ratio": round(much / little, 2), **more}


def databases(held: ExitStack) -> Iterator[tuple[str, Database]]:
    """SQLite, and PostgreSQL where it is installed."""
    folder = held.enter_context(tempfile.TemporaryDirectory())
    yield "sqlite", Database(f"sqlite:///{Path(folder)}/bench.db")
    try:
        server = held.enter_context(cluster.running())
    except cluster.NoPostgres as reason:
        print(f"SQLite alone: {reason}")
        return
    server.create("big")
    yield "postgresql", Database(server.sqlalchemy_url("big"))


def main() -> None:
    """Prints and keeps the figures."""
    figures = {}
    with ExitStack() as held:
        for name, database in databases(held):
            create_all(database)
            kit = Kit(database, ManualClock(datetime(2026, 3, 2, tzinfo=UTC)))
            kit.deploy(tasks_bpmn=TASKS, subs_bpmn=SUBS, loop_bpmn=LOOP)
            figures[name] = {
                "thousand_tasks": parallel(kit, "tasks"), "thousand_sub_processes": parallel(kit, "subs"), "ten_thousand_turns": long(kit),
                "megabyte": stuffed(kit, cold=False), "megabyte_cold": stuffed(kit, cold=True),
            }  # fmt: skip
            database.dispose()
    machine.write("big_cases", figures)


if __name__ == "__main__":
    main()
