"""An engine on a database with toy people, for tests that need no tax."""

from __future__ import annotations

from typing import Any

from db.clock import ManualClock
from db.session import Database
from engine.api import Engine
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from engine.registry import Registry
from engine.testing import SECRET, ToyDirectory, Workbench, person

__all__ = ["ANN", "BOB", "CHIEF", "OUTSIDER", "SECRET", "Kit", "ToyDirectory", "person"]

ANN = person("ann", "clerk:nb")
BOB = person("bob", "clerk:nb")
CHIEF = person("chief", "chief:nb")
OUTSIDER = person("outsider", "clerk:sz")


class Kit:
    """Engine, registry and clock together, with short verbs."""

    def __init__(self, database: Database, clock: ManualClock, deadlines: Any = None, effects: Any = None) -> None:
        self.registry = Registry()
        self.clock = clock
        self.database = database
        self.bench = Workbench(database, clock, self.registry, deadlines, effects)
        self.count = 0
        self.hire(ANN, BOB, CHIEF, OUTSIDER)

    @property
    def engine(self) -> Engine:
        return self.bench.engine

    @property
    def kernel(self) -> Kernel:
        return self.bench.kernel

    def hire(self, *people: Actor) -> None:
        """People who can be asked."""
        self.bench.directory.staff |= {who.person_id: who for who in people}

    def key(self) -> str:
        self.count += 1
        return f"key-{self.count}"

    def deploy(self, procedure: str = "toys", **files: bytes) -> None:
        """`toy_bpmn=…` deploys toy.bpmn."""
        named = {_file_name(k): v.decode() for k, v in files.items()}
        self.engine.deploy(ProcedureFiles(procedure, named), SYSTEM)

    def start(self, process_id: str = "toy", office: str = "nb", **variables: object) -> str:
        return self.engine.start(
            process_id, office_id=office, actor=SYSTEM, key=self.key(), variables=variables, title="一件案子"
        ).instance_id

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database.read() as session:
            return Link(session).all(sql, *values)

    def open(self, case: str) -> dict[str, str]:
        """Element → task id of what is open."""
        return dict(self.rows("SELECT element, id FROM task WHERE instance_id = ? AND state = 'open' ORDER BY id", case))

    def ready(self, case: str) -> list[str]:
        """Elements of all open tasks, each as often as it is open."""
        return [row[0] for row in self.rows("SELECT element FROM task WHERE instance_id = ? AND state = 'open' ORDER BY element", case)]

    def complete(self, case: str, element: str, who: Actor = ANN, **values: object) -> None:
        self.engine.complete(self.open(case)[element], values, who, self.key())

    def status(self, case: str) -> str:
        return self.engine.header(case, SYSTEM).status

    def variables(self, case: str) -> dict[str, Any]:
        return self.engine.case(case, SYSTEM).variables

    def cases(self, process_id: str) -> list[str]:
        """Cases of a process, oldest first."""
        return [row[0] for row in self.rows("SELECT id FROM instance WHERE process_id = ? ORDER BY id", process_id)]

    def forget(self) -> None:
        """As if the process had been started anew: nothing is warm."""
        self.bench.restart()


def _file_name(word: str) -> str:
    for kind in ("bpmn", "dmn", "form", "yaml"):
        if word.endswith(f"_{kind}"):
            return f"{word.removesuffix(f'_{kind}')}.{kind}"
    raise ValueError(word)
