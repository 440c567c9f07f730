"""What people do with a task: claim by compare-and-set, release, draft, complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from db.types import dump_json
from engine.case import Case
from engine.errors import EngineError, FormInvalid, NotFound, NotYours, PreparedByYou, TaskAlreadyClaimed, TaskNotOpen
from engine.link import Link
from engine.people import Actor


@dataclass(frozen=True)
class OpenTask:
    """An open task as the verbs need it."""

    id: str
    instance_id: str
    token: int
    element: str
    name: str
    opened_version: int
    assignee_id: str | None


def find(link: Link, task_id: str) -> OpenTask:
    """The task if it is open; raises NotFound or TaskNotOpen."""
    row = link.one(
        "SELECT id, instance_id, token, element, name, opened_version, assignee_id, state FROM task WHERE id = ?" + link.lock,
        task_id,
    )
    if row is None:
        raise NotFound(task=task_id)
    if row[7] != "open":
        raise TaskNotOpen(task=task_id)
    return OpenTask(*row[:7])


def holds_post(link: Link, task_id: str, actor: Actor) -> bool:
    """Whether one of the actor's posts is a candidate."""
    posts = sorted(actor.post_ids)
    if not posts:
        return False
    sql = f"SELECT 1 FROM task_candidate WHERE task_id = ? AND post_id IN ({link.places(posts)}) LIMIT 1"
    return link.one(sql, task_id, *posts) is not None


def claim(link: Link, now: datetime, task_id: str, actor: Actor) -> None:
    """Takes the task where it is still free; the row count tells who was first."""
    task = find(link, task_id)
    if not holds_post(link, task_id, actor):
        raise NotYours(task=task_id, instance=task.instance_id)
    if task.assignee_id == actor.person_id:
        return
    done = link.run(
        "UPDATE task SET assignee_id = ?, assignee_name = ?, claimed_at = ? WHERE id = ? AND state = 'open' AND assignee_id IS NULL",
        actor.person_id, actor.name, link.moment(now), task_id,
    )  # fmt: skip
    if done != 1:
        raise TaskAlreadyClaimed(task=task_id)
    link.run("UPDATE task_candidate SET claimable = 0 WHERE task_id = ?", task_id)
    note(link, now, task, "claimed", actor)


def release(link: Link, now: datetime, task_id: str, actor: Actor) -> None:
    """Only who holds a task can give it back; a draft stays with it."""
    task = find(link, task_id)
    done = link.run(
        "UPDATE task SET assignee_id = NULL, assignee_name = '', claimed_at = NULL WHERE id = ? AND state = 'open' AND assignee_id = ?",
        task_id, actor.person_id,
    )  # fmt: skip
    if done != 1:
        raise NotYours(task=task_id, instance=task.instance_id)
    link.run("UPDATE task_candidate SET claimable = 1 WHERE task_id = ?", task_id)
    note(link, now, task, "released", actor)


def save_draft(link: Link, task_id: str, values: Mapping[str, Any], actor: Actor) -> None:
    """Keeps raw form values with the task."""
    require_mine(link, task_id, actor)
    link.run("UPDATE task SET draft = ? WHERE id = ?", dump_json(dict(values)), task_id)


def require_mine(link: Link, task_id: str, actor: Actor) -> OpenTask:
    """The open task, if the actor holds it and a post for it; raises NotYours, TaskAlreadyClaimed, TaskNotOpen.

    A task that nobody has claimed yet may be completed at once by whoever could claim it.
    """
    task = find(link, task_id)
    if task.assignee_id not in {None, actor.person_id}:
        if holds_post(link, task_id, actor):
            raise TaskAlreadyClaimed(task=task_id)
        raise NotYours(task=task_id, instance=task.instance_id)
    has_candidates = link.one("SELECT 1 FROM task_candidate WHERE task_id = ? LIMIT 1", task_id) is not None
    if not holds_post(link, task_id, actor) and (has_candidates or task.assignee_id != actor.person_id):
        raise NotYours(task=task_id, instance=task.instance_id)
    return task


def complete(case: Case, task: OpenTask, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Checks the form, stores its values and lets the token go on; returns what is open next."""
    link, token = case.link, case.machine.tokens.get(task.token)
    if token is None:
        raise TaskNotOpen(task=task.id)
    element, scope = case.machine.element(token), case.machine.scopes[token.scope]
    _not_by(case, element.not_by, element.name)
    form = case.procedure.form(element)
    values: dict[str, Any] = {}
    if form is not None:
        loaded = form.load(raw, case.view(scope).flat())
        if loaded.errors:
            raise FormInvalid(loaded.errors)
        values = loaded.values
    link.run(
        "UPDATE task SET state = 'completed', assignee_id = ?, assignee_name = ?, closed_at = ?, closed_by = ?, draft = NULL WHERE id = ?",
        case.actor.person_id, case.actor.name, link.moment(case.now), case.actor.person_id, task.id,
    )  # fmt: skip
    link.run("DELETE FROM task_candidate WHERE task_id = ?", task.id)
    case.note("completed_task", task.element, task.name, {"task": task.id, "values": values})
    case.assign(element, scope, {**values, **_who(case, element.id)})
    case.machine.complete(task.token)
    case.run()
    return {"instance_id": task.instance_id, "tasks": [row[0] for row in case.waiting.tasks.values()]}


def _who(case: Case, element_id: str) -> dict[str, Any]:
    """Who did which task, for signatures on papers: variable `done_by`, task → name, person, day."""
    done = dict(case.store.contents.get(min(case.store.contents, default=0), {}).get("done_by") or {})
    done[element_id] = {"person_id": case.actor.person_id, "name": case.actor.name, "on": case.kernel.clock.today()}
    return {"done_by": done}


def _not_by(case: Case, elements: tuple[str, ...], name: str) -> None:
    """Whoever prepared does not approve (separation of duties, procedures 0)."""
    for element in elements:
        row = case.link.one(
            "SELECT 1 FROM history WHERE instance_id = ? AND kind = 'completed_task' AND element = ? AND person_id = ? LIMIT 1",
            case.ref.instance_id, element, case.actor.person_id,
        )  # fmt: skip
        if row is not None:
            raise PreparedByYou(f"您经办过前面的环节，不能再办理“{name}”", element=element, instance=case.ref.instance_id)


def note(link: Link, now: datetime, task: OpenTask, kind: str, actor: Actor, details: Mapping[str, Any] | None = None) -> None:
    """One row in the history of the case of a task."""
    link.run(
        "INSERT INTO history (instance_id, at, kind, element, name, person_id, person_name, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        task.instance_id, link.moment(now), kind, task.element, task.name, actor.person_id, actor.name,
        orjson.dumps(details).decode() if details else None,
    )  # fmt: skip


def note_refusal(
    link: Link, now: datetime, operation: str, actor: Actor, payload: Mapping[str, Any], refusal: EngineError
) -> None:
    """Each refusal is in the trail of the case, with who tried what."""
    instance = payload.get("instance_id") or refusal.values.get("instance") or ""
    link.run(
        "INSERT INTO history (instance_id, at, kind, element, name, person_id, person_name, details) VALUES (?, ?, 'refused', '', ?, ?, ?, ?)",
        instance, link.moment(now), str(refusal)[:255], actor.person_id, actor.name,
        orjson.dumps({"operation": operation, "task": payload.get("task_id", ""), "why": type(refusal).__name__}).decode(),
    )  # fmt: skip
