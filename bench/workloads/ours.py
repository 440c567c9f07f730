"""Our engine as a player, through its front door: python -m bench.workloads.ours DATABASE NUMBER-OF-FIRST-CLIENT"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bench.workloads.models import FORMS, POST, PROCESSES, TOPIC, form_file
from bench.workloads.player import serve
from db.clock import SystemClock
from db.session import Database
from engine import worklist
from engine.errors import EngineError
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from engine.reads import WorklistQuery
from engine.registry import Registry, StepContext
from engine.testing import Workbench, person

TODAY = date(2026, 3, 2)
BATCH = 50


def registry() -> Registry:
    """With the one service task of W1."""
    made = Registry()

    @made.operation(TOPIC)
    def check(_context: StepContext) -> dict[str, Any]:
        return {"checked": True}

    return made


class Ours:
    """The engine on a database; every call has a key of its own, as a client would send it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.bench = Workbench(database, SystemClock(), registry())
        files = {f"{name}.bpmn": build("ours").decode() for name, build in PROCESSES.items()}
        files |= {f"{id_}.form": form_file(id_) for id_ in FORMS}
        self.bench.engine.deploy(ProcedureFiles("bench", files), SYSTEM)
        self.clerk = person("clerk", POST)
        self._keys = itertools.count()

    def key(self) -> str:
        return f"{os.getpid()}-{next(self._keys)}"

    def start(self, workload: str, variables: Mapping[str, Any]) -> str:
        return self.bench.engine.start(workload, office_id="nb", actor=SYSTEM, key=self.key(), variables=variables).instance_id

    def open(self, case: str) -> Sequence[str]:
        with self.database.read() as session:
            return [row.id for row in worklist.of_case(Link(session), case)]

    def complete(self, task: str, values: Mapping[str, Any]) -> Sequence[str] | None:
        tasks: list[str] = self.bench.engine.complete(task, values, self.clerk, self.key())["tasks"]
        return tasks

    def claim(self, task: str, client: int) -> bool:
        try:
            self.bench.engine.claim(task, person(f"p{client}", POST), self.key())
        except EngineError:
            return False
        return True

    def page(self, posts: Sequence[str], rows: int, cap: int) -> int:
        assert cap == worklist.COUNT_CAP + 1
        actor = Actor("reader", "reader", frozenset(posts), ())
        page = self.bench.engine.worklist(actor, WorklistQuery(TODAY, scope="claimable", limit=rows))
        return min(len(page.items), page.scopes["claimable"])

    def fire(self) -> int:
        report = self.bench.engine.tick(BATCH)
        if report.failures:
            raise AssertionError("expected every timer to fire")
        return report.timers


def main(url: str, first: str) -> None:
    """Serves until its input ends."""
    serve(Ours(Database(url, pool_size=40)), int(first))


if __name__ == "__main__":
    main(*sys.argv[1:3])
