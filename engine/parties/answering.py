"""Whoever was asked answers: a delegate gives the task back, a signer agrees or refuses, a question gets its answer.

What the answer decides happens at once: the others are asked no longer, the next one is, or the task that was handed in goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from db.types import dump_json
from engine.case import Case
from engine.errors import FormInvalid, NoLongerAsked, NotEligible, NotYours, NoWayBack, TaskNotOpen
from engine.kernel import Kernel
from engine.link import Link
from engine.parties import rows
from engine.parties.asking import LENGTH, tell
from engine.parties.looking import AtSeat, element_of, sitting
from engine.parties.rows import Party
from engine.parties.rules import AFTER, ASK, DELEGATE, SIGNS, result_of
from engine.parties.settling import settle
from engine.people import Actor, Stead
from engine.tasks import OpenTask, bar_preparers, entered, go_on

TOLD_AS = {"agreed": "party_agreed", "refused": "party_refused", "answered": "party_answered"}
OVER = "This is not asked of you any more: it was decided, or taken back."


@dataclass(frozen=True)
class Answer:
    """`agreed` of signers alone; `values` are raw entries of the form, from a delegate."""

    agreed: bool | None = None
    opinion: str = ""
    values: Mapping[str, Any] | None = None


def answer(kernel: Kernel, session: Session, link: Link, look: AtSeat, given: Answer) -> dict[str, Any]:
    """Writes the answer, and does what follows from it; returns {"instance_id", "task_id", "result": of the round, "tasks": what is open next}.

    Raises NotFound for whoever was not asked, NoLongerAsked, NotEligible, PreparedByYou.
    """
    party = look.seat()
    actor = sitting(party, look.actor, look.process_id)
    if actor is None:
        raise NotYours("您没有被请办理这件事", task=party.task_id, instance=party.instance_id)
    try:
        task = look.task()
    except TaskNotOpen as over:
        raise NoLongerAsked("", OVER, task=party.task_id, instance=party.instance_id) from over
    where = {"task": task.id, "instance": task.instance_id}
    if party.state != "open":
        raise NoLongerAsked(*(("还没有轮到您", "It is not your turn yet.") if party.state == "waiting" else ("", OVER)), **where)
    if not actor.post_ids:
        raise NotYours("您已没有岗位，不能再办理", **where)
    if party.kind in SIGNS:
        _bar_second_signature(task, look.parties, party, actor)
    result, opinion, now = result_of(party.kind, agreed=given.agreed), given.opinion.strip()[:LENGTH], kernel.clock.now()
    if not result or (not opinion and (result == "refused" or party.kind == ASK)):
        raise NotEligible(*(("请写明意见", "Give your opinion.") if result else ("请选择同意或者不同意", "Agree or refuse.")), **where)
    if party.kind != ASK:
        bar_preparers(link, task.instance_id, element_of(kernel, link, task), actor)
    values = dict(given.values) if party.kind == DELEGATE and given.values is not None else None
    done = rows.acted(link, party, result, actor, opinion, now, values)
    if values is not None:
        link.put("UPDATE task SET draft = ? WHERE id = ?", dump_json(values), task.id)
    about = {"kind": party.kind, "by": party.asked_name, "reason": opinion}
    tell(link, now, task, TOLD_AS[result], actor, [done], {**about, **({"values": values} if values else {})})
    parties = [done if found.id == party.id else found for found in look.parties]
    outcome, parties = settle(link, parties, party.round, now)
    opened = follow(kernel, session, link, task, [(done, outcome)] if outcome else [], parties, actor)
    return {"instance_id": task.instance_id, "task_id": task.id, "result": outcome, "tasks": opened}


def save(link: Link, look: AtSeat, values: Mapping[str, Any]) -> None:
    """Keeps what a delegate has half filled in; raises as `answer` does."""
    party = look.seat()
    where = {"task": party.task_id, "instance": party.instance_id}
    if sitting(party, look.actor, look.process_id) is None:
        raise NotYours("您没有被请办理这件事", **where)
    if party.kind != DELEGATE or party.state != "open":
        raise NoLongerAsked("", OVER, **where)
    link.put("UPDATE task SET draft = ? WHERE id = ?", dump_json(dict(values)), look.task().id)


def _bar_second_signature(task: OpenTask, parties: Sequence[Party], party: Party, actor: Actor) -> None:
    """Two signatures are two people's: the holder signs nothing of his own task, and a deputy who is asked in the same round himself nobody else's."""
    where = {"task": task.id, "instance": task.instance_id}
    if task.assignee_id == actor.person_id:
        raise NotEligible(
            "您自己是这项任务的承办人，不能再签署；请先退领或转办", "You hold this task and cannot sign it too: release or transfer it first.", **where
        )  # fmt: skip
    own = [seat for seat in parties if seat.round == party.round and seat.person_id == actor.person_id and seat.because not in rows.DOES_NOT_COUNT]
    if own and actor.acts_for is not None:
        raise NotEligible(
            f"您自己也被请会签，不能再代{party.person_name or '他人'}签署", "You are asked to sign it yourself, and cannot sign it for somebody else too.", **where
        )  # fmt: skip


def follow(
    kernel: Kernel, session: Session, link: Link, task: OpenTask, outcomes: Sequence[tuple[Party, str]], parties: list[Party], actor: Actor
) -> list[str]:  # fmt: skip
    """What follows when rounds, each named by one of its seats, were decided by one act; the tasks that are open next where the token went on."""
    now = kernel.clock.now()
    for one, outcome in outcomes:
        seats = [party for party in parties if party.round == one.round]
        counts = {state: sum(party.state == state for party in seats) for state in ("agreed", "refused")}
        tell(link, now, task, "round_decided", actor, seats, {"kind": one.kind, "result": outcome, **counts})
    after = [(one, outcome) for one, outcome in outcomes if one.kind == AFTER]
    if not after:
        return []
    if any(outcome != "agreed" for _one, outcome in after):
        refused = [party.opinion for party in parties if party.state == "refused" and party.round in {one.round for one, _outcome in after}]
        _come_back(link, task, parties, actor, now, "；".join(refused))
        return []
    if any(party.kind == AFTER and party.is_undecided for party in parties):
        return []
    return _go_on(kernel, session, link, task, parties, after[-1][0], actor, now)


def _come_back(link: Link, task: OpenTask, parties: list[Party], actor: Actor, now: datetime, reason: str) -> None:
    """Somebody who signs after it refused, or none is left who would: the task is the holder's again, with all that he entered."""
    rows.withdraw(link, [party for party in parties if party.kind == AFTER and party.is_undecided], "returned", now)
    tell(link, now, task, "back_to_holder", actor, [], {"reason": reason})


def _go_on(
    kernel: Kernel, session: Session, link: Link, task: OpenTask, parties: list[Party], last: Party, actor: Actor, now: datetime
) -> list[str]:  # fmt: skip
    """The last who signs after it has agreed: what the holder handed in is completed in his name, at the moment when he did."""
    way, stead = _handed_in(link, task)
    holder = Actor(last.asked_by, last.asked_name, acts_for=stead)
    case = Case.load(kernel, session, link, task.instance_id, holder)
    token = case.machine.tokens[task.token]
    element, scope = case.machine.element(token), case.machine.scopes[token.scope]
    case.at_element = element.id
    raw = link.one("SELECT draft FROM task WHERE id = ?", task.id)
    try:
        values = entered(case, element, scope, orjson.loads(raw[0]) if raw and raw[0] else {})
    except FormInvalid as changed:  # right when it was handed in, and not any more: the holder must look at it again
        case.leave()
        _come_back(link, task, parties, actor, now, str(changed))
        return []
    case.way = way
    try:
        return list(go_on(case, task, element, scope, values, parties, last.asked_at)["tasks"])
    except NoWayBack as closed:  # the way back on which it was handed in has been closed since: the holder must choose again
        case.abandon()
        _come_back(link, task, parties, actor, now, str(closed))
        return []


def _handed_in(link: Link, task: OpenTask) -> tuple[str, Stead | None]:
    """How the holder wanted a returned task to go on when he handed it in, and in whose stead he did."""
    sql = "SELECT details, for_id, for_name FROM history WHERE instance_id = ? AND kind = 'handed_in' AND element = ? ORDER BY id DESC LIMIT 1"
    row = link.one(sql, task.instance_id, task.element)
    details = orjson.loads(row[0]) if row and row[0] else {}
    if row is None or details.get("task") != task.id:
        return "", None
    return str(details.get("way", "")), Stead(row[1], row[2]) if row[1] else None
