"""What stands still and needs an operator: open incidents, effects that are tried again, effects held back after a restore."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from engine import incidents
from engine.codec import decode
from engine.link import Link
from engine.people import Actor
from engine.rights import sees

STOPPED, RETRYING, HELD = "stopped", "retrying", "held"
EFFECT, TIMER, MESSAGE, TASK, OTHER = "effect", "timer", "message", "task", "other"
_KINDS = {"effect": EFFECT, "external": EFFECT, "timer": TIMER, "message": MESSAGE, "complete": TASK}
_ROWS = {
    EFFECT: "SELECT state, topic, due_at, attempts FROM outbox WHERE id = ?",
    TIMER: "SELECT CASE WHEN stuck = 1 THEN 'failed' ELSE 'pending' END, timer_kind, due_at, attempts FROM timer WHERE id = ?",
    MESSAGE: "SELECT state, name, due_at, attempts FROM message WHERE id = ?",
}
_OF_EFFECTS = {
    HELD: "outbox.state = 'held'",
    RETRYING: "(outbox.state = 'pending' AND last_error <> '' AND (worker = '' OR due_at <= ?))",
}
_CASE = "i.procedure, i.title FROM {table} LEFT JOIN instance i ON i.id = {table}.instance_id"


@dataclass(frozen=True)
class Query:
    """What the list is narrowed to; `older` than this."""

    state: str = ""
    kind: str = ""
    procedure: str = ""
    older: timedelta | None = None


@dataclass(frozen=True)
class Trouble:
    """One thing that stands still. `id` is the row of the effect, timer or message (of the incident, for anything else)."""

    id: str
    kind: str
    state: str
    what: str
    procedure: str
    instance_id: str | None
    title: str
    is_seen: bool
    element: str
    reason: str
    attempts: int
    since: datetime
    next_at: datetime | None

    @property
    def may_be_retried(self) -> bool:
        """By an operator; a task is tried again by whoever did it."""
        return self.kind in {EFFECT, TIMER, MESSAGE}


def listed(link: Link, actor: Actor, query: Query, now: datetime, limit: int) -> tuple[list[Trouble], bool]:
    """The oldest first, and whether there are more."""
    before = link.moment(now - query.older) if query.older else None
    found = [*_incidents(link, query, before, limit), *_effects(link, query, before, now, limit)]
    found.sort(key=lambda trouble: (trouble.since, trouble.id))
    return [_shown(link, actor, trouble) for trouble in found[:limit]], len(found) > limit


def count(link: Link) -> int:
    """How many wait for a person."""
    held = link.one("SELECT count(*) FROM outbox WHERE state = 'held'")
    row = link.one("SELECT count(*) FROM incident WHERE resolved_at IS NULL")
    return int((held or (0,))[0]) + int((row or (0,))[0])


def _shown(link: Link, actor: Actor, trouble: Trouble) -> Trouble:
    """The name of a case is for those who may see the case."""
    if trouble.instance_id and sees(link, trouble.instance_id, actor):
        return Trouble(**{**vars(trouble), "is_seen": True})
    return Trouble(**{**vars(trouble), "title": ""})


def _incidents(link: Link, query: Query, before: Any, limit: int) -> list[Trouble]:
    if query.state == HELD:
        return []
    operations = [op for op, kind in _KINDS.items() if query.kind in {kind, OTHER}]
    of_kind = ("NOT " if query.kind == OTHER else "") + "(" + " OR ".join("action LIKE ?" for _ in operations) + ")"
    rows = link.all(
        "SELECT incident.id, incident.instance_id, element, action, reason, attempts, created_at, " + _CASE.format(table="incident")
        + " WHERE resolved_at IS NULL"
        + (" AND i.procedure = ?" if query.procedure else "") + (" AND created_at <= ?" if before else "")
        + (f" AND {of_kind}" if operations else "") + _of_state(link, query.state) + " ORDER BY created_at, incident.id LIMIT ?",
        *[query.procedure] * bool(query.procedure), *[before] * bool(before), *(f'{{"operation":"{op}"%' for op in operations), limit + 1,
    )  # fmt: skip
    return [_of_incident(link, row) for row in rows]


def _of_state(link: Link, state: str) -> str:
    """Whether the row that an incident is about will be tried again, asked before the list is cut off."""
    if not state:
        return ""
    target = incidents.target(sqlite=link.is_sqlite)
    pending = {"outbox": "state = 'pending'", "timer": "stuck = 0", "message": "state = 'pending'"}
    found = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {table}.id = {target} AND {table}.{row})" for table, row in pending.items()
    )
    return f" AND {'NOT ' if state == STOPPED else ''}({found})"


def kind_of(action: str) -> str:
    """The kind of an incident, by what was tried."""
    return _KINDS.get(orjson.loads(action)["operation"], OTHER)


def _of_incident(link: Link, row: tuple[Any, ...]) -> Trouble:
    id_, instance_id, element, action, reason, attempts, since, procedure, title = row
    tried = orjson.loads(action)
    kind = _KINDS.get(tried["operation"], OTHER)
    target = str(decode(tried["payload"]).get("id", "")) if kind in _ROWS else ""
    at = link.one(_ROWS[kind], target) if target else None
    state, what, due, tries = at or ("failed", tried["operation"], None, attempts)
    return Trouble(
        target or id_, kind, RETRYING if state == "pending" else STOPPED, what, procedure or "", instance_id, title or "", False,
        element, reason, tries or attempts, _moment(link, since), link.as_moment(due) if state == "pending" else None,
    )  # fmt: skip


def _effects(link: Link, query: Query, before: Any, now: datetime, limit: int) -> list[Trouble]:
    """Effects that failed and wait for their next attempt have no incident yet; those held back never failed."""
    if query.state == STOPPED or query.kind not in {"", EFFECT}:
        return []
    states = [sql for state, sql in _OF_EFFECTS.items() if query.state in {"", state}]
    rows = link.all(
        "SELECT outbox.id, outbox.instance_id, element, topic, outbox.state, last_error, attempts, created_at, due_at, "
        + _CASE.format(table="outbox")
        + f" WHERE ({' OR '.join(states)})"
        + (" AND i.procedure = ?" if query.procedure else "") + (" AND created_at <= ?" if before else "")
        + " ORDER BY created_at, outbox.id LIMIT ?",
        *[link.moment(now)] * (query.state != HELD), *[query.procedure] * bool(query.procedure), *[before] * bool(before), limit + 1,
    )  # fmt: skip
    return [
        Trouble(
            id_, EFFECT, HELD if state == "held" else RETRYING, topic, procedure or "", instance_id, title or "", False, element, error,
            attempts, _moment(link, since), None if state == "held" else link.as_moment(due),
        )
        for id_, instance_id, element, topic, state, error, attempts, since, due, procedure, title in rows
    ]  # fmt: skip


def _moment(link: Link, value: Any) -> datetime:
    found = link.as_moment(value)
    assert found is not None
    return found
