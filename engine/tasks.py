"""What people do with a task: claim by compare-and-set; release, draft and complete under the lock of its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from db.clock import legal_date
from db.types import dump_json
from engine import batch, drafts, history, incidents
from engine.case import COLUMNS, Case
from engine.choices import filled
from engine.errors import DraftChanged, FormInvalid, NotFound, NotYours, PreparedByYou, Refusal, TaskAlreadyClaimed, TaskNotOpen
from engine.idempotency import Known
from engine.kernel import Kernel, Warm
from engine.link import Link
from engine.moves import resubmitting
from engine.parties import completing, rows
from engine.parties.rows import Party
from engine.people import Actor
from engine.rights import acting, is_forsaken, lent_posts, may_do, own_posts, prepared_by
from engine.scopes import unless, visible
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
    claimed_at: Any
    process_id: str
    due_on: Any
    definition_id: str
    listed: bool  # whether there are posts for it at all; one that the model gives to a person has none
    held: bool  # whether the actor has one of them
    lent: bool  # whether one for whom he deputises in this process has one
    attended: bool  # whether anybody was ever asked beside the holder (`engine.parties`)

    def done_by(self, actor: Actor) -> Actor:
        """The actor as he does this task: in his own name, or for the one whose post or task it is."""
        return acting(actor, self.process_id, self.assignee_id, held=bool(self.held), lent=bool(self.lent))


class Look:
    """Everything that a verb must know before it acts, read and locked by one question: the task, the actor's right, the answer given
    before. It is asked anew when the transaction is tried again.
    """

    def __init__(self, task_id: str, actor: Actor) -> None:
        self.task_id = task_id
        self.actor = actor
        self.row: tuple[Any, ...] | None = None

    def recall(self, link: Link, key: str) -> Known:
        """Asks; what is stored under the key."""
        self._read(link, key)
        return self.row[:2] if self.row is not None and self.row[0] is not None else None

    def _read(self, link: Link, key: str) -> None:
        self.row = link.one(question(self.actor, link.lock_of("t")), *self._values(key))

    def _values(self, key: str) -> tuple[str, ...]:
        return (*own_posts(self.actor)[1], *lent_posts(self.actor)[1], key, self.task_id)

    @property
    def process_id(self) -> str:
        """The process of the task, open or not; raises NotFound."""
        if self.row is None:
            raise NotFound(task=self.task_id)
        return OpenTask(*self.row[3:_OF_TASK]).process_id

    def task(self) -> OpenTask:
        """The task, if it is open; raises NotFound or TaskNotOpen."""
        if self.row is None:
            raise NotFound(task=self.task_id)
        task = OpenTask(*self.row[3:_OF_TASK])
        if self.row[2] != "open":
            raise TaskNotOpen(task=task.id, instance=task.instance_id)
        return task


class Glance(Look):
    """As `Look`, without a lock and before the transaction: whoever comes too late hears so at once, and waits for nobody."""

    def _read(self, link: Link, key: str) -> None:
        self.row = link.glance(question(self.actor, ""), *self._values(key))

    def free_task(self, kernel: Kernel, session: Session, link: Link) -> OpenTask:
        """The task, if the actor may take it or has it; raises NotFound, TaskNotOpen, NotYours, TaskAlreadyClaimed."""
        try:
            task = self.task()
            holder, stead = task.assignee_id, self.actor.stead_in(task.process_id)
            if not (task.held or task.lent):
                raise NotYours(task=task.id, instance=task.instance_id)
            is_absent = bool(task.lent) and stead is not None and holder == stead.person_id  # his deputy goes on with what he has begun
            is_others = holder is not None and holder != self.actor.person_id and not is_absent
            since = link.as_moment(task.claimed_at)
            if is_others and not is_forsaken(kernel, session, link, task.id, str(holder), since, task.process_id):
                raise TaskAlreadyClaimed(task=task.id)
        except Refusal as refusal:
            refusal.is_first_answer = True
            raise
        return task


class LookWithCase(Look):
    """As `Look`, with the case; it is locked before its task, as in every step."""

    def __init__(self, task_id: str, actor: Actor, warm: Warm) -> None:
        super().__init__(task_id, actor)
        self._warm = warm
        self._variables: tuple[int, list[tuple[Any, ...]]] | None = None

    def _read(self, link: Link, key: str) -> None:
        asked = question(self.actor, link.lock_of("i, t"), f", {COLUMNS}")
        if link.is_sqlite:
            self.row = link.one(asked, *self._values(key))
            return
        known = self._warm.version_of_task(self.task_id)
        found, variables = link.several((asked, self._values(key)), (_VARIABLES, (self.task_id, known)))
        self.row, self._variables = (found[0] if found else None), (known, variables)

    def case(self, kernel: Kernel, session: Session, link: Link) -> Case:
        """The case at work."""
        assert self.row is not None
        return Case.of_rows(kernel, session, link, [self.row[_OF_TASK:]], self.row[4], self.actor, self._variables)


_OF_TASK = 18  # the columns of a case stand behind
_VARIABLES = unless("(SELECT instance_id FROM task WHERE id = ?)")


def question(actor: Actor, lock: str, more: str = "") -> str:
    """What every verb asks of a task. What was asked of others is told by a column of the task itself: of rows elsewhere, PostgreSQL would show
    them as they were before the lock was waited for.
    """
    listed = "EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id"
    own, lent = own_posts(actor)[0], lent_posts(actor)[0]
    held = f"{listed} AND {own})" if actor.post_ids else "1 = 0"
    lent = f"{listed} AND {lent})" if actor.steads else "1 = 0"
    return (
        "SELECT k.digest, k.answer, t.state, t.id, t.instance_id, t.token, t.element, t.name, t.opened_version, t.assignee_id, t.claimed_at, t.process_id,"
        f" t.due_on, i.definition_id, {listed}), {held}, {lent}, t.attended{more} FROM task t JOIN instance i ON i.id = t.instance_id"
        f" LEFT JOIN idempotency k ON k.key = ? WHERE t.id = ?{lock}"
    )


def claim(kernel: Kernel, session: Session, link: Link, look: Glance) -> None:
    """Takes the task if its holder is still who he was at the glance, so that of two who saw it free exactly one takes it."""
    task, now = look.free_task(kernel, session, link), kernel.clock.now()
    actor = task.done_by(look.actor)
    if task.assignee_id == actor.person_id:
        return
    element = kernel.definitions.get(link, task.definition_id).models[task.process_id].elements[task.element]
    bar_preparers(link, task.instance_id, element, actor)
    if task.attended:
        completing.bar_signers(rows.of_task(link, task.id), actor, task.id, task.instance_id)
    link.put_one(
        "UPDATE task SET assignee_id = ?, assignee_name = ?, claimed_at = ?"
        " WHERE id = ? AND state = 'open' AND assignee_id IS NOT DISTINCT FROM ?",
        actor.person_id, actor.name, link.moment(now), task.id, task.assignee_id,
    )  # fmt: skip
    link.put("UPDATE task_candidate SET claimable = 0 WHERE task_id = ?", task.id)
    history.add(link, now, task.instance_id, "claimed", actor, element=task.element, name=task.name)


def release(kernel: Kernel, link: Link, look: Look) -> None:
    """Only who holds a task can give it back, and only to posts; a draft stays with it."""
    task = look.task()
    actor = task.done_by(look.actor)
    if not task.listed:
        raise NotYours("这项任务指定由您办理，没有可以退回的岗位", task=task.id, instance=task.instance_id)
    if task.assignee_id != actor.person_id:
        raise NotYours(task=task.id, instance=task.instance_id)
    if task.attended:
        completing.require_movable(link, task.id, task.instance_id)
    link.put("UPDATE task SET assignee_id = NULL, assignee_name = '', claimed_at = NULL WHERE id = ?", task.id)
    link.put("UPDATE task_candidate SET claimable = 1 WHERE task_id = ?", task.id)
    history.add(link, kernel.clock.now(), task.instance_id, "released", actor, element=task.element, name=task.name)


def save_draft(link: Link, look: Look, values: Mapping[str, Any], seen: str | None) -> None:
    """Keeps raw form values with the task; raises DraftChanged where another draft than the one `seen` is there by now."""
    task = require_mine(look)
    if task.attended:
        completing.require_movable(link, task.id, task.instance_id)  # a page that was left open must not write over what was handed in
    if seen is not None:
        row = link.one("SELECT draft FROM task WHERE id = ?", task.id)
        held = orjson.loads(row[0]) if row is not None and row[0] else None
        if drafts.mark(held) not in {seen, drafts.mark(values)}:
            raise DraftChanged(task=task.id, instance=task.instance_id)
    link.put("UPDATE task SET draft = ? WHERE id = ?", dump_json(dict(values)), task.id)


def require_mine(look: Look) -> OpenTask:
    """The open task, if the actor holds it and a post for it; raises NotYours, TaskAlreadyClaimed, TaskNotOpen.

    A task that nobody has claimed yet may be completed at once by whoever could claim it. A post that was taken away
    takes its tasks along, but for those that the model gives to a person.
    """
    task = look.task()
    if task.assignee_id not in {None, look.actor.person_id}:
        if task.held or task.lent:
            raise TaskAlreadyClaimed(task=task.id)
        raise NotYours(task=task.id, instance=task.instance_id)
    if not may_do(task.assignee_id, look.actor, held=bool(task.held or task.lent), listed=task.listed):
        raise NotYours(task=task.id, instance=task.instance_id)
    return task


def complete(kernel: Kernel, session: Session, link: Link, look: LookWithCase, raw: Mapping[str, Any] | None) -> dict[str, Any]:
    """Checks right and form, stores the values and lets the token go on; returns what is open next.

    Where others are asked to sign after it, what was entered is kept until they have (`engine.parties`). `raw` None: what the model enters in a batch.
    Raises WaitsForOthers, and what `engine.batch` raises.
    """
    task = require_mine(look)
    case = look.case(kernel, session, link)
    case.actor = task.done_by(look.actor)
    token = case.machine.tokens[task.token]
    element, scope = case.machine.element(token), case.machine.scopes[token.scope]
    case.at_element = element.id
    bar_preparers(link, case.ref.instance_id, element, case.actor)
    seats = rows.of_task(link, task.id) if task.attended else []
    completing.bar_signers(seats, case.actor, task.id, task.instance_id)
    completing.require_free(seats, task.id, task.instance_id)
    if raw is None:
        completing.require_agreed(seats, task.id, task.instance_id)
    raw = batch.entries(case, element, scope) if raw is None else raw
    values = entered(case, element, scope, raw, is_party=bool(look.actor.party))
    if after := completing.signing_after(seats):
        _take(link, task, case.actor, case.now)
        completing.hand_in(case, task.name, task.id, raw, values, after)
        case.flush()
        return {"instance_id": task.instance_id, "tasks": []}
    return go_on(case, task, element, scope, values, seats, case.now)


def go_on(
    case: Case, task: OpenTask, element: Element, scope: Scope, values: Mapping[str, Any], seats: Sequence[Party], done_at: datetime
) -> dict[str, Any]:  # fmt: skip
    """The task is done by the actor of the case, and its token goes on."""
    case.waiting.done(task.id, task.process_id, task.due_on, attended=task.attended)
    case.note("completed_task", task.element, task.name, {"task": task.id, "values": dict(values)})
    case.assign(element, scope, values, since=task.opened_version)
    home = visible(case.machine.scopes, scope)[-1]
    completing.keep_signatures(case, element, home, seats)
    _sign(case, element, home, done_at)
    resubmitting.go_on(case, task.token)
    case.run()
    if case.incidents:
        incidents.resolve_task(case.link, case.ref.instance_id, task.id, case.now)
    case.flush()
    return {"instance_id": task.instance_id, "tasks": [row[0] for row in case.waiting.tasks.values()]}


def _take(link: Link, task: OpenTask, actor: Actor, now: datetime) -> None:
    """A task that is handed in without having been claimed is his who handed it in."""
    if task.assignee_id is None:
        link.put(
            "UPDATE task SET assignee_id = ?, assignee_name = ?, claimed_at = ? WHERE id = ?",
            actor.person_id, actor.name, link.moment(now), task.id,
        )  # fmt: skip
        link.put("UPDATE task_candidate SET claimable = 0 WHERE task_id = ?", task.id)


def bar_preparers(link: Link, instance_id: str, element: Element, actor: Actor) -> None:
    """Whoever prepared does not approve (separation of duties, procedures 0)."""
    if element.not_by and (prepared := prepared_by(link, instance_id, element, actor)):
        raise PreparedByYou(f"您经办过“{prepared}”，不能再办理“{element.name}”", element=element.id, instance=instance_id)


def entered(case: Case, element: Element, scope: Scope, raw: Mapping[str, Any], *, is_party: bool = False) -> dict[str, Any]:
    """The values of the form of a task, of a party those that it is asked for alone; raises FormInvalid."""
    form = case.procedure.form_to_fill(element)
    if form is None:
        return {}
    form = form.for_party() if is_party else form
    known = case.view(scope).flat()
    loaded = filled(case.kernel, case.session, form, case.ref.office_id, known=known).load(raw, known)
    if loaded.errors:
        raise FormInvalid(loaded.errors, loaded.errors_en)
    return loaded.values


def _sign(case: Case, element: Element, home: int, at: datetime) -> None:
    """Who did which task last, for signatures on papers: variable `done_by`, task → person, name, day, moment; of a deputy both names."""
    done = dict(case.store.contents.get(home, {}).get("done_by") or {})
    done[element.id] = {"person_id": case.actor.person_id, "name": case.actor.signature, "on": legal_date(at), "at": at}
    if case.actor.acts_for is not None:
        done[element.id] |= {"for_id": case.actor.acts_for.person_id, "by_name": case.actor.name}
    case.store.keep(home, "done_by", done, element.id)
