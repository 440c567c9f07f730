"""Random walks through random procedures: what a case is stands in the database, whatever a process remembers.

A walk completes tasks, works off what is due one at a time, answers work elsewhere, and lets hours pass, as the dice of its seed say. It is walked
several ways with the same dice: straight on SQLite; again as the fiftieth case of the same process; with the engine stopped and started before every move, models read
anew; straight on PostgreSQL; with nothing kept of any case between two moves there; and by two nodes in turn. All must stand alike after
every move (the bytes of their states too), and have the same history at the end.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.cluster import Cluster, running
from bench.soak import pictures, seen
from db.clock import ManualClock
from db.session import Database
from engine import definitions
from engine.bpmn import check_in_process
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.registry import BpmnError, EffectContext, StepContext
from tests.factories.kit import ANN, Kit
from tests.rooms import create_all

HOUR = timedelta(hours=1)
NTH = 50
MEMORY_DISK = Path("/dev/shm")
TOLD = 100  # walks after which is said how far it has come
MOVES = 800  # after which a walk is taken to have no end
OTHER_KEYS = 10**9  # a second node counts its keys from here


@dataclass(frozen=True)
class Size:
    """How many procedures are walked, and in every how-manieth the fiftieth case is compared with the first."""

    walks: int
    nth_every: int


WHOLE = Size(walks=2_000, nth_every=2)
QUICK = Size(walks=8, nth_every=8)


@dataclass(frozen=True)
class Found:
    """What came of it. `steps` are moves of one walk that did something (hours that pass are none), `different` says seed, way and move."""

    walks: int
    steps: int
    steps_per_walk: float
    moves_per_walk: float
    longest: int
    ways: list[str]
    seconds: float
    different: list[dict[str, Any]]

    @property
    def faults(self) -> int:
        """Walks that came out differently."""
        return len(self.different)


@dataclass
class Walked:
    """What was seen before every move, and the history at the end; `broke_off` is the error of a move that the engine refused."""

    standings: list[seen.Standing] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    trail: list[Any] = field(default_factory=list)
    broke_off: str = ""

    @property
    def steps(self) -> int:
        """Moves that did something."""
        return sum(move != "wait" for move in self.moves)

    @property
    def is_whole(self) -> bool:
        """Whether every case was completed, nothing waits any more, and nothing that failed is unresolved."""
        last = self.standings[-1]
        return not self.broke_off and {case[1] for case in last.cases} == {"completed"} and not last.is_waiting and not any(fault[2] for fault in last.faults)

    def differs(self, other: Walked) -> tuple[int, str] | None:
        """(move, what) at which another walk first stands otherwise."""
        for at, (one, two) in enumerate(zip(self.standings, other.standings, strict=False)):
            for name in vars(one):
                if getattr(one, name) != getattr(two, name):
                    return at, name
        if len(self.standings) != len(other.standings):
            return min(len(self.standings), len(other.standings)), "length"
        if self.broke_off != other.broke_off:
            return len(self.standings), self.broke_off or other.broke_off
        return (len(self.standings), "history") if self.trail != other.trail else None


class Walk:
    """A case on its way; `kits` are nodes that take turns. `forgets`: everything before every move, or what is known of `cases` alone."""

    def __init__(self, kits: Sequence[Kit], seed: int, *, forgets: str = "") -> None:
        self.kits, self.forgets, self.rng = kits, forgets, random.Random(seed)
        self.clock, self.database = kits[0].clock, kits[0].database
        self.clock.set(_next_morning(self.clock.now()))
        self.begun = self.clock.now()
        self.walked = Walked()
        self.root = self._node().start(f"walk{seed}", n=0)

    def _node(self) -> Kit:
        """Whose turn it is, as if it had just been started where that is wanted."""
        kit = self.kits[len(self.walked.moves) % len(self.kits)]
        models = kit.kernel.definitions
        if self.forgets:
            kit.forget()
        if self.forgets == "cases":  # to read the models anew is most of a restart, and told by one database as by the other
            kit.kernel.definitions = models
        return kit

    def move(self) -> bool:
        """Looks, and does one thing; False where nothing is left to be done."""
        standing, handles = seen.look(self.database, self.root, self.begun, self.clock.now())
        self.walked.standings.append(standing)
        moves = [*(("complete", id_) for id_ in handles.tasks), *(("answer", id_) for id_ in handles.jobs)]
        moves += [("tick", "")] * (max(1, len(moves)) if handles.due else 0) + [("wait", "")] * (1 if handles.later else 0)
        if not moves or len(self.walked.moves) >= MOVES:
            return False
        kind, id_ = self.rng.choice(moves)
        self.walked.moves.append(kind)
        getattr(self, f"_{kind}")(self._node(), id_)
        return True

    def _complete(self, kit: Kit, task: str) -> None:
        kit.engine.complete(task, {}, ANN, kit.key())

    def _answer(self, kit: Kit, job: str) -> None:
        """Whoever works elsewhere takes everything that there is and answers one thing."""
        kit.engine.workers.fetch("w", [pictures.AWAY], limit=100)
        kit.engine.workers.complete(job, "w", {"away": "done"}, kit.key())

    def _tick(self, kit: Kit, _nothing: str) -> None:
        kit.engine.tick(1)

    def _wait(self, _kit: Kit, _nothing: str) -> None:
        self.clock.advance(self.rng.randint(1, 4) * HOUR)

    def to_its_end(self) -> Walked:
        """Goes on until nothing is left."""
        try:
            while self.move():
                pass
        except Exception as error:  # noqa: BLE001 -- whatever the engine says, this walk is at its end and the next ones are not
            self.walked.broke_off = f"{type(error).__name__}: {error}"[:200]
        self.walked.trail = seen.history(self.database, self.root, self.begun)
        return self.walked

    def breaks_off(self, after: int) -> bool:
        """Goes some moves and withdraws every case, those too that letters under way still begin; whether anything waits then."""
        while after and self.move():
            after -= 1
        kit = self.kits[0]
        kit.engine.tick()
        while active := kit.rows("SELECT id FROM instance WHERE id >= ? AND status = 'active' ORDER BY id", self.root):
            for (id_,) in active:
                kit.engine.cancel_case(id_, "walked far enough", ANN, kit.key())
            kit.engine.tick()
        return seen.look(self.database, self.root, self.begun, self.clock.now())[0].is_waiting


def _next_morning(now: datetime) -> datetime:
    """The next 01:00 UTC: every walk begins at the same time of a day, with its timers on seconds of their own."""
    morning = now.replace(hour=1, minute=0, second=0, microsecond=0)
    return morning if morning >= now else morning + timedelta(days=1)


def kit_on(database: Database) -> Kit:
    """A node on an empty database, with everything that the procedures call."""
    create_all(database)
    return _furnished(Kit(database, ManualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))))


def beside(kit: Kit, seed: int) -> Kit:
    """A second node on the same database, at the same time."""
    other = _furnished(Kit(kit.database, kit.clock))
    other.count = OTHER_KEYS * (seed + 1)
    return other


def _furnished(kit: Kit) -> Kit:
    @kit.registry.operation(pictures.RING)
    def ring(ctx: StepContext) -> dict[str, Any]:
        """Counts."""
        return {"rung": ctx.variables.get("rung", 0) + 1}

    @kit.registry.effect(pictures.PRINT)
    def print_(ctx: EffectContext) -> dict[str, Any]:
        """Answers with what it was given."""
        return {"printed": ctx.payload["text"]}

    @kit.registry.effect(pictures.FLAKY)
    def flaky(ctx: EffectContext) -> dict[str, Any]:
        """Fails at first."""
        if ctx.attempt == 1:
            raise RuntimeError("not yet")
        return {"flaky": ctx.attempt}

    @kit.registry.effect(pictures.REFUSE)
    def refuse(ctx: EffectContext) -> dict[str, Any]:
        """Ends in an error that the model knows."""
        raise BpmnError("refused", "as always")

    return kit


def other_cases(kit: Kit, seed: int) -> list[int]:
    """Has the second to the forty-ninth case of the process go a little way, each its own; which of them leave something behind."""
    left = []
    for number in range(2, NTH):
        walk = Walk([kit], seed)
        walk.rng = random.Random(f"{seed} {number}")
        if walk.breaks_off(walk.rng.randint(0, 3)):
            left.append(number)
    return left


@dataclass
class Compared:
    """One walk: the straight one on SQLite, by which the others are measured, their names, and what came out differently."""

    straight: Walked
    ways: list[str] = field(default_factory=list)
    different: list[dict[str, Any]] = field(default_factory=list)

    def differs(self, seed: int, way: str, move: int, what: str) -> None:
        self.different.append({"seed": seed, "way": way, "move": move, "what": what})


def compare(kits: dict[str, Kit], seed: int, *, nth: bool) -> Compared:
    """Walks one procedure every way."""
    sqlite, postgres = kits["sqlite"], kits.get("postgres")
    procedure = ProcedureFiles(f"walks{seed}", pictures.draw(seed))
    for kit in kits.values():
        kit.engine.deploy(procedure, SYSTEM)
    found, others = Compared(Walk([sqlite], seed).to_its_end(), ["sqlite"]), dict[str, Walked]()
    if nth:
        for number in other_cases(sqlite, seed):
            found.differs(seed, f"sqlite, case {number}, cancelled", 0, "something waits")
        others[f"sqlite, case {NTH}"] = Walk([sqlite], seed).to_its_end()
    others["sqlite, restarted"] = Walk([sqlite], seed, forgets="everything").to_its_end()
    if postgres is not None:
        others["postgres"] = Walk([postgres], seed).to_its_end()
        others["postgres, restarted"] = Walk([postgres], seed, forgets="cases").to_its_end()
        others["postgres, two nodes"] = Walk([postgres, beside(postgres, seed)], seed).to_its_end()
    if not found.straight.is_whole:
        found.differs(seed, "sqlite", len(found.straight.moves), "not whole")
    for name, walked in others.items():
        found.ways.append(name)
        if (place := found.straight.differs(walked)) is not None:
            found.differs(seed, name, *place)
    return found


@contextmanager
def read_here() -> Iterator[None]:
    """Models are read in this process: the child with its limits is not what is walked."""
    kept, definitions.check = definitions.check, check_in_process
    try:
        yield
    finally:
        definitions.check = kept


def run(kits: dict[str, Kit], size: Size, first: int) -> Found:
    """Walks the procedures from seed `first` on; `kits` are "sqlite" and, where there is one, "postgres"."""
    begun, steps, moves, ways = time.monotonic(), list[int](), list[int](), dict[str, None]()
    different: list[dict[str, Any]] = []
    for number, seed in enumerate(range(first, first + size.walks)):
        found = compare(kits, seed, nth=number % size.nth_every == 0)
        steps.append(found.straight.steps)
        moves.append(len(found.straight.moves))
        ways.update(dict.fromkeys(found.ways))
        different += found.different
        if not (number + 1) % TOLD:
            print(f"{number + 1} walks, {len(different)} different, {time.monotonic() - begun:.0f} s", flush=True)
    return Found(
        size.walks, sum(steps), round(sum(steps) / size.walks, 2), round(sum(moves) / size.walks, 2), max(steps), list(ways),
        round(time.monotonic() - begun, 1), different,
    )  # fmt: skip


@contextmanager
def databases(cluster: Cluster, folder: Path) -> Iterator[dict[str, Kit]]:
    """Both kinds, empty. Nothing here is about power cuts: no step waits for the disk."""
    cluster.create("walks")
    with cluster.connect() as connection:
        connection.execute("ALTER DATABASE walks SET synchronous_commit = off")
    found = {"sqlite": Database(f"sqlite:///{folder}/walks.db"), "postgres": Database(cluster.sqlalchemy_url("walks"))}
    with read_here():
        yield {name: kit_on(database) for name, database in found.items()}
    for database in found.values():
        database.dispose()


def on_own_cluster(size: Size, seed: int) -> Found:
    """On SQLite in a folder, in memory where the machine has such a disk, and on a server of its own."""
    disk = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(dir=disk) as folder, running() as cluster, databases(cluster, Path(folder)) as kits:
        return run(kits, size, seed % 1_000_000)
