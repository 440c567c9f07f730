"""Timers and effects of real workers while they and the whole database are killed at random.

As `kills`, but what is killed is the product: processes of `app.py worker` under the supervisor of `app.py run --nodes`, who starts one
again that died after one second, and after two, four … where it dies again and again. Effects are called by procrastinate and act on a
file. An effect is promised at least once: one whose worker died between its act and the answer is done again, with the same key.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from app import Config
from bench.cluster import Cluster, children_of, running
from bench.soak.kills import PATIENCE, count, deadlocks, lateness, moments, p99, too_late
from bench.soak.worker_program import NOTE, WORLD, WRITE, compose
from commands.serving.start import prepare
from db.clock import SystemClock
from db.session import Database
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from records.offices import store
from records.offices.organisation import load_organisation
from tests.factories.bpmn import catch, chain, end, process, service, start, timer

ROOT = Path(__file__).parents[2]
WAITING = process(
    start(), catch("later", timer("due", "timeDate")), service("note", NOTE), service("write", WRITE), end(), chain("begun", "later", "note", "write", "done"),
    id_="waiting",
)  # fmt: skip
OFFICE = {"offices": [{"code": "nb", "name": "宁波市税务局", "level": "city"}]}


@dataclass(frozen=True)
class Size:
    """How much of everything; times in seconds."""

    cases: int
    calm_cases: int
    workers: int
    worker_kills: int
    database_kills: int
    stretch: float  # over which the timers fall due, and the kills are spread


WHOLE = Size(cases=6_000, calm_cases=1_500, workers=3, worker_kills=20, database_kills=4, stretch=600)
QUICK = Size(cases=24, calm_cases=8, workers=2, worker_kills=1, database_kills=1, stretch=4)


@dataclass(frozen=True)
class Found:
    """What came of it. `effects_again` are acts on the world that were done once more with the key of the first, which is promised."""

    cases: int
    worker_kills: int
    database_kills: int
    seconds: float
    lost: int
    doubled: int
    unfinished: int
    incidents: int
    effects_lost: int
    effects_again: int
    effects_with_other_key: int
    deadlocks: int
    calm_late_p99: float
    calm_late_max: float
    late_p99: float
    late_max: float

    @property
    def faults(self) -> int:
        """0 when nothing was lost, left half done or came too late, and nothing but an effect with its own key was done twice."""
        of_effects = self.effects_lost + self.effects_with_other_key
        return self.lost + self.doubled + self.unfinished + self.incidents + of_effects + too_late(self.calm_late_p99, self.late_max)


@contextmanager
def supervised(folder: Path, url: str, workers: int) -> Iterator[int]:
    """Workers under a supervisor, whose process id is given; all of them are ended with the block."""
    environment = {**os.environ, "JINSHUI_DATABASE": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bench.soak.worker_program", str(folder), str(workers)]
    # What a worker says on its terminal, that the database is away and so on, is not what the figures say.
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def kill_at_random(cluster: Cluster, supervisor: int, size: Size, rng: random.Random) -> tuple[int, int]:
    """Workers and databases end at random moments of the stretch; how many of each did. Whoever is being started again is not there to be killed."""
    begun, killed = time.monotonic(), Counter[str]()
    for at, kind in moments(size.stretch, rng, worker=size.worker_kills, database=size.database_kills):
        time.sleep(max(0.0, begun + at - time.monotonic()))
        if kind == "database":
            cluster.crash()
            cluster.start()
        else:
            alive = children_of(supervisor)
            if not alive:
                continue
            os.kill(rng.choice(sorted(alive)), signal.SIGKILL)
        killed[kind] += 1
    return killed["worker"], killed["database"]


def plant(application: Any, office: str, number: int, begin: datetime, stretch: float) -> None:
    """Cases that wait for moments spread evenly."""
    for at in range(number):
        due = begin + timedelta(seconds=stretch * at / number)
        application.engine.start("waiting", office_id=office, actor=SYSTEM, key=f"{begin.timestamp()} {at}", variables={"due": due})


def wait_for(database: Database, sql: str, *values: Any) -> None:
    """Waits until a query has a row, at most so long as the patience lasts; the database may be away meanwhile."""
    until = SystemClock().now() + PATIENCE
    while SystemClock().now() < until:
        try:
            with database.read() as session:
                if Link(session).one(sql, *values) is not None:
                    return
        except psycopg.OperationalError:
            pass
        time.sleep(0.2)


def settle(database: Database) -> None:
    """Waits until every case has come to its end; whoever has not after the patience is counted."""
    wait_for(database, "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM instance WHERE status = 'active')")


def on_own_cluster(size: Size, seed: int) -> Found:
    """On a server of its own, since it is to be killed."""
    with running() as cluster, tempfile.TemporaryDirectory(prefix="jinshui-soak-") as folder:
        cluster.create("soak")
        return run(cluster, cluster.sqlalchemy_url("soak"), Path(folder), size, seed)


def prepared(url: str, folder: Path) -> tuple[Any, str]:
    """(the application on an empty database, an office) with the procedures of the product and one of ours."""
    application = compose(Config(folder, url))
    prepare(application)
    application.engine.deploy(ProcedureFiles("soak", {"waiting.bpmn": WAITING.decode()}), SYSTEM)
    with application.database.write() as session:
        session.execute(text("CREATE TABLE soak_fired (id bigserial PRIMARY KEY, instance_id text)"))
        load_organisation(session, OFFICE)
        office = store.office_by_code(session, "nb")
        assert office is not None
        return application, office.id


def run(cluster: Cluster, url: str, folder: Path, size: Size, seed: int) -> Found:
    """Plants, kills, counts."""
    application, office = prepared(url, folder)
    database, stuck_before = application.database, deadlocks(cluster)
    begun = time.monotonic()
    with supervised(folder, url, size.workers) as supervisor:
        wait_for(database, "SELECT 1 FROM heartbeat HAVING count(*) >= ?", size.workers)
        plant(application, office, size.calm_cases, _soon(size.calm_cases), size.stretch / 8)
        settle(database)
        with database.read() as session:
            calm = lateness(Link(session), datetime.min.replace(tzinfo=UTC))
        since = SystemClock().now()
        plant(application, office, size.cases, _soon(size.cases), size.stretch)
        killed = kill_at_random(cluster, supervisor, size, random.Random(seed))
        settle(database)
    seconds = time.monotonic() - begun
    world = [line.split(" ", 1) for line in (folder / WORLD).read_text().splitlines()]
    keys: dict[str, set[str]] = {}
    for case, key in world:
        keys.setdefault(case, set()).add(key)
    total = size.cases + size.calm_cases
    with database.read() as session:
        link = Link(session)
        late = lateness(link, since)
        doubled = count(link, "SELECT sum(n - 1) FROM (SELECT count(*) n FROM soak_fired GROUP BY instance_id) f")
        doubled += count(link, "SELECT sum(n - 1) FROM (SELECT count(*) n FROM history WHERE kind IN ('timer', 'done') GROUP BY instance_id, kind) f")
        found = Found(
            total, *killed, round(seconds, 1), total - count(link, "SELECT count(DISTINCT instance_id) FROM soak_fired"), doubled,
            count(link, "SELECT count(*) FROM instance WHERE status <> 'completed'"), count(link, "SELECT count(*) FROM incident"),
            total - len(keys), len(world) - sum(map(len, keys.values())), sum(len(own) - 1 for own in keys.values()), deadlocks(cluster) - stuck_before,
            p99(calm), round(max(calm), 3), p99(late), round(max(late), 3),
        )  # fmt: skip
    database.dispose()
    return found


def _soon(cases: int) -> datetime:
    """When the first timer is due: about when all are planted, and the workers are there."""
    return SystemClock().now() + timedelta(seconds=5 + cases * 0.008)
