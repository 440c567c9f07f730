"""Random walks through random diagrams: what a case is stands in the database, whatever a process remembers.

Each diagram is walked four ways with the same choices: straight on SQLite; again as a later case of the same process; with the engine stopped and started
before every step; and so on PostgreSQL. All four must have the same open tasks after every step, and the same history and variables at the end.
"""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.cluster import running
from db.clock import ManualClock
from db.session import Database
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from tests.factories.bpmn import chain, end, flow, many, process, properties, script, start, sub, user
from tests.factories.kit import ANN, Kit
from tests.properties.engine.random_diagrams import MIXED, Drawing, Tree
from tests.rooms import create_all

KINDS = (*MIXED, "script", "several", "inner")
TOLD = 100  # walks after which is said how far it has come
BATCH = 5  # diagrams that are deployed together: a restart compiles what is deployed


@dataclass(frozen=True)
class Size:
    """How many diagrams are walked."""

    walks: int


WHOLE = Size(walks=2_000)
QUICK = Size(walks=20)


@dataclass(frozen=True)
class Found:
    """What came of it; `different` names the seeds."""

    walks: int
    steps: int
    seconds: float
    different: list[int]

    @property
    def faults(self) -> int:
        """Walks that came out differently."""
        return len(self.different)


class Picture(Drawing):
    """Blocks that keep variables too: a script that counts, a task for each of three, a sub-process."""

    def block(self, depth: int) -> tuple[str, str, Tree]:
        kind = self.rng.choice(self.kinds) if depth else "task"
        if kind == "task":
            return super().block(0)
        more = {"script": self.script, "several": self.several, "inner": self.inner}.get(kind)
        return more() if more else self._split(kind, depth)

    def script(self) -> tuple[str, str, Tree]:
        id_ = self.name("n")
        self.parts.append(script(id_, "n", "n + 1"))
        return id_, id_, ("script", id_)

    def several(self) -> tuple[str, str, Tree]:
        id_ = self.name("m")
        self.parts.append(user(id_, inside=properties(output_collection="seen", output_element="item") + many(collection="[1, 2, 3]")))
        return id_, id_, ("several", id_)

    def inner(self) -> tuple[str, str, Tree]:
        id_, task, count = self.name("u"), self.name("t"), self.name("n")
        begin, finish = self.name("b"), self.name("e")
        self.parts.append(sub(id_, start(begin), user(task), script(count, "n", "n + 1"), end(finish), chain(begin, task, count, finish)))
        return id_, id_, ("inner", id_)


def draw(seed: int) -> bytes:
    """A diagram of its own name."""
    drawing = Picture(random.Random(seed), KINDS)
    first, last, _tree = drawing.sequence(3)
    return process(*drawing.parts, start(), end(), flow("begun", first), flow(last, "done"), id_=f"walk{seed}")


@dataclass
class Walk:
    """One case, and what was seen of it so far."""

    kit: Kit
    case: str
    restored: bool
    seen: list[Any]

    def step(self, rng: random.Random) -> bool:
        """Completes one of the open tasks; False when there is none."""
        if self.restored:
            self.kit.forget()
        rows = self.kit.rows("SELECT element, id FROM task WHERE instance_id = ? AND state = 'open' ORDER BY element, id", self.case)
        self.seen.append([element for element, _id in rows])
        if not rows:
            return False
        self.kit.engine.complete(rng.choice(rows)[1], {}, ANN, self.kit.key())
        return True

    def end(self) -> list[Any]:
        """Everything that was seen, with status, variables and history."""
        view = self.kit.engine.case(self.case, SYSTEM)
        values = {name: value for name, value in view.variables.items() if name != "done_by"}
        return [self.seen, view.header.status, values, [(row.kind, row.element) for row in view.history]]


def walk(kit: Kit, seed: int, *, restored: bool) -> list[Any]:
    """From start to end with the choices of the seed."""
    rng, one = random.Random(seed), Walk(kit, kit.start(f"walk{seed}", n=0), restored, [])
    while one.step(rng):
        pass
    return one.end()


def kit_on(database: Database) -> Kit:
    create_all(database)
    return Kit(database, ManualClock(datetime(2026, 3, 2, 1, tzinfo=UTC)))


def run(kits: dict[str, Kit], size: Size, first: int) -> Found:
    """Walks the diagrams from seed `first` on; `kits` are "sqlite" and, where there is one, "postgres"."""
    begun, different, steps = time.monotonic(), [], 0
    for batch in range(first, first + size.walks, BATCH):
        seeds = range(batch, min(batch + BATCH, first + size.walks))
        files = {f"walk{seed}.bpmn": draw(seed).decode() for seed in seeds}
        for kit in kits.values():
            kit.engine.deploy(ProcedureFiles(f"walks{batch}", files), SYSTEM)
        for seed in seeds:
            straight = walk(kits["sqlite"], seed, restored=False)
            others = [walk(kits["sqlite"], seed, restored=False), *(walk(kit, seed, restored=True) for kit in kits.values())]
            steps += len(straight[0]) - 1
            if any(other != straight for other in others) or straight[1] != "completed":
                different.append(seed)
        walked = batch + BATCH - first
        if not walked % TOLD:
            print(f"{walked} walks, {len(different)} different, {time.monotonic() - begun:.0f} s", flush=True)
    return Found(size.walks, steps, round(time.monotonic() - begun, 1), different)


def on_own_cluster(size: Size, seed: int) -> Found:
    """On SQLite in a folder and on a server of its own."""
    with tempfile.TemporaryDirectory() as folder, running() as cluster:
        cluster.create("soak")
        databases = {"sqlite": Database(f"sqlite:///{Path(folder)}/walks.db"), "postgres": Database(cluster.sqlalchemy_url("soak"))}
        found = run({name: kit_on(database) for name, database in databases.items()}, size, seed % 1_000_000)
        for database in databases.values():
            database.dispose()
    return found
