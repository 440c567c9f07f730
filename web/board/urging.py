"""催办 from the board: one sentence to whoever has the work of one case or of many, at most once a day for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from deadlines.notices import to_person
from engine import standstill
from engine.board.listing import CaseLine, Hands
from engine.board.sight import Sight
from records.audit import Who, note
from records.offices import store
from web import keys
from web.board.reach import Reach
from web.services import services

DONE, TODAY, NOBODY, GONE, STANDS = "done", "today", "nobody", "gone", "stands"


def urge(reach: Reach, cases: Sequence[str], text: str) -> Counter[str]:
    """Urges each of the open cases in reach, in a transaction of its own and once for the key of the form; how many were urged, and why others
    were not.
    """
    board, sight = services().engine.board, Sight(reach.paths, within=reach.processes)
    found = {line.id: line for line in board.list_open(sight, only=cases, limit=len(cases))} if cases else {}
    hands = board.hands_of(list(found))
    return Counter(_came_to(reach, one, found.get(one), hands, text) for one in cases)


def _came_to(reach: Reach, id_: str, line: CaseLine | None, hands: Mapping[str, Sequence[Hands]], text: str) -> str:
    """What became of one case of many, or had become of it when the form came first."""

    def act() -> str:
        if line is None:
            return GONE
        return STANDS if standstill.stands(line.due_on) else _urge(session, reach, line, hands[id_], text)

    with services().database.write() as session:
        return str(keys.answered(session, "urge", {"text": text}, act, about=id_))


def _urge(session: Session, reach: Reach, line: CaseLine, hands: Sequence[Hands], text: str) -> str:
    deps, actor = services(), reach.actor
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
