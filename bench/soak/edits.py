"""1,000 edits by somebody who may do anything to the database, in eleven ways, on each kind of database: every one must be found.

Each edit is made on a fresh copy of the same honest database, an honest sealer goes on for a moment, and a verification must name it. And
the other way round: on an honest database under several writers and two sealers, killed at random, no verification may find anything.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.cluster import Cluster, running
from bench.soak.tampering import WAYS, Intruder
from db.blobs import put_blob
from db.chain.anchoring import Anchoring
from db.chain.anchors import FilePlace
from db.chain.findings import Result
from db.chain.sealer import Sealer
from db.chain.verify import verify
from db.clock import ManualClock, SystemClock
from db.evidence import declared
from db.ids import new_id
from db.session import Database
from db.timeouts import ENDLESS
from deadlines.model import Deadline, DeadlineEvent
from engine import history
from engine.link import Link
from engine.people import Actor
from engine.tables import Attachment, Comment, Definition
from papers.model import Paper
from records.audit import Who, note
from tests.rooms import create_all

KEY = b"k" * 32
ROUNDS, PER_ROUND = 6, 8  # seals, and acts of each kind in one
COPIED_AT = 3  # the round after which tables are copied that come back later
BEGUN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WRITERS = 4
ANN = Actor("ann", "安", frozenset(), ("",))


@dataclass(frozen=True)
class Size:
    """Edits on each database; deaths of a busy one."""

    edits: int
    deaths: int


WHOLE = Size(edits=1_000, deaths=25)
QUICK = Size(edits=len(WAYS), deaths=1)


@dataclass
class Found:
    """What came of it: edits, in how many ways, those that nobody saw; verifications of honest databases and what they found."""

    edits: int = 0
    ways: int = 0
    missed: list[str] = field(default_factory=list)
    deaths: int = 0
    honest_verifications: int = 0
    honest_rows: int = 0
    false_alarms: list[str] = field(default_factory=list)
    seconds: float = 0.0
    faults: int = 0


# --- an honest database --------------------------------------------------------------------------------------------------------


def act(database: Database, now: datetime, number: int) -> None:
    """One act of every kind that is evidence, in one transaction."""
    who, case = Who("ann", "安", now), new_id()
    with database.write(ENDLESS) as session:
        link = Link(session)
        for kind in ("started", "opened", "completed_task"):
            history.add(link, now, case, kind, ANN, element=f"step{number}", details={"values": {"amount": number}})
        note(session, who, "toys:thing:made", "thing", case, new={"number": number, "name": "物品"})
        session.add(Comment(id=new_id(), instance_id=case, person_id="ann", person_name="安", at=now, text=f"备注 {number}"))
        sha256 = put_blob(session, f"content {case}".encode(), "text/plain", now)
        session.add(Attachment(id=new_id(), instance_id=case, person_id="ann", person_name="安", at=now, filename="回单.txt", media_type="text/plain", size=9, sha256=sha256))
        deadline = Deadline(
            id=new_id(), subject_id=case, key="reply", label="回复", rule={}, event_on=now.date(), due_on=now.date(), explanation="", explanation_en="",
            provisional=0, calendar_version="1", state="running", owner_posts=[],
        )  # fmt: skip
        session.add(deadline)
        session.flush()
        session.add(DeadlineEvent(id=new_id(), deadline_id=deadline.id, kind="started", step="1", at=now, details={"on": "2026-03-02"}))
        session.add(Paper(
            id=case, key=case, procedure="toys", template="letter", title="函", number=case, subject_id=case, data={"to": "某局"}, copies=["正本"],
            state="rendering", issued_by="ann", issued_at=now,
        ))  # fmt: skip
    with database.write(ENDLESS) as session:
        session.get_one(Paper, case).sha256 = sha256


def build(database: Database, heads: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Several rounds of acts, each sealed and anchored; the tables as they were in between."""
    clock, copies = ManualClock(BEGUN), dict[str, list[tuple[Any, ...]]]()
    sealer, anchoring = Sealer(database, clock, lambda: KEY), Anchoring(database, clock, [FilePlace(str(heads))])
    with database.write(ENDLESS) as session:
        session.add(Definition(id=new_id(), procedure="toys", version=1, content_hash="0" * 64, files={"a.bpmn": "<x/>"}, message="", deployed_at=clock.now(), deployed_by="ann"))
    for round_ in range(1, ROUNDS + 1):
        for number in range(PER_ROUND):
            act(database, clock.now(), number)
        sealer.seal()
        anchoring.work()
        clock.advance(timedelta(hours=1))
        if round_ == COPIED_AT:
            copies = _copies(database)
    return copies


def _copies(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read(ENDLESS) as session:
        return {
            name: [tuple(row) for row in session.execute(text(f'SELECT {", ".join(chr(34) + c + chr(34) for c in declared()[name].columns[-1])} FROM "{declared()[name].table}"'))]
            for name in ("history", "trail_entry", "comment", "attachment")
        }  # fmt: skip


def verified(database: Database, heads: Path) -> Result:
    return verify(database, KEY, [FilePlace(str(heads))])


# --- edits ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """Where edits are made: `fresh` gives a copy of the honest database, and takes the former one away."""

    name: str
    fresh: Callable[[], Database]
    heads: Path
    copies: dict[str, list[tuple[Any, ...]]]


def sqlite_ground(folder: Path) -> Ground:
    """A file that is copied."""
    model, heads, place = folder / "model.db", folder / "heads", folder / "edited.db"
    database = Database(f"sqlite:///{model}")
    create_all(database)
    copies = build(database, heads)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()

    def fresh() -> Database:
        for ending in ("", "-wal", "-shm", "-journal"):
            place.with_name(place.name + ending).unlink(missing_ok=True)
        shutil.copy(model, place)
        return Database(f"sqlite:///{place}")

    return Ground("sqlite", fresh, heads, copies)


def postgres_ground(cluster: Cluster, folder: Path) -> Ground:
    """A database that is a template."""
    heads = folder / "heads-postgres"
    cluster.create("honest")
    database = Database(cluster.sqlalchemy_url("honest"))
    create_all(database)
    copies = build(database, heads)
    database.dispose()

    def fresh() -> Database:
        with cluster.connect() as connection:
            connection.execute("DROP DATABASE IF EXISTS edited WITH (FORCE)")
        cluster.create("edited", template="honest")
        return Database(cluster.sqlalchemy_url("edited"), pool_size=2)

    return Ground("postgres", fresh, heads, copies)


def edit(ground: Ground, way: str, seed: int) -> str:
    """One edit; what was not found, or nothing."""
    database = ground.fresh()
    try:
        intruder = Intruder(database, random.Random(seed), KEY, ground.copies)
        is_found = getattr(intruder, way)()
        # The system goes on: it seals whatever the intruder has left waiting.
        clock = ManualClock(BEGUN + timedelta(hours=ROUNDS + 1))
        act(database, clock.now(), 99)
        Sealer(database, clock, lambda: KEY).seal()
        result = verified(database, ground.heads)
        return "" if is_found(result.findings) else f"{ground.name} {way} {seed}: {[one.line for one in result.findings[:5]]}"
    finally:
        database.dispose()


# --- honest, busy, killed --------------------------------------------------------------------------------------------------------


def work(url: str, seed: int) -> None:
    """Writers, some of which take their time or give up, and two sealers; until killed."""
    database = Database(url)
    begun = time.monotonic()

    def write(writer: int) -> None:
        chance = random.Random(seed * 100 + writer)
        while time.monotonic() - begun < 30:
            now = SystemClock().now()
            with suppress(InterruptedError), database.write(ENDLESS) as session:
                note(session, Who("ann", "安", now), "toys:thing:made", "thing", new_id(), new={"writer": writer})
                session.flush()
                history.add(Link(session), now, new_id(), "completed_task", ANN, details={"values": {"writer": writer}})
                if chance.random() < 0.1:
                    Link(session).run("SELECT 1")
                    time.sleep(0.05)  # its numbers were taken before those of others that commit first
                if chance.random() < 0.1:
                    raise InterruptedError

    def seal(_number: int) -> None:
        sealer = Sealer(database, SystemClock(), lambda: KEY, batch=50)
        while time.monotonic() - begun < 30:
            sealer.seal()
            time.sleep(0.01)

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        list(pool.map(lambda job: job[0](job[1]), [*((write, n) for n in range(WRITERS)), (seal, 0), (seal, 1)]))


def honest(url: str, folder: Path, size: Size, seed: int, found: Found) -> None:
    """Verifies while it works, and after each death."""
    database, chance = Database(url), random.Random(seed)
    create_all(database)
    heads = folder / f"heads-{new_id()}"
    anchoring = Anchoring(database, SystemClock(), [FilePlace(str(heads))])
    rows = 0
    for death in range(size.deaths):
        database.dispose()
        child = get_context("fork").Process(target=work, args=(url, seed + death), daemon=True)
        child.start()
        assert child.pid is not None
        until = time.monotonic() + 60
        while _count(database) <= rows and time.monotonic() < until:  # it is at work
            time.sleep(0.05)
        for _ in range(2):
            time.sleep(chance.uniform(0.05, 0.5))
            anchoring.work()
            _judge(verified(database, heads), f"{database.engine.dialect.name} at work {death}", found)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        _judge(verified(database, heads), f"{database.engine.dialect.name} dead {death}", found)
        rows = _count(database)
        found.deaths += 1
    Sealer(database, SystemClock(), lambda: KEY).seal()
    result = verified(database, heads)
    _judge(result, "sealed", found)
    found.honest_rows += result.rows
    if result.waiting:
        found.false_alarms.append(f"{result.waiting} rows were never sealed")
    database.dispose()


def _count(database: Database) -> int:
    with database.read(ENDLESS) as session:
        return int(session.execute(text("SELECT count(*) FROM trail_entry")).scalar_one())


def _judge(result: Result, when: str, found: Found) -> None:
    found.honest_verifications += 1
    found.false_alarms += [f"{when}: {one.line}" for one in result.findings[:5]]


# --- all of it -------------------------------------------------------------------------------------------------------------------


def run(cluster: Cluster, folder: Path, size: Size, seed: int) -> Found:
    """Edits on both databases, then honest work on both."""
    found, ways, begun = Found(), Counter[str](), time.monotonic()
    for ground in (sqlite_ground(folder), postgres_ground(cluster, folder)):
        for number in range(size.edits):
            way = WAYS[number % len(WAYS)]
            missed = edit(ground, way, seed + number)
            found.missed += [missed] if missed else []
            ways[way] += 1
    cluster.create("busy")
    honest(f"sqlite:///{folder}/busy.db", folder, size, seed, found)
    honest(cluster.sqlalchemy_url("busy"), folder, size, seed, found)
    found.edits, found.ways, found.seconds = ways.total(), len(ways), round(time.monotonic() - begun, 1)
    found.faults = len(found.missed) + len(found.false_alarms)
    return found


def on_own_cluster(size: Size, seed: int) -> Found:
    """On a server and in a folder of its own."""
    with running() as server, tempfile.TemporaryDirectory(prefix="jinshui-edits-") as folder:
        return run(server, Path(folder), size, seed)
