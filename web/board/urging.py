"""催办 from the board: one sentence to whoever has the work of one case or of many, at most once a day for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from deadlines.notices import to_person
from engine import standstill
from engine.board.listing import Hands
from engine.board.sight import Sight
from engine.errors import NotFound
from engine.people import Actor
from records.audit import Who, note
from records.offices import store
from web import keys
from web.board.reach import Reach
from web.rights import refusals
from web.services import services

DONE, TODAY, NOBODY, GONE, STANDS = "done", "today", "nobody", "gone", "stands"


def urge(reach: Reach, cases: Sequence[str], text: str) -> Counter[str]:
    """Urges each of the open cases in reach, in a transaction of its own and once for the key of the form; how many were urged, and why others
    were not.
    """
    sight = Sight(reach.paths, within=reach.processes)
    came_to = Counter[str]()
    for id_ in dict.fromkeys(cases):
        try:
            came_to[_came_to(reach.actor, sight, id_, text)] += 1
        except NotFound:  # out of reach, over, or never there: told alike, and nothing is kept of it
            refusals.told(404, "NotFound", case=id_)
            came_to[GONE] += 1
    return came_to


def _came_to(actor: Actor, sight: Sight, id_: str, text: str) -> str:
    """What became of one case of many, or had become of it when the form came first."""
    with services().database.write() as session:
        return str(keys.answered(session, "urge", {"text": text}, lambda: _urge(session, actor, sight, id_, text), about=id_))


def _urge(session: Session, actor: Actor, sight: Sight, id_: str, text: str) -> str:
    """Looks at the case when it is locked: its clock may have been stopped, or its task taken, since the list was shown."""
    deps = services()
    line, hands = deps.engine.board.held(session, sight, id_)
    if line is None:
        raise NotFound(case=id_)
    if standstill.stands(line.due_on):
        return STANDS
    told = _told(session, hands)
    if not told:
        return NOBODY
    running = deps.deadlines.open_among(session, [line.id]).get(line.id, ())
    term = next((one.id for one in running if one.due_on == line.due_on), None)
    row = deps.deadlines.urge_today(session, line.id, by_id=actor.person_id, by_name=actor.signature, posts=told, text=text, deadline_id=term)
    if row is None:
        return TODAY
    new = {"text": text, **({"for": actor.acts_for.person_id} if actor.acts_for else {})}
    note(session, Who(actor.person_id, actor.signature, row.at, line.id), "board:urging:sent", "urging", row.id, new=new)
    return DONE


def _told(session: Session, hands: Sequence[Hands]) -> list[str]:
    """Whoever has a task; of one that nobody has, or somebody who has left, its posts."""
    here = {person.id for person in store.named_people(session, [one.person_id for one in hands]) if person.active}
    return list(dict.fromkeys(name for one in hands for name in ([to_person(one.person_id)] if one.person_id in here else one.posts)))
