"""Timers while nodes and the whole database are killed at random: none is lost, none fires twice, and none is very late.

Nodes are processes that do nothing but `Engine.tick`; they end by SIGKILL in the middle of whatever they do. The database ends with
all its processes at once and recovers from its log. A first stretch without any kill tells how late timers are when all is well.
"""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import psycopg
from sqlalchemy import text

from bench.cluster import Cluster, running
from db.clock import SystemClock
from db.outages import is_outage
from db.session import Database
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.registry import Registry, StepContext
from engine.testing import Workbench
from tests.factories.bpmn import catch, chain, end, process, service, start, timer
from tests.rooms import create_all

WAITING = process(
    start(), catch("later", timer("due", "timeDate")), service("note", "soak.note"), end(), chain("begun", "later", "note", "done"), id_="waiting"
)
REST = 0.02  # seconds that a node sleeps when nothing is due
CALM_LATE_S, FAULT_LATE_S = 2, 30  # how late a timer may be: of a hundred ninety-nine where all is well, and each after a fault
PATIENCE = timedelta(minutes=3)


@dataclass(frozen=True)
class Size:
    """How much of everything; times in seconds."""

    timers: int
    calm_timers: int
    nodes: int
    node_kills: int
    database_kills: int
    stretch: float  # over which the timers fall due, and the kills are spread


WHOLE = Size(timers=20_000, calm_timers=3_000, nodes=3, node_kills=320, database_kills=12, stretch=240)
QUICK = Size(timers=120, calm_timers=40, nodes=2, node_kills=6, database_kills=1, stretch=5)


@dataclass(frozen=True)
class Found:
    """What came of it; lateness in seconds from when a timer was due to the step that fired it."""

    timers: int
    node_kills: int
    database_kills: int
    seconds: float
    lost: int
    doubled: int
    unfinished: int
    incidents: int
    deadlocks: int
    calm_late_p99: float
    calm_late_max: float
    late_p99: float
    late_max: float

    @property
    def faults(self) -> int:
        """0 when nothing was lost, done twice, left half done, or came too late."""
        return self.lost + self.doubled + self.unfinished + self.incidents + too_late(self.calm_late_p99, self.late_max)


def workbench(url: str) -> Workbench:
    """An engine with one operation, which leaves a row per firing that no key keeps from being there twice."""
    registry = Registry()

    @registry.operation("soak.note")
    def note(ctx: StepContext) -> None:
        """Notes that the case went on."""
        ctx.session.execute(text("INSERT INTO soak_fired (instance_id) VALUES (:case)"), {"case": ctx.case.instance_id})

    return Workbench(Database(url, pool_size=2), SystemClock(), registry)


def node(url: str) -> NoReturn:
    """Ticks until it is killed; a database that is away is waited for."""
    bench = workbench(url)
    while True:
        try:
            if not bench.engine.tick(50).handled:
                time.sleep(REST)
        except Exception as error:  # noqa: BLE001 -- the edge of a node: the database may end in the middle of anything
            if not is_outage(error):
                os.write(2, f"node: {error!r}\n".encode())
            time.sleep(0.1)


def born(url: str) -> int:
    """Starts a node; its process id."""
    child = os.fork()
    if child == 0:
        try:
            node(url)
        finally:  # whatever happens here, a child never returns into its parent's work
            os._exit(1)
    return child


@contextmanager
def nodes(url: str, count: int) -> Iterator[list[int]]:
    """Nodes that are killed at the end, whatever their ids are by then."""
    alive = [born(url) for _ in range(count)]
    try:
        yield alive
    finally:
        for child in alive:
            end_of(child)


def end_of(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def plant(url: str, count: int, begin: datetime, stretch: float) -> None:
    """Cases that wait for moments spread evenly."""
    bench = workbench(url)
    for number in range(count):
        due = begin + timedelta(seconds=stretch * number / count)
        bench.engine.start("waiting", office_id="nb", actor=SYSTEM, key=f"{begin.timestamp()} {number}", variables={"due": due})
    bench.database.dispose()


def planted(url: str, count: int, stretch: float) -> None:
    """The same by one process per core; the first is due when they are about done."""
    begin = SystemClock().now() + timedelta(seconds=2 + count * 0.004)
    cores = os.cpu_count() or 1
    children = []
    for part in range(cores):
        child = os.fork()
        if child == 0:
            try:
                plant(url, count // cores + (part < count % cores), begin + timedelta(microseconds=part), stretch)
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    for child in children:
        if os.waitpid(child, 0)[1]:
            raise RuntimeError("a process that begins cases has failed")


def moments(stretch: float, rng: random.Random, **how_many: int) -> list[tuple[float, str]]:
    """(second, what ends then) at random over a stretch, the first first."""
    return sorted((rng.uniform(0, stretch), kind) for kind, n in how_many.items() for _ in range(n))


def too_late(calm_p99: float, worst: float) -> int:
    """How many of the two promises of lateness are broken."""
    return int(calm_p99 > CALM_LATE_S) + int(worst > FAULT_LATE_S)


def kill_at_random(cluster: Cluster, url: str, alive: list[int], size: Size, rng: random.Random) -> None:
    """Nodes and databases end at random moments of the stretch."""
    begun = time.monotonic()
    for at, kind in moments(size.stretch, rng, node=size.node_kills, database=size.database_kills):
        time.sleep(max(0.0, begun + at - time.monotonic()))
        if kind == "database":
            cluster.crash()
            cluster.start()
        else:
            place = rng.randrange(len(alive))
            end_of(alive[place])
            alive[place] = born(url)


def settle(url: str) -> None:
    """Waits until nothing is due any more; whoever is missing after the patience is counted as lost."""
    until = SystemClock().now() + PATIENCE
    database = Database(url)
    while SystemClock().now() < until:
        try:
            with database.read() as session:
                if Link(session).one("SELECT 1 FROM timer WHERE done_at IS NULL LIMIT 1") is None:
                    break
        except psycopg.OperationalError:
            time.sleep(0.2)
        time.sleep(0.2)
    database.dispose()


def lateness(link: Link, since: datetime) -> list[float]:
    """Seconds between due and fired of what fell due since a moment."""
    rows = link.all("SELECT due_at, done_at FROM timer WHERE done_at IS NOT NULL AND due_at >= ?", since)
    return [max(0.0, (done - due).total_seconds()) for due, done in rows] or [float("inf")]


def p99(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=100)[98] if len(values) > 1 else values[0], 3)


def count(link: Link, sql: str, *values: Any) -> int:
    [(found,)] = link.all(sql, *values)
    return int(found or 0)


def deadlocks(cluster: Cluster) -> int:
    """How often the server had to give one of two transactions up. Its statistics (pg_stat_database) are lost in every crash, its log is not."""
    return (cluster.folder / "log").read_text("utf-8", "replace").count("deadlock detected")


def on_own_cluster(size: Size, seed: int) -> Found:
    """On a server of its own, since it is to be killed."""
    with running() as cluster:
        cluster.create("soak")
        return run(cluster, cluster.sqlalchemy_url("soak"), size, seed)


def run(cluster: Cluster, url: str, size: Size, seed: int) -> Found:
    """Plants, kills, counts."""
    database = Database(url)
    create_all(database)
    with database.write() as session:
        session.execute(text("CREATE TABLE soak_fired (id bigserial PRIMARY KEY, instance_id text)"))
    bench = workbench(url)
    bench.engine.deploy(ProcedureFiles("soak", {"waiting.bpmn": WAITING.decode()}), SYSTEM)
    bench.database.dispose()
    database.dispose()
    begun, stuck_before = time.monotonic(), deadlocks(cluster)
    with nodes(url, size.nodes):
        planted(url, size.calm_timers, size.stretch / 8)
        settle(url)
    with database.read() as session:
        calm = lateness(Link(session), datetime.min.replace(tzinfo=UTC))
    database.dispose()
    since = SystemClock().now()
    planted(url, size.timers, size.stretch)
    with nodes(url, size.nodes) as alive:
        kill_at_random(cluster, url, alive, size, random.Random(seed))
        settle(url)
    seconds = time.monotonic() - begun
    with database.read() as session:
        link = Link(session)
        late = lateness(link, since)
        total = size.timers + size.calm_timers
        doubled = count(link, "SELECT sum(n - 1) FROM (SELECT count(*) n FROM soak_fired GROUP BY instance_id) f")
        doubled += count(link, "SELECT sum(n - 1) FROM (SELECT count(*) n FROM history WHERE kind = 'timer' GROUP BY instance_id) f")
        found = Found(
            total, size.node_kills, size.database_kills, round(seconds, 1), total - count(link, "SELECT count(DISTINCT instance_id) FROM soak_fired"),
            doubled, count(link, "SELECT count(*) FROM instance WHERE status <> 'completed'"), count(link, "SELECT count(*) FROM incident"),
            deadlocks(cluster) - stuck_before, p99(calm), round(max(calm), 3), p99(late), round(max(late), 3),
        )  # fmt: skip
    database.dispose()
    return found
