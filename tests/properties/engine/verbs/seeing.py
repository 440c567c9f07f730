"""How a case stands in a database, and how it must stand by the reference: both as plain data that compares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.codec import decode
from engine.link import Link
from tests.factories.kit import Kit
from tests.properties.engine.verbs.desk import Desk
from tests.properties.engine.verbs.diagram import STEPS
from tests.properties.engine.verbs.seats import Seat
from tests.properties.engine.verbs.way import Task

ASKED = (
    "SELECT status FROM instance WHERE id = ?",
    "SELECT name, content FROM variable WHERE instance_id = ? AND name IN ('note', 'signed')",
    "SELECT id, element, state, assignee_id, claimed_at IS NOT NULL, draft, closed_by, returned FROM task WHERE instance_id = ? ORDER BY id",
    "SELECT task_id, id, kind, person_id, state, blocks FROM task_party WHERE instance_id = ? ORDER BY number, id",
    "SELECT id, by_id, answered_by FROM urging WHERE subject_id = ? ORDER BY at, id",
)


@dataclass
class Side:
    """One case on one database; the identifiers of its rows in the order in which the reference counts them, as they were last seen."""

    kit: Kit
    case: str
    tasks: dict[str, list[str]] = field(default_factory=dict)
    seats: dict[str, list[str]] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    urged: list[str] = field(default_factory=list)

    def see(self) -> dict[str, Any]:
        """Reads how the case stands."""
        with self.kit.database.read() as session:
            ((status,),), variables, tasks, parties, urged = Link(session).several(*((sql, (self.case,)) for sql in ASKED))
        values = {name: decode(bytes(content)) for name, content in variables}
        seats = [row for row in parties if row[2] != "copy"]
        self.copies = {row[3]: row[1] for row in parties if row[2] == "copy"}
        self.tasks = {step: [row[0] for row in tasks if row[1] == step] for step in STEPS}
        self.seats = {row[0]: [seat[1] for seat in seats if seat[0] == row[0]] for row in tasks}
        self.urged = [row[0] for row in urged]
        return {
            "status": status,
            "note": values.get("note"),
            "signed": {step: _signed(said) for step, said in values.get("signed", {}).items()},
            "tasks": {
                step: [
                    (*_open(row), row[6] or "" if row[2] == "completed" else "", bool(row[7]), [(*seat[2:5], bool(seat[5])) for seat in seats if seat[0] == row[0]])
                    for row in tasks if row[1] == step
                ]
                for step in STEPS
            },
            "copies": sorted((row[3], row[4]) for row in parties if row[2] == "copy"),
            "urged": [list(row[1:]) for row in urged],
        }  # fmt: skip

    def task(self, desk: Desk, task: Task) -> str:
        """The identifier of a task of the reference."""
        return self.tasks[task.step][[one for one in desk.way.tasks if one.step == task.step].index(task)]

    def seat(self, desk: Desk, task: Task, seat: Seat) -> str:
        """The identifier of a seat of the reference."""
        return self.seats[self.task(desk, task)][next(at for at, one in enumerate(task.seats) if one is seat)]


def _open(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """State, and of what is open: holder, whether he took it, draft."""
    if row[2] != "open":
        return row[2], "", False, None
    return row[2], row[3] or "", bool(row[4]), orjson.loads(row[5]) if row[5] else None


def _signed(said: dict[str, Any]) -> dict[str, Any]:
    """Without names, opinions and moments."""
    return {**said, "signatures": [(one["person_id"], one["kind"], one["agreed"]) for one in said["signatures"]]}


def expected(desk: Desk) -> dict[str, Any]:
    """What `Side.see` must find."""
    return {
        "status": desk.way.status,
        "note": desk.way.values.get("note"),
        "signed": desk.way.signed,
        "tasks": {step: [_task(task) for task in desk.way.tasks if task.step == step] for step in STEPS},
        "copies": sorted(desk.copies.items()),
        "urged": desk.urged,
    }


def _task(task: Task) -> tuple[Any, ...]:
    is_open = task.state == "open"
    stands = (task.state, task.holder, task.is_claimed, task.draft) if is_open else (task.state, "", False, None)
    return (*stands, task.doer, task.came is not None, [(s.kind, s.person or None, s.state, s.blocks) for s in task.seats])
