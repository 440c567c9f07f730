"""An engine on a database with toy people, for tests that need no tax."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from engine.api import Engine
from engine.kernel import EngineSettings, Kernel
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from engine.registry import Registry

SECRET = b"a secret for tests"


class ToyDirectory:
    """Posts are named `role:office`; an office `a/b` lies beneath `a`."""

    def candidates(self, session: Session, role: str, relation: str, case_office_id: str) -> Sequence[str]:
        office = case_office_id.rsplit("/", 1)[0] if relation == "parent" else case_office_id
        return [] if role == "nobody" else [f"{role}:{office}"]

    def scope_of(self, session: Session, office_id: str) -> str:
        return f"{office_id}/"


def person(name: str, *posts: str) -> Actor:
    """A person with posts `role:office`, seeing those offices."""
    return Actor(name, name, frozenset(posts), tuple(f"{p.partition(':')[2]}/" for p in posts), roles=frozenset(p.partition(":")[0] for p in posts))


ANN = person("ann", "clerk:nb")
BOB = person("bob", "clerk:nb")
CHIEF = person("chief", "chief:nb")
OUTSIDER = person("outsider", "clerk:sz")


class Kit:
    """Engine, registry and clock together, with short verbs."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.registry = Registry()
        self.clock = clock
        self.database = database
        self.kernel = Kernel(database, self.registry, ToyDirectory(), clock, EngineSettings(SECRET))
        self.engine = Engine(self.kernel)
        self.count = 0

    def key(self) -> str:
        self.count += 1
        return f"key-{self.count}"

    def deploy(self, **files: bytes) -> None:
        """`toy_bpmn=…` deploys toy.bpmn."""
        named = {k.replace("_bpmn", ".bpmn").replace("_dmn", ".dmn").replace("_form", ".form"): v.decode() for k, v in files.items()}
        self.engine.deploy(ProcedureFiles("toys", named), SYSTEM)

    def start(self, process_id: str = "toy", office: str = "nb", **variables: object) -> str:
        return self.engine.start(process_id, office_id=office, actor=ANN, key=self.key(), variables=variables, title="一件案子").instance_id

    def open(self, case: str) -> dict[str, str]:
        """Element → task id of what is open."""
        with self.database.read() as session:
            from engine.link import Link

            rows = Link(session).all("SELECT element, id FROM task WHERE instance_id = ? AND state = 'open' ORDER BY id", case)
        return dict(rows)

    def complete(self, case: str, element: str, who: Actor = ANN, **values: object) -> None:
        self.engine.complete(self.open(case)[element], values, who, self.key())

    def status(self, case: str) -> str:
        return self.engine.header(case, ANN).status

    def variables(self, case: str) -> dict[str, object]:
        return self.engine.case(case, ANN).variables

    def forget(self) -> None:
        """As if the process had been started anew: nothing is warm."""
        self.kernel = Kernel(self.database, self.registry, ToyDirectory(), self.clock, EngineSettings(SECRET))
        self.engine = Engine(self.kernel)
