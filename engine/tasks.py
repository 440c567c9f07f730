"""What people do with a task: claim by compare-and-set, release, draft, complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db.types import dump_json
from engine import history, incidents
from engine.case import Case
from engine.choices import filled
from engine.errors import FormInvalid, NotFound, NotYours, PreparedByYou, TaskAlreadyClaimed, TaskNotOpen
from engine.kernel import Kernel
from engine.link import Link
from engine.people import Actor
from engine.rights import prepared_by
from engine.scopes import visible
from engine.tokens import Element, Scope


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open task as the verbs need it."""

    id: str
    instance_id: str
    token: int
    element: str
    name: str
    opened_version: int
    assignee_id: str | None
    process_id: str
    due_on: Any
    listed: bool  # whether there are posts for it at all; one that the model gives to a person has none
    held: bool  # whether the actor has one of them


def find(link: Link, task_id: str, actor: Actor) -> OpenTask:
    """The task if it is open, its row locked; raises NotFound or TaskNotOpen."""
    posts = sorted(actor.post_ids)
    row = link.one(_find(link, len(posts)), *posts, task_id)
    if row is None:
        raise NotFound(task=task_id)
    if row[-1] != "open":
        raise TaskNotOpen(task=task_id, instance=row[1])
    return OpenTask(*row[:-1])


def _find(link: Link, posts: int) -> str:
    listed = "EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id"
    held = f"{listed} AND c.post_id IN ({link.places(range(posts))}))" if posts else "1 = 0"
    return (
        "SELECT t.id, t.instance_id, t.token, t.element, t.name, t.opened_version, t.assignee_id, t.process_id, t.due_on,"
        f" {listed}), {held}, t.state FROM task t WHERE t.id = ?{link.lock}"
    )


def claim(kernel: Kernel, link: Link, task_id: str, actor: Actor) -> None:
    """Takes the task where it is still free; the row count tells who was first."""
    task, now = find(link, task_id, actor), kernel.clock.now()
    if not task.held:
        raise NotYours(task=task_id, instance=task.instance_id)
    if task.assignee_id == actor.person_id:
        return
    _bar_preparers(link, task.instance_id, _element(kernel, link, task), actor)
    done = link.run(
        "UPDATE task SET assignee_id = ?, assignee_name = ?, claimed_at = ? WHERE id = ? AND state = 'open' AND assignee_id IS NULL",
        actor.person_id, actor.name, link.moment(now), task_id,
    )  # fmt: skip
    if done != 1:
        raise TaskAlreadyClaimed(task=task_id)
    link.run("UPDATE task_candidate SET claimable = 0 WHERE task_id = ?", task_id)
    history.add(link, now, task.instance_id, "claimed", actor, element=task.element, name=task.name)


def _element(kernel: Kernel, link: Link, task: OpenTask) -> Element:
    row = link.one("SELECT definition_id FROM instance WHERE id = ?", task.instance_id)
    assert row is not None
    return kernel.definitions.get(link, row[0]).models[task.process_id].elements[task.element]


def release(kernel: Kernel, link: Link, task_id: str, actor: Actor) -> None:
    """Only who holds a task can give it back, and only to posts; a draft stays with it."""
    task = find(link, task_id, actor)
    if not task.listed:
        raise NotYours("这项任务指定由您办理，没有可以退回的岗位", task=task_id, instance=task.instance_id)
    done = link.run(
        "UPDATE task SET assignee_id = NULL, assignee_name = '', claimed_at = NULL WHERE id = ? AND state = 'open' AND assignee_id = ?",
        task_id, actor.person_id,
    )  # fmt: skip
    if done != 1:
        raise NotYours(task=task_id, instance=task.instance_id)
    link.run("UPDATE task_candidate SET claimable = 1 WHERE task_id = ?", task_id)
    history.add(link, kernel.clock.now(), task.instance_id, "released", actor, element=task.element, name=task.name)


def save_draft(link: Link, task_id: str, values: Mapping[str, Any], actor: Actor) -> None:
    """Keeps raw form values with the task."""
    require_mine(link, task_id, actor)
    link.run("UPDATE task SET draft = ? WHERE id = ?", dump_json(dict(values)), task_id)


def require_mine(link: Link, task_id: str, actor: Actor) -> OpenTask:
    """The open task, if the actor holds it and a post for it; raises NotYours, TaskAlreadyClaimed, TaskNotOpen.

    A task that nobody has claimed yet may be completed at once by whoever could claim it. A post that was taken away
    takes its tasks along, but for those that the model gives to a person.
    """
    task = find(link, task_id, actor)
    if task.assignee_id not in {None, actor.person_id}:
        if task.held:
            raise TaskAlreadyClaimed(task=task_id)
        raise NotYours(task=task_id, instance=task.instance_id)
    if not task.held and (task.assignee_id is None or task.listed):
        raise NotYours(task=task_id, instance=task.instance_id)
    return task


def complete(case: Case, task_id: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Checks right and form, stores the values and lets the token go on; returns what is open next.

    The case is locked before its task, as in every step.
    """
    link, task = case.link, require_mine(case.link, task_id, case.actor)
    token = case.machine.tokens[task.token]
    element, scope = case.machine.element(token), case.machine.scopes[token.scope]
    case.at_element = element.id
    _bar_preparers(link, case.ref.instance_id, element, case.actor)
    values = _entered(case, element, scope, raw)
    case.waiting.done(task.id, task.process_id, task.due_on)
    case.note("completed_task", task.element, task.name, {"task": task.id, "values": values})
    case.assign(element, scope, values, since=task.opened_version)
    _sign(case, element, scope)
    case.machine.complete(task.token)
    case.run()
    if case.incidents:
        incidents.resolve_task(link, case.ref.instance_id, task.id, case.now)
    return {"instance_id": task.instance_id, "tasks": [row[0] for row in case.waiting.tasks.values()]}


def _bar_preparers(link: Link, instance_id: str, element: Element, actor: Actor) -> None:
    """Whoever prepared does not approve (separation of duties, procedures 0)."""
    if element.not_by and (prepared := prepared_by(link, instance_id, element, actor)):
        raise PreparedByYou(f"您经办过“{prepared}”，不能再办理“{element.name}”", element=element.id, instance=instance_id)


def _entered(case: Case, element: Element, scope: Scope, raw: Mapping[str, Any]) -> dict[str, Any]:
    form = case.procedure.form(element)
    if form is None:
        return {}
    loaded = filled(case.kernel, case.session, form, case.ref.office_id).load(raw, case.view(scope).flat())
    if loaded.errors:
        raise FormInvalid(loaded.errors, loaded.errors_en)
    return loaded.values


def _sign(case: Case, element: Element, scope: Scope) -> None:
    """Who did which task last, for signatures on papers: variable `done_by`, task → person, name, day, moment."""
    process = visible(case.machine.scopes, scope)[-1]
    done = dict(case.store.contents.get(process, {}).get("done_by") or {})
    done[element.id] = {
        "person_id": case.actor.person_id,
        "name": case.actor.name,
        "on": case.kernel.clock.today(),
        "at": case.now,
    }
    case.store.put(process, "done_by", done, element.id)
