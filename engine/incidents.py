"""Steps that did not succeed: written in a transaction of their own, shown on the case, resolved by trying again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from db.ids import new_id
from db.types import dump_json
from engine.codec import decode, encode
from engine.errors import NotFound
from engine.link import Link, hold
from engine.people import Actor
from engine.rights import sees

ROW_OF = {"external": "effect"}  # work elsewhere stands in the outbox too
_TARGET = '\\"id\\":\\"'  # before the id of the row, in the payload that is JSON within the JSON of an action
_ID_LENGTH = 32


@dataclass(frozen=True)
class Failed:
    """What was tried: `payload` is enough to try it again; `task_id` where it was a task."""

    operation: str
    person_id: str
    payload: dict[str, Any]
    instance_id: str | None = None
    element: str = ""
    task_id: str | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for attempts at the same thing, whatever was entered: a task, a message, a timer, an effect, a start."""
        what = self.task_id or self.payload.get("id") or encode(self.payload).decode()
        return hashlib.sha256(f"{ROW_OF.get(self.operation, self.operation)}:{what}".encode()).hexdigest()


def record(link: Link, now: datetime, failed: Failed, reason: str, detail: str) -> str:
    """Writes an incident and returns its id; repeated failures of the same thing are one incident that counts them."""
    if failed.instance_id:
        hold(link, failed.instance_id)  # of two failures at the same moment the second finds the first
    else:
        link.alone(f"incident:{failed.fingerprint}")
    action = dump_json({"operation": failed.operation, "person_id": failed.person_id, "payload": encode(failed.payload).decode()})
    row = link.one(
        "SELECT id FROM incident WHERE fingerprint = ? AND resolved_at IS NULL AND instance_id IS NOT DISTINCT FROM ?",
        failed.fingerprint, failed.instance_id,
    )  # fmt: skip
    if row is not None:
        link.put(
            "UPDATE incident SET reason = ?, detail = ?, action = ?, element = ?, attempts = attempts + 1 WHERE id = ?",
            reason, detail, action, failed.element, row[0],
        )  # fmt: skip
        return str(row[0])
    id_ = new_id()
    link.put(
        "INSERT INTO incident (id, instance_id, task_id, element, fingerprint, action, reason, detail, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id_, failed.instance_id, failed.task_id, failed.element, failed.fingerprint, action, reason, detail, link.moment(now),
    )  # fmt: skip
    if failed.instance_id:
        link.put("UPDATE instance SET incidents = incidents + 1 WHERE id = ?", failed.instance_id)
    return id_


def target(*, sqlite: bool) -> str:
    """The id of the row that an incident is about, in SQL.

    It is cut out of the text: what a person entered beside it may be nothing that PostgreSQL takes for JSON.
    """
    find = "instr" if sqlite else "strpos"
    return f"substr(action, {find}(action, '{_TARGET}') + {len(_TARGET)}, {_ID_LENGTH})"


def find(link: Link, incident_id: str, actor: Actor, *, again: str) -> Failed:
    """What failed, for a retry under the key `again`; raises NotFound unless the actor sees the case.

    An incident that is dealt with is found by whoever dealt with it under this key, and has not heard of it.
    """
    row = link.one(
        "SELECT action, instance_id, element, task_id FROM incident WHERE id = ?"
        " AND (resolved_at IS NULL OR EXISTS (SELECT 1 FROM idempotency WHERE key = ?))",
        incident_id, again,
    )  # fmt: skip
    if row is None or (row[1] and not sees(link, row[1], actor)):
        raise NotFound(incident=incident_id)
    action: dict[str, Any] = orjson.loads(row[0])
    return Failed(action["operation"], action["person_id"], decode(action["payload"]), row[1], row[2], row[3])


def reason(link: Link, operation: str, row_id: str) -> str:
    """Why a message, timer or effect failed when it did so last; empty where no incident is open."""
    row = link.one(
        "SELECT reason FROM incident WHERE fingerprint = ? AND resolved_at IS NULL ORDER BY created_at DESC LIMIT 1",
        Failed(operation, "", {"id": row_id}).fingerprint,
    )
    return str(row[0]) if row else ""


def resolve(link: Link, incident_id: str, now: datetime) -> bool:
    """Marks an incident as done with; False where it was so already."""
    row = link.one("SELECT instance_id FROM incident WHERE id = ? AND resolved_at IS NULL", incident_id)
    return row is not None and _resolve(link, "id = ?", incident_id, row[0], now)


def resolve_start(link: Link, failed: Failed, now: datetime) -> None:
    """The same start, which belonged to no case while it failed, went through after all."""
    link.put(
        "UPDATE incident SET resolved_at = ? WHERE fingerprint = ? AND resolved_at IS NULL AND instance_id IS NULL",
        link.moment(now), failed.fingerprint,
    )  # fmt: skip


def resolve_task(link: Link, instance_id: str, task_id: str, now: datetime) -> None:
    """The task went through after all."""
    _resolve(link, "task_id = ?", task_id, instance_id, now)


def resolve_job(link: Link, operation: str, row_id: str, now: datetime) -> None:
    """The message, timer or effect went through after all: a message that failed with its sender and then with its receiver left an
    incident in each case.
    """
    fingerprint = Failed(operation, "", {"id": row_id}).fingerprint
    rows = link.all(
        "SELECT id, instance_id FROM incident WHERE fingerprint = ? AND resolved_at IS NULL ORDER BY instance_id, id", fingerprint
    )
    for id_, instance_id in rows:
        _resolve(link, "id = ?", id_, instance_id, now)


def of_withdrawn(link: Link, instance_id: str, tokens: Collection[int], tasks: Collection[str]) -> list[str]:
    """Open incidents of a case about tasks, timers and effects that the step withdraws: nobody can try them again."""
    gone = set[str]()
    for operation, table in (("timer", "timer"), ("effect", "outbox")) if tokens else ():
        of_tokens = f"SELECT id FROM {table} WHERE instance_id = ? AND token IN ({link.places(tokens)})"
        gone |= {Failed(operation, "", {"id": row[0]}).fingerprint for row in link.all(of_tokens, instance_id, *tokens)}
    rows = link.all("SELECT id, fingerprint, task_id FROM incident WHERE instance_id = ? AND resolved_at IS NULL ORDER BY id", instance_id)
    return [row[0] for row in rows if row[1] in gone or row[2] in tasks]


def close(link: Link, instance_id: str, ids: Collection[str], now: datetime) -> None:
    """They are dealt with, along with what they were about."""
    link.many("UPDATE incident SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL", [(link.moment(now), id_) for id_ in ids])
    if ids:
        link.put("UPDATE instance SET incidents = incidents - ? WHERE id = ?", len(ids), instance_id)


def _resolve(link: Link, which: str, value: str, instance_id: str | None, now: datetime) -> bool:
    done = link.run(f"UPDATE incident SET resolved_at = ? WHERE {which} AND resolved_at IS NULL", link.moment(now), value)
    if done and instance_id:
        link.put("UPDATE instance SET incidents = incidents - ? WHERE id = ?", done, instance_id)
    return bool(done)
