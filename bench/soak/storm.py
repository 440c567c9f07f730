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
from dataclasses import dataclass, field
from multiprocessing import get_context

from bench.cluster import running
from bench.soak.kills import count, p99
from db.clock import SystemClock
from db.session import Database
from engine.api import Engine
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

    def shares(self) -> dict[str, int]:
        """Client → attempts; together exactly as many as are wanted."""
        each, over = divmod(self.attempts, self.clients)
        return {f"client {n}": each + (n < over) for n in range(self.clients)}


WHOLE = Size(attempts=100_000, clients=64, tasks=2_000)
QUICK = Size(attempts=1_500, clients=16, tasks=40)


@dataclass(frozen=True)
class Found:
    """What came of it. Each attempt to claim was won, refused, of a task that the client held already (`own`), or it failed."""

    attempts: int
    clients: int
    tasks: int
    seconds: float
    won: int
    refused: int
    own: int
    failed: int
    unreleased: int
    double: int
    untold: int
    ms_p50: float
    ms_p99: float

    @property
    def uncounted(self) -> int:
        """Attempts of which nobody knows what became: 0."""
        return abs(self.attempts - self.won - self.refused - self.own - self.failed)

    @property
    def faults(self) -> int:
        """0 when no task had two holders, everyone was told the truth, nobody got an error, and every attempt is accounted for."""
        return self.double + self.untold + self.failed + self.unreleased + self.uncounted


@dataclass
class Tally:
    """What some of the clients were told."""

    told: Told = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)  # ms per claim

    def add(self, other: Tally) -> None:
        self.told += other.told
        self.outcomes += other.outcomes
        self.errors += other.errors
        self.spent += other.spent


class Client:
    """One who claims at random, and mostly gives back what he has."""

    def __init__(self, engine: Engine, name: str, tasks: list[str], seed: int) -> None:
        self.engine, self.name, self.tasks = engine, name, tasks
        self.rng, self.who = random.Random(f"{seed} {name}"), person(name, "clerk:nb")
        self.mine: set[str] = set()
        self.tally = Tally()

    def attempt(self, number: int) -> None:
        """One claim, and perhaps a release."""
        task = self.rng.choice(self.tasks)
        begun = time.perf_counter()
        outcome = self._claim(task, number)
        self.tally.spent.append((time.perf_counter() - begun) * 1000)
        self.tally.outcomes[outcome] += 1
        if outcome == "won":
            self.tally.told.append((task, self.name, "claimed"))
            self.mine.add(task)
        if task in self.mine and self.rng.random() < 0.8:
            self._release(task, number)

    def _claim(self, task: str, number: int) -> str:
        try:
            self.engine.claim(task, self.who, f"{self.name} {number}")
        except Refusal:
            return "refused"
        except Exception as error:  # noqa: BLE001 -- counted and shown: a storm must not end a client
            self.tally.errors.append(repr(error))
            return "failed"
        return "own" if task in self.mine else "won"  # to claim what one holds is no claim

    def _release(self, task: str, number: int) -> None:
        try:
            self.engine.release(task, self.who, f"{self.name} {number} back")
        except Exception as error:  # noqa: BLE001 -- as above; a refusal is a fault too, since he holds it
            self.tally.errors.append(repr(error))
            self.tally.outcomes["unreleased"] += 1
            return
        self.tally.told.append((task, self.name, "released"))
        self.mine.discard(task)


def clients(url: str, tasks: list[str], shares: dict[str, int], seed: int) -> Tally:
    """Some of the clients, each in a thread of a process of their own."""
    bench = Workbench(Database(url, pool_size=len(shares)), SystemClock())

    def one(name: str) -> Tally:
        client = Client(bench.engine, name, tasks, seed)
        for number in range(shares[name]):
            client.attempt(number)
        return client.tally

    together = Tally()
    with ThreadPoolExecutor(len(shares)) as pool:
        for tally in pool.map(one, shares):
            together.add(tally)
    bench.database.dispose()
    return together


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
    workers, shares = os.cpu_count() or 1, list(size.shares().items())
    begun, told = time.monotonic(), Tally()
    with get_context("fork").Pool(workers) as pool:
        for tally in pool.starmap(clients, [(url, tasks, dict(shares[part::workers]), seed) for part in range(workers)]):
            told.add(tally)
    seconds = time.monotonic() - begun
    for error, times in Counter(told.errors).most_common(3):
        print(f"{times} × {error}")
    spent, came_to = sorted(told.spent), told.outcomes
    with database.read() as session:
        double, untold = judge(Link(session), told.told)
    database.dispose()
    return Found(
        len(spent), size.clients, size.tasks, round(seconds, 1), came_to["won"], came_to["refused"], came_to["own"], came_to["failed"],
        came_to["unreleased"], double, untold, round(spent[len(spent) // 2], 2), p99(spent),
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
