"""The front door of the moves: each is one step with an idempotency key; what a page shows before is read without a lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy.orm import Session

from engine import tasks
from engine.case import Case
from engine.codec import decode
from engine.errors import NotActive, NotFound, NotYours, NoWayBack
from engine.link import Link
from engine.moves import returning, stopping, taking
from engine.moves.ground import Done, Ground
from engine.moves.passed import Passed, Preview, preview, steps
from engine.moves.policy import DIRECT, REWALK, WAYS, may_return
from engine.moves.resubmitting import RETURNS
from engine.people import SYSTEM, Actor
from engine.rights import holds, require_sight, starting
from engine.steps import Steps
from engine.views import TaskView

if TYPE_CHECKING:
    from engine.reads import Reads

LATEST = 8  # steps that are looked at for what one may take back: what came before them has been followed by others
OPERATIONS = frozenset(("return", "resubmit", "take_back", "withdraw", "stop_clock", "resume_clock"))


@dataclass(frozen=True, slots=True)
class Returned:
    """Why an open task is open again: who sent it back, when from where, the ways on which it may go on, and whether somebody
    did a step between.
    """

    person_id: str
    person_name: str
    from_element: str
    from_name: str
    reason: str
    ways: tuple[str, ...]
    has_between: bool


@dataclass(frozen=True, slots=True)
class Offers:
    """What a person may take back of a case: the whole of it, or steps that he was the last to do; whether he may end it, stop its clock, resume it."""

    withdraw: bool
    steps: tuple[Done, ...]
    cancel: bool = False
    stop: bool = False
    resume: bool = False


class _ToResubmit(tasks.LookWithCase):
    """A completion whose way was chosen."""

    way = DIRECT

    def case(self, kernel: Any, session: Session, link: Link) -> Case:
        case = super().case(kernel, session, link)
        case.way = self.way
        return case


class Moves:
    """What people do with a case beside its tasks."""

    def __init__(self, steps: Steps, reads: Reads) -> None:
        self._steps, self._reads, self.kernel = steps, reads, steps.kernel

    # --- looking -----------------------------------------------------------------------------------------------------------

    def options(self, task_id: str, actor: Actor) -> list[Passed]:
        """The steps to which the person may return a task; raises NotYours for whoever may not."""
        view = self._mine(task_id, actor)
        with self.kernel.database.read() as session:
            ground, _version = self._ground(Link(session), view.task.instance_id)
            return steps(ground, view.task.token) if may_return(view.element) else []

    def preview(self, task_id: str, node: int, actor: Actor) -> Preview:
        """What returning a task to a passed step would do; raises NoWayBack with the reason why it cannot be."""
        view = self._mine(task_id, actor)
        with self.kernel.database.read() as session:
            ground, version = self._ground(Link(session), view.task.instance_id)
            step, plan = returning.choose(ground, view.element, view.task.token, node)
            return preview(ground, version, step, plan, view.task.token)

    def _mine(self, task_id: str, actor: Actor) -> TaskView:
        view = self._reads.task(task_id, actor)
        if not view.may_return:
            raise NotYours(task=task_id, instance=view.task.instance_id)
        return view

    def _ground(self, link: Link, instance_id: str) -> tuple[Ground, int]:
        procedure, machine = self._reads.machine(link, instance_id)
        row = link.one("SELECT version FROM instance WHERE id = ?", instance_id)
        assert row is not None
        return Ground(link, instance_id, machine, procedure.models.__getitem__), int(row[0])

    def returned(self, view: TaskView) -> Returned | None:
        """Why a task is open again; None for one that was not returned."""
        open_returns = view.values.get(RETURNS)
        id_ = open_returns.get(str(view.task.token)) if isinstance(open_returns, dict) else None
        if id_ is None:
            return None
        with self.kernel.database.read() as session:
            sql = "SELECT person_id, person_name, from_element, from_name, reason, resubmit, parked FROM task_return WHERE id = ?"
            row = Link(session).one(sql, id_)
        if row is None:
            return None
        parked = decode(bytes(row[6])) if row[6] is not None else None
        ways = WAYS[row[5]] if parked is not None else (REWALK,)
        return Returned(row[0], row[1], row[2], row[3], row[4], (REWALK, DIRECT) if ways == (DIRECT,) else ways, bool(parked and parked["between"]))

    def offers(self, instance_id: str, actor: Actor) -> Offers:
        """What the person may take back now; of a case in which he did nothing the way is not even read."""
        with self.kernel.database.read() as session:
            link = Link(session)
            require_sight(link, instance_id, actor)
            row = link.one("SELECT status, started_by, office_id, process_id, definition_id, due_on FROM instance WHERE id = ?", instance_id)
            if row is None or row[0] != "active":
                return Offers(False, ())
            model = self.kernel.definitions.get(link, row[4]).models[row[3]]
            allowed = model.properties.get("may_cancel", "").split(",")
            may_cancel = starting(self.kernel, session, actor, allowed, row[2], row[3]) is not None
            clock = stopping.offered(self.kernel, session, actor, model.properties, (instance_id, row[2], row[3], link.as_day(row[5])))
            done = link.one("SELECT 1 FROM task WHERE instance_id = ? AND state = 'completed' AND closed_by = ? LIMIT 1", instance_id, actor.person_id)
            is_starter = row[1] == actor.person_id and holds(self.kernel, session, actor, model.starters, row[2])
            if done is None and not is_starter:
                return Offers(False, (), may_cancel, *clock)
            ground, _version = self._ground(link, instance_id)
            taken = tuple(one for one in ground.done[-LATEST:] if one.person_id == actor.person_id and _can(partial(taking.judge, ground, actor, one)))
            return Offers(is_starter and _can(partial(taking.judge_withdrawal, ground, actor)), taken, may_cancel, *clock)

    def entries_at_start(self, instance_id: str, actor: Actor) -> dict[str, Any]:
        """What the starter of a case had entered on its start form, as a form holds it; nothing for anybody else."""
        with self.kernel.database.read() as session:
            link = Link(session)
            require_sight(link, instance_id, actor)
            sql = (
                "SELECT h.details FROM history h JOIN instance i ON i.id = h.instance_id"
                " WHERE i.id = ? AND i.started_by = ? AND h.kind = 'started' ORDER BY h.id LIMIT 1"
            )
            row = link.one(sql, instance_id, actor.person_id)
            return returning.as_entered(orjson.loads(row[0]).get("values") or {}) if row and row[0] else {}

    # --- doing -------------------------------------------------------------------------------------------------------------

    def return_task(self, task_id: str, node: int, version: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
        """驳回: returns a task to a passed step, as it was shown at a version of the case; raises NoWayBack, CaseMoved."""
        look = tasks.LookWithCase(task_id, actor, self.kernel.warm)

        def act(session: Session, link: Link) -> dict[str, Any]:
            return returning.return_task(self.kernel, session, link, look, node, version, reason)

        payload = {"task_id": task_id, "node": node, "version": version, "reason": reason}
        answer: dict[str, Any] = self._steps.step("return", actor, key, payload, act, task_id=task_id, recall=look.recall)
        return answer

    def resubmit(self, task_id: str, raw: dict[str, Any], actor: Actor, key: str) -> dict[str, Any]:
        """直达: completes a returned task, and everything stands again where it was returned from; raises NoWayBack. (重走 is `complete`.)"""
        look = _ToResubmit(task_id, actor, self.kernel.warm)
        payload: dict[str, Any] = {"task_id": task_id, "values": dict(raw)}

        def act(session: Session, link: Link) -> dict[str, Any]:
            return tasks.complete(self.kernel, session, link, look, raw)

        answer: dict[str, Any] = self._steps.step("resubmit", actor, key, payload, act, task_id=task_id, recall=look.recall)
        return answer

    def take_back(self, task_id: str, actor: Actor, key: str) -> dict[str, Any]:
        """拿回: a task that was sent on comes back to its doer; raises TooLate once anybody has acted on what followed."""
        with self.kernel.database.read() as session:
            row = Link(session).one("SELECT instance_id FROM task WHERE id = ? AND closed_by = ?", task_id, actor.person_id)
        if row is None:
            raise NotFound(task=task_id)
        payload = {"task_id": task_id, "instance_id": row[0]}
        act = self._steps.in_case(row[0], actor, lambda case: taking.take_back(case, task_id))
        answer: dict[str, Any] = self._steps.step("take_back", actor, key, payload, act)
        return answer

    def withdraw(self, instance_id: str, reason: str, actor: Actor, key: str) -> dict[str, Any]:
        """撤回: the case comes back to its starter; raises NotYours, TooLate once anybody has acted on it."""

        def act(case: Case) -> dict[str, Any]:
            model, is_named = case.procedure.models[case.ref.process_id], actor.party and actor.party in case.parties()
            if actor is not SYSTEM and not is_named and not actor.sees(case.ref.scope, case.ref.process_id):
                raise NotFound(instance=instance_id)
            if not holds(self.kernel, case.session, actor, model.starters, case.ref.office_id):
                raise NotYours("您已没有发起这类案件的岗位", instance=instance_id)
            if case.status != "active":
                raise NotActive(instance=instance_id)
            return taking.withdraw(case, reason)

        payload = {"instance_id": instance_id, "reason": reason}
        answer: dict[str, Any] = self._steps.step("withdraw", actor, key, payload, self._steps.in_case(instance_id, actor, act))
        return answer

    def stop_clock(self, instance_id: str, reason: str, actor: Actor, key: str, until: date | None = None) -> None:
        """中止计时: the terms of the case stand, for posts that the process names in `may_stop_clock`; raises NotYours, NotPossibleNow."""
        act = self._steps.in_case(instance_id, actor, lambda case: stopping.stop(case, reason, until))
        self._steps.step("stop_clock", actor, key, {"instance_id": instance_id, "reason": reason, "until": until.isoformat() if until else ""}, act)

    def resume_clock(self, instance_id: str, reason: str, actor: Actor, key: str) -> None:
        """恢复计时: the terms of the case go on with what was left of them; raises NotYours, NotPossibleNow."""
        act = self._steps.in_case(instance_id, actor, lambda case: stopping.resume(case, reason))
        self._steps.step("resume_clock", actor, key, {"instance_id": instance_id, "reason": reason}, act)

    def again(self, operation: str, given: dict[str, Any], actor: Actor, key: str) -> None:
        """Tries a move again that had failed, by whoever had asked for it."""
        if operation == "return":
            self.return_task(given["task_id"], given["node"], given["version"], given["reason"], actor, key)
        elif operation == "resubmit":
            self.resubmit(given["task_id"], given["values"], actor, key)
        elif operation == "take_back":
            self.take_back(given["task_id"], actor, key)
        elif operation == "stop_clock":
            until = date.fromisoformat(given["until"]) if given["until"] else None
            self.stop_clock(given["instance_id"], given["reason"], actor, key, until)
        elif operation == "resume_clock":
            self.resume_clock(given["instance_id"], given["reason"], actor, key)
        else:
            self.withdraw(given["instance_id"], given["reason"], actor, key)


def _can(judge: Callable[[], object]) -> bool:
    try:
        judge()
    except (NoWayBack, NotYours):
        return False
    return True
