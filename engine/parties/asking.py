"""委派, 前加签, 后加签, 会签, 沟通: the holder of a task asks others; the task stays with him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.ids import new_id
from engine import history
from engine.errors import NotEligible, NotPossibleNow
from engine.kernel import Kernel
from engine.link import Link
from engine.parties import rows, rules
from engine.parties.completing import waits_for
from engine.parties.looking import Attended, element_of
from engine.parties.rows import Party
from engine.people import Actor, Colleague
from engine.rights import prepared_by
from engine.tasks import OpenTask
from engine.tokens import Element

TOLD_AS = {
    rules.DELEGATE: "delegated", rules.BEFORE: "added_before", rules.AFTER: "added_after", rules.SIGN: "countersign", rules.ASK: "asked",
}  # fmt: skip
LENGTH = 2000


@dataclass(frozen=True)
class Request:
    """What is asked: of whom, in which order they are named, by which rule they decide, and whether the holder waits for an answer."""

    kind: str
    people: tuple[str, ...]
    text: str = ""
    rule: str = rules.ALL
    waits: bool = False


def ask(kernel: Kernel, session: Session, link: Link, look: Attended, request: Request) -> list[str]:
    """The ids of the new seats; raises NotYours for whoever does not hold the task, NotPossibleNow, NotEligible."""
    task, now, kind = look.as_holder(), kernel.clock.now(), request.kind
    if kind not in TOLD_AS or not rules.may_put(kind, rows.standing(look.parties)):
        said = waits_for(rows.blocking(look.parties))
        raise NotPossibleNow(*((f"还在等{said[0]}，请先收回", f"It waits for {said[1]}; take that back first.") if said[0] else ()), task=task.id, instance=task.instance_id)
    rule = _rule(task, request)
    chosen = eligible(kernel, session, link, task, element_of(kernel, link, task), look, request)
    asks, round_, first = kind in rules.SIGNS, new_id(), 1 + max((party.number for party in look.parties), default=0)
    later = kind == rules.AFTER  # nobody is asked before the holder has handed in
    made = [
        rows.new(
            task.id, task.instance_id, round_ if asks else new_id(), kind, number, now, person=(found.person_id, found.name),
            rule=rule if asks else "", state="waiting" if later or (rule == rules.SEQUENCE and number > first) else "open",
            blocks=rules.blocks(kind, wanted=request.waits), question=request.text[:LENGTH], asked_by=look.actor,
        )
        for number, found in enumerate(chosen, first)
    ]  # fmt: skip
    rows.add(link, made, task.due_on)
    rows.attend(link, task.id)
    tell(link, now, task, TOLD_AS[kind], look.actor, made, {"reason": request.text[:LENGTH], **({"rule": rule} if asks else {})})
    return [party.id for party in made]


def _rule(task: OpenTask, request: Request) -> str:
    if request.kind not in rules.SIGNS:
        return ""
    if rules.parse(request.rule) is None:
        raise NotPossibleNow("会签规则应为全部、依次、任一、过半数或按比例（大于 0、不超过 100%）", "The rule is all, in order, any one, more than half, or a share above 0 and at most 100%.", task=task.id, instance=task.instance_id)
    return request.rule.strip()


def eligible(
    kernel: Kernel, session: Session, link: Link, task: OpenTask, element: Element, look: Attended, request: Request
) -> list[Colleague]:  # fmt: skip
    """The people who are asked, in the order in which they were named; raises NotEligible with the sentence that says who may not, and why."""
    asked = list(dict.fromkeys(person for person in request.people if person))
    where = {"task": task.id, "instance": task.instance_id}
    if not asked:
        raise NotEligible("请先选择人员", "Choose somebody first.", **where)
    if request.kind == rules.DELEGATE and len(asked) > 1:
        raise NotEligible("委派只能给一个人", "A task is delegated to one person.", **where)
    if len(asked) + sum(party.is_undecided for party in look.parties) > rules.MOST_SEATS:
        raise NotEligible(f"一项任务同时最多请 {rules.MOST_SEATS} 人", f"At most {rules.MOST_SEATS} people may be asked at one task.", **where)
    if request.kind == rules.ASK and not request.text.strip():
        raise NotEligible("请写明要问的事", "Say what you want to know.", **where)
    if look.actor.person_id in asked:
        raise NotEligible("不能请自己", "You cannot ask yourself.", **where)
    there = {found.person_id: found for found in kernel.directory.named(session, asked, kernel.clock.today())}
    seated = {party.person_id for party in look.parties if party.is_undecided}
    for person in asked:
        if person not in there:
            raise NotEligible("所选人员已离岗，请另选", "Somebody you chose has left; choose another.", **where)
        name = there[person].name
        if person in seated:
            raise NotEligible(f"{name} 已经在办这件事", f"{name} is at it already.", **where)
        if request.kind in rules.ACTS and (prepared := prepared_by(link, task.instance_id, element, Actor(person, name))):
            raise NotEligible(f"{name} 经办过“{prepared}”，按岗位分离的规定不能办理“{element.name}”", f"{name} has done an earlier step and may not do this one (separation of duties).", **where)
    return [there[person] for person in asked]


def tell(
    link: Link, now: datetime, task: OpenTask, kind: str, actor: Actor, parties: Sequence[Party], more: Mapping[str, object] | None = None
) -> None:  # fmt: skip
    """The row of the history: who, at which task, and the names of those it is about."""
    details = {"task": task.id, "to": rows.names(parties), "ids": [party.person_id or party.post_id for party in parties]}
    history.add(link, now, task.instance_id, kind, actor, element=task.element, name=task.name, details={**details, **(more or {})})
