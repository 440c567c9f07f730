"""Who urged whom in a case, when, in what words, and what was answered; and the answer to what a supervisor has asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.clock import legal_date
from deadlines.model import Urging
from deadlines.notices import to_person
from deadlines.states import NotAllowed
from engine.errors import NotFound
from engine.people import Actor, Stead
from engine.views import CaseHeader
from records.audit import Who, note
from records.offices import deputies, store
from records.offices.supervisors import SUPERVISORS
from web import identity
from web.names import signed_name
from web.services import services


@dataclass(frozen=True)
class UrgingLine:
    """An urging; without an answer while `answered_at` is None."""

    by_name: str
    text: str
    at: datetime
    answered_by: str
    answer: str
    answered_at: datetime | None
    id: str = ""
    may_answer: bool = False  # the reader was urged from the board, or has the task now; what a procedure has sent is answered in the procedure


def urgings_of(instance_id: str, process_id: str) -> list[UrgingLine]:
    """Every urging of a case, the latest first."""
    deps, actor = services(), identity.staff().actor
    with deps.database.read() as session:
        found = deps.deadlines.urgings(session, instance_id)
    return [UrgingLine(signed_name(u.by_id, u.by_name), u.text, u.at, u.answered_by, u.answer, u.answered_at, u.id, is_for(u, actor, process_id)) for u in reversed(found)]


def is_for(urging: Urging, actor: Actor, process_id: str, session: Session | None = None) -> bool:
    """Whether an urging from the board waits for the answer of somebody: it was for him or for a post of his, or for one for whom he deputises in
    this process; or a task of the case is his to do by now.
    """
    if urging.key is None or urging.answered_at is not None:
        return False
    told, stead = {*urging.posts}, actor.stead_in(process_id)
    if not told.isdisjoint({*_names(actor), *(_names(stead) if stead else ())}):
        return True
    return bool(services().engine.at_hand([urging.subject_id], actor, asked=False, within=session))


def _names(one: Actor | Stead) -> Collection[str]:
    """By which somebody is told."""
    return {to_person(one.person_id), *one.post_ids}


def answer(instance_id: str, urging_id: str, text: str) -> None:
    """Answers an urging from the board and tells whoever urged; raises NotFound for whom it is not for, or where it is answered already."""
    deps, actor = services(), identity.staff().actor
    case = deps.engine.header(instance_id, actor)
    stead = actor.stead_in(case.process_id)
    with deps.database.write() as session:
        row = next((one for one in deps.deadlines.urgings(session, instance_id) if one.id == urging_id), None)
        if row is None or not is_for(row, actor, case.process_id, session):
            raise NotFound(instance=instance_id)
        is_lent = stead is not None and {*row.posts}.isdisjoint(_names(actor)) and not {*row.posts}.isdisjoint(_names(stead))
        signed = actor.in_stead_of(stead) if stead is not None and is_lent else actor
        try:
            deps.deadlines.answer(session, urging_id, by=signed.signature, text=text)
        except NotAllowed as answered:  # by somebody else at the same moment
            raise NotFound(instance=instance_id) from answered
        zh, en = f"{signed.signature} 答复催办：{text}", f"{signed.signature} answers: {text}"
        deps.deadlines.notify(session, list(dict.fromkeys(_heads(session, row, case))), instance_id, "urging_answered", zh, en)
        who = Who(actor.person_id, signed.signature, deps.clock.now(), instance_id)
        note(session, who, "board:urging:answered", "urging", urging_id, new={"answer": text})


def _heads(session: Session, urging: Urging, case: CaseHeader) -> Iterator[str]:
    """The posts by which the case was urged: those that whoever urged holds, and those for which he stood in on that day."""
    for held in store.held_posts(session, urging.by_id, services().clock.today()):
        if held.role in SUPERVISORS and case.scope.startswith(held.scope):
            yield held.post_id
    for lent in deputies.steads(session, urging.by_id, legal_date(urging.at)):
        if lent.covers(case.process_id):
            yield from (held.post_id for held in store.held_posts(session, lent.person_id, services().clock.today()) if held.role in SUPERVISORS and case.scope.startswith(held.scope))
