"""Who urged whom in a case, when, in what words, and what was answered; and the answer to what a supervisor has asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
from web import identity, keys
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
    waiting = _waiting_for(actor, found, instance_id, process_id)
    return [
        UrgingLine(signed_name(one.by_id, one.by_name), one.text, one.at, one.answered_by, one.answer, one.answered_at, one.id, one.id in waiting)
        for one in reversed(found)
    ]


def _waiting_for(actor: Actor, urgings: Sequence[Urging], instance_id: str, process_id: str, session: Session | None = None) -> set[str]:
    """Which of the urgings of a case were sent from the board and wait for the answer of somebody: those that were for him or for a post of his,
    or for one for whom he deputises in this process; all, if a task of the case is his to do by now.
    """
    waiting = [one for one in urgings if one.key is not None and one.answered_at is None]
    if waiting and services().engine.at_hand([instance_id], actor, asked=False, within=session):
        return {one.id for one in waiting}
    stead = actor.stead_in(process_id)
    names = {*_names(actor), *(_names(stead) if stead else ())}
    return {one.id for one in waiting if not names.isdisjoint(one.posts)}


def _names(one: Actor | Stead) -> Collection[str]:
    """By which somebody is told."""
    return {to_person(one.person_id), *one.post_ids}


def answer(instance_id: str, urging_id: str, text: str) -> None:
    """Answers an urging from the board and tells whoever urged, once for the key of the form; raises NotFound for whom it is not for, or where
    it is answered already.
    """
    deps, actor = services(), identity.staff().actor
    case = deps.engine.header(instance_id, actor)

    def act() -> None:
        row = next((one for one in deps.deadlines.urgings(session, instance_id) if one.id == urging_id), None)
        if row is None or not _waiting_for(actor, [row], instance_id, case.process_id, session):
            raise NotFound(instance=instance_id)
        _answer(session, row, case, text)

    with deps.database.write() as session:
        keys.answered(session, "answer-urging", {"urging": urging_id, "text": text}, act)


def _answer(session: Session, urging: Urging, case: CaseHeader, text: str) -> None:
    deps, actor = services(), identity.staff().actor
    stead, told, instance_id = actor.stead_in(case.process_id), {*urging.posts}, urging.subject_id
    is_lent = stead is not None and told.isdisjoint(_names(actor)) and not told.isdisjoint(_names(stead))
    signed = actor.in_stead_of(stead) if is_lent else actor
    try:
        deps.deadlines.answer(session, urging.id, by=signed.signature, text=text)
    except NotAllowed as answered:  # by somebody else at the same moment
        raise NotFound(instance=instance_id) from answered
    zh, en = f"{signed.signature} 答复催办：{text}", f"{signed.signature} answers: {text}"
    deps.deadlines.notify(session, list(dict.fromkeys(_heads(session, urging, case))), instance_id, "urging_answered", zh, en)
    who = Who(actor.person_id, signed.signature, deps.clock.now(), instance_id)
    note(session, who, "board:urging:answered", "urging", urging.id, new={"answer": text})


def _heads(session: Session, urging: Urging, case: CaseHeader) -> Iterator[str]:
    """The posts by which the case was urged: those that whoever urged holds, and those for which he stood in on that day."""
    lent = deputies.steads(session, urging.by_id, legal_date(urging.at))
    for person_id in (urging.by_id, *(one.person_id for one in lent if one.covers(case.process_id))):
        for held in store.held_posts(session, person_id, services().clock.today()):
            if held.role in SUPERVISORS and case.scope.startswith(held.scope):
                yield held.post_id
