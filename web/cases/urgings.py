"""Who urged whom in a case, when, in what words, and what was answered; and the answer to what a supervisor has asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deadlines.model import Urging
from engine.errors import NotFound
from engine.people import Actor
from records.audit import Who, note
from records.offices import store
from records.offices.supervisors import SUPERVISORS
from web import identity
from web.names import person_name
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
    may_answer: bool = False  # the reader was urged from the board; what a procedure has sent is answered in the procedure


def urgings_of(instance_id: str, process_id: str) -> list[UrgingLine]:
    """Every urging of a case, the latest first."""
    deps, actor = services(), identity.staff().actor
    with deps.database.read() as session:
        found = deps.deadlines.urgings(session, instance_id)
        return [UrgingLine(person_name(u.by_id, u.by_name), u.text, u.at, u.answered_by, u.answer, u.answered_at, u.id, is_for(u, actor, process_id)) for u in reversed(found)]


def is_for(urging: Urging, actor: Actor, process_id: str) -> bool:
    """Whether an urging from the board waits for the answer of somebody: by a post of his own, or of one for whom he deputises in this process."""
    stead = actor.stead_in(process_id)
    posts = actor.post_ids.union(stead.post_ids if stead else ())
    return urging.key is not None and urging.answered_at is None and bool(posts.intersection(urging.posts))


def answer(instance_id: str, urging_id: str, text: str) -> None:
    """Answers an urging from the board and tells whoever urged; raises NotFound for whom it is not for, or where it is answered already."""
    deps, actor = services(), identity.staff().actor
    case = deps.engine.header(instance_id, actor)
    with deps.database.write() as session:
        row = next((one for one in deps.deadlines.urgings(session, instance_id) if one.id == urging_id), None)
        if row is None or not is_for(row, actor, case.process_id):
            raise NotFound(instance=instance_id)
        own = actor.post_ids.intersection(row.posts)
        signed = actor if own else actor.in_stead_of(actor.stead_in(case.process_id))
        deps.deadlines.answer(session, urging_id, by=signed.signature, text=text)
        heads = [
            held.post_id for held in store.held_posts(session, row.by_id, deps.clock.today())
            if held.role in SUPERVISORS and case.scope.startswith(held.scope)
        ]  # fmt: skip
        zh, en = f"{signed.signature} 答复催办：{text}", f"{signed.signature} answers: {text}"
        deps.deadlines.notify(session, heads, instance_id, "urging_answered", zh, en)
        who = Who(actor.person_id, signed.signature, deps.clock.now(), instance_id)
        note(session, who, "board:urging:answered", "urging", urging_id, new={"answer": text})
