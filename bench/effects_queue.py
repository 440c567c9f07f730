"""Effects called by procrastinate beside effects polled from the outbox, on PostgreSQL: per second, latency, cost of a step.

python -m bench.effects_queue postgresql+psycopg://…/an_empty_database
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from datetime import UTC, datetime

from db.clock import SystemClock
from db.queue import QueueWorker, TaskQueue
from db.session import Database
from engine.kernel import Polled
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.registry import EffectContext
from engine.testing import Workbench
from tests.factories.bpmn import chain, end, process, service, start
from tests.rooms import create_all, drop_all

CASES = 300
PROBES = 20
MODEL = process(start(), service("print", "toys.print"), end(), chain("begun", "print", "done"))


def measure(url: str, *, called: bool) -> dict[str, float]:
    """One round of one way."""
    database = Database(url)
    drop_all(database)
    create_all(database)
    bench = Workbench(database, SystemClock(), effects=TaskQueue() if called else Polled())
    seen: list[datetime] = []

    @bench.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Does nothing but note the moment."""
        seen.append(datetime.now(UTC))

    bench.engine.deploy(ProcedureFiles("toys", {"toy.bpmn": MODEL.decode()}), SYSTEM)
    began = time.perf_counter()
    for number in range(CASES):
        begin(bench, f"k{number}")
    step = (time.perf_counter() - began) / CASES
    began = time.perf_counter()
    if called:
        QueueWorker(database.url, bench.engine.work_effect).run(wait=False)
    else:
        threads = [threading.Thread(target=bench.engine.work_effects, args=(CASES,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    rate = CASES / (time.perf_counter() - began)
    assert len(seen) == CASES
    found = {"step ms": step * 1000, "effects/s": rate, **latency(bench, seen, called=called)}
    database.dispose()
    return found


def begin(bench: Workbench, key: str) -> None:
    """A case whose first step asks for an effect."""
    bench.engine.start("toy", office_id="nb", actor=SYSTEM, key=key, variables={})


def latency(bench: Workbench, seen: list[datetime], *, called: bool) -> dict[str, float]:
    """From the answer of the step to the begin of the effect, with a worker that idles."""
    ended = threading.Event()
    worker = QueueWorker(bench.database.url, bench.engine.work_effect)

    def poll() -> None:
        while not ended.wait(1):
            bench.engine.work_effects()

    thread = threading.Thread(target=poll)
    if called:
        worker.start()
    else:
        thread.start()
    time.sleep(2)
    waits = []
    for number in range(PROBES):
        count = len(seen)
        begin(bench, f"l{number}")
        asked = datetime.now(UTC)
        while len(seen) == count:
            time.sleep(0.001)
        waits.append((seen[-1] - asked).total_seconds() * 1000)
        time.sleep(0.13)
    ended.set()
    if called:
        worker.stop()
    else:
        thread.join()
    return {"latency p50 ms": statistics.median(waits), "latency max ms": max(waits)}


if __name__ == "__main__":
    for turn in range(3):
        for name, called in (("polled", False), ("procrastinate", True)):
            figures = measure(sys.argv[1], called=called)
            print(turn, f"{name:14}", {key: round(value, 1) for key, value in figures.items()}, flush=True)
