"""What can be seen of the cases of a walk, free of identifiers and of the day: every row that says where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from db.session import Database
from engine.codec import decode
from engine.link import Link

# All identifiers sort by time of birth, so that what belongs to a walk is what is younger than its first case.
CASES = "SELECT id, process_id, status, version, state FROM instance WHERE id >= ? ORDER BY id"
TASKS = "SELECT element, id FROM task WHERE state = 'open' AND instance_id >= ? ORDER BY element, id"
TIMERS = "SELECT element, occurrence, due_at FROM timer WHERE done_at IS NULL AND instance_id >= ? ORDER BY due_at, id"
WAITS = "SELECT element, kind, name, correlation FROM subscription WHERE instance_id >= ? ORDER BY id"
WORK = "SELECT element, topic, state, attempts, due_at, external, id FROM outbox WHERE state IN ('pending', 'failed') AND instance_id >= ? ORDER BY id"
LETTERS = "SELECT kind, name, state, attempts FROM message WHERE id >= ? ORDER BY id"
VALUES = "SELECT instance_id, scope_id, name, content, version, element FROM variable WHERE instance_id >= ? ORDER BY instance_id, scope_id, name"
FAULTS = "SELECT element, reason, resolved_at IS NULL FROM incident WHERE instance_id >= ? ORDER BY id"
HISTORY = "SELECT instance_id, kind, element, person_name, details, path FROM history WHERE instance_id >= ? ORDER BY id"


@dataclass(frozen=True)
class Standing:
    """Where the cases stand. `cases` holds the very bytes of their states."""

    cases: list[Any]
    tasks: list[str]
    timers: list[Any]
    waits: list[Any]
    work: list[Any]
    letters: list[Any]
    values: list[Any]
    faults: list[Any]

    @property
    def is_waiting(self) -> bool:
        """Whether anything at all waits."""
        return bool(self.tasks or self.timers or self.waits or self.work)


@dataclass(frozen=True)
class Handles:
    """By what the open things are taken hold of: identifiers of tasks, of work elsewhere, and how many rows are due now."""

    tasks: list[str]
    jobs: list[str]
    due: int
    later: int


def look(database: Database, root: str, begun: datetime, now: datetime) -> tuple[Standing, Handles]:
    """Everything about the case `root` and those that came after it; moments are counted from `begun`."""
    with database.read() as session:
        link = Link(session)
        cases, tasks, timers, waits, work, letters, values, faults = link.several(
            *((sql, (root,)) for sql in (CASES, TASKS, TIMERS, WAITS, WORK, LETTERS, VALUES, FAULTS))
        )
    plain = Plain([row[0] for row in cases], begun)
    moments = [Link.as_moment(row[2]) for row in timers] + [Link.as_moment(row[4]) for row in work if not row[5]]
    due = sum(moment is not None and moment <= now for moment in moments) + sum(row[2] == "pending" for row in letters)
    standing = Standing(
        [(row[1], row[2], row[3], bytes(row[4])) for row in cases], [row[0] for row in tasks],
        [(row[0], row[1], plain(Link.as_moment(row[2]))) for row in timers], [(*row[:3], plain(row[3])) for row in waits],
        [(*row[:4], plain(Link.as_moment(row[4]))) for row in work], letters,
        [(plain(row[0]), row[1], row[2], plain(decode(bytes(row[3]))), row[4], row[5]) for row in values],
        [(row[0], plain(row[1]), bool(row[2])) for row in faults],
    )  # fmt: skip
    handles = Handles([row[1] for row in tasks], [row[6] for row in work if row[5]], due, len(moments) - due)
    return standing, handles


def history(database: Database, root: str, begun: datetime) -> list[Any]:
    """The whole trail of the cases, and the way that their tokens went."""
    with database.read() as session:
        link = Link(session)
        cases, rows = link.several((CASES, (root,)), (HISTORY, (root,)))
    plain = Plain([row[0] for row in cases], begun)
    return [(plain(row[0]), *row[1:4], plain(_json(row[4])), _json(row[5])) for row in rows]


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value


class Plain:
    """Values as they are in every walk: cases by their number, moments by their distance from the beginning."""

    def __init__(self, cases: Iterable[str], begun: datetime) -> None:
        self.cases = {id_: f"case {number}" for number, id_ in enumerate(cases)}
        self.begun = begun

    def __call__(self, value: Any) -> Any:
        """The value itself where nothing in it belongs to this walk alone."""
        if isinstance(value, str):
            for id_, said in self.cases.items():
                value = value.replace(id_, said)
            return value
        if isinstance(value, datetime):
            return (value - self.begun).total_seconds()
        if isinstance(value, date):
            return (value - self.begun.date()).days
        if isinstance(value, Mapping):
            return {name: self(inner) for name, inner in value.items() if name != "task"}  # the identifier of a task
        return [self(inner) for inner in value] if isinstance(value, (list, tuple)) else value
