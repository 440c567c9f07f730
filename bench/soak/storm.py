"""A storm of claims: more clients than tasks want the same tasks, claim what they get, give some back, and claim again.

Each client remembers what it was told. Afterwards the history is read as a court would: of every task, claims and releases take turns, and the
clients were told exactly what stands there.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from bench.cluster import running
from bench.soak.kills import count, p99
from db.clock import SystemClock
from db.session import Database
from engine.errors import Refusal
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.testing import Workbench, person
from tests.factories.bpmn import chain, end, process, start, user
from tests.rooms import create_all

ONE_TASK = process(start(), user("a"), end(), chain("begun", "a", "done"), id_="one")
Told = list[tuple[str, str, str]]  # task, person, what was done


@dataclass(frozen=True)
class Size:
    """How many attempts by how many clients on how many tasks."""

    attempts: int
    clients: int
    tasks: int


WHOLE = Size(attempts=100_000, clients=64, tasks=2_000)
QUICK = Size(attempts=1_500, clients=16, tasks=40)


@dataclass(frozen=True)
class Found:
    """What came of it."""

    attempts: int
    clients: int
    tasks: int
    seconds: float
    won: int
    refused: int
    failed: int
    double: int
    untold: int
    ms_p50: float
    ms_p99: float

    @property
    def faults(self) -> int:
        """0 when no task had two holders, everyone was told the truth, and nobody got an error."""
        return self.double + self.untold + self.failed


def clients(url: str, tasks: list[str], attempts: int, names: list[str], seed: int) -> tuple[Told, int, list[str], list[float]]:
    """Some of the clients, in a process of their own: (what they were told, refusals, other errors, ms per claim)."""
    bench = Workbench(Database(url, pool_size=len(names)), SystemClock())

    def one(name: str) -> tuple[Told, int, list[str], list[float]]:
        rng, who = random.Random(f"{seed} {name}"), person(name, "clerk:nb")
        told: Told = []
        mine: set[str] = set()
        refused, errors, spent = 0, [], []
        for number in range(attempts // len(names)):
            task = rng.choice(tasks)
            begun = time.perf_counter()
            try:
                bench.engine.claim(task, who, f"{name} {number}")
                if task not in mine:  # to claim what one holds is no claim
                    told.append((task, name, "claimed"))
                    mine.add(task)
                if rng.random() < 0.8:
                    bench.engine.release(task, who, f"{name} {number} back")
                    told.append((task, name, "released"))
                    mine.discard(task)
            except Refusal:
                refused += 1
            except Exception as error:  # noqa: BLE001 -- counted and shown: a storm must not end a client
                errors.append(repr(error))
            spent.append((time.perf_counter() - begun) * 1000)
        return told, refused, errors, spent

    with ThreadPoolExecutor(len(names)) as pool:
        parts = list(pool.map(one, names))
    bench.database.dispose()
    return (
        [row for part in parts for row in part[0]], sum(part[1] for part in parts), [e for part in parts for e in part[2]],
        [ms for part in parts for ms in part[3]],
    )  # fmt: skip


def on_own_cluster(size: Size, seed: int) -> Found:
    """On a server of its own."""
    with running() as cluster:
        cluster.create("soak")
        return run(cluster.sqlalchemy_url("soak"), size, seed)


def run(url: str, size: Size, seed: int) -> Found:
    """Begins the cases, lets the storm pass, and reads the history. The database must be empty."""
    database = Database(url)
    create_all(database)
    bench = Workbench(database, SystemClock())
    bench.engine.deploy(ProcedureFiles("storm", {"one.bpmn": ONE_TASK.decode()}), SYSTEM)
    for number in range(size.tasks):
        bench.engine.start("one", office_id="nb", actor=SYSTEM, key=f"start {number}")
    with database.read() as session:
        tasks = [row[0] for row in Link(session).all("SELECT id FROM task ORDER BY id")]
    database.dispose()
    workers = os.cpu_count() or 1
    names = [f"client {n}" for n in range(size.clients)]
    begun = time.monotonic()
    with get_context("fork").Pool(workers) as pool:
        given = [(url, tasks, size.attempts // workers, names[part::workers], seed) for part in range(workers)]
        parts: list[Any] = pool.starmap(clients, given)
    seconds = time.monotonic() - begun
    told = [row for part in parts for row in part[0]]
    errors = [error for part in parts for error in part[2]]
    for error, times in Counter(errors).most_common(3):
        print(f"{times} × {error}")
    spent = sorted(ms for part in parts for ms in part[3])
    with database.read() as session:
        double, untold = judge(Link(session), told)
    database.dispose()
    return Found(
        size.attempts, size.clients, size.tasks, round(seconds, 1), sum(row[2] == "claimed" for row in told), sum(part[1] for part in parts),
        len(errors), double, untold, round(spent[len(spent) // 2], 2), p99(spent),
    )  # fmt: skip


def judge(link: Link, told: Told) -> tuple[int, int]:
    """(claims of a task that somebody held, differences between what stands and what was told)."""
    holder: dict[str, str] = {}
    written: Counter[tuple[str, str, str]] = Counter()
    double = 0
    task_of = dict(link.all("SELECT instance_id, id FROM task"))
    for instance_id, kind, name in link.all("SELECT instance_id, kind, person_name FROM history WHERE kind IN ('claimed', 'released') ORDER BY id"):
        task = task_of[instance_id]
        written[task, name, kind] += 1
        if kind == "claimed":
            double += task in holder
            holder[task] = name
        else:
            double += holder.pop(task, "") != name
    held = dict(link.all("SELECT id, assignee_id FROM task WHERE assignee_id IS NOT NULL"))
    double += sum(held.get(task) != name for task, name in holder.items()) + count(
        link, "SELECT count(*) FROM task_candidate c JOIN task t ON t.id = c.task_id WHERE (c.claimable = 1) <> (t.assignee_id IS NULL)"
    )
    return double, sum(((written - Counter(told)) + (Counter(told) - written)).values())
