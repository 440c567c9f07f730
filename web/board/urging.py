"""催办 from the board: one sentence to whoever has the work of one case or of many, at most once a day for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine import standstill
from engine.board.listing import CaseLine
from engine.board.sight import Sight
from records.audit import Who, note
from records.offices import store
from web import identity
from web.board.reach import Reach
from web.services import services

DONE, TODAY, NOBODY, GONE, STANDS = "done", "today", "nobody", "gone", "stands"


def urge(reach: Reach, cases: Sequence[str], text: str) -> Counter[str]:
    """Urges each of the open cases in reach, in a transaction of its own; how many were urged, and why others were not."""
    board = services().engine.board
    found = {line.id: line for line in board.list_open(Sight(reach.paths), only=cases, limit=len(cases))} if cases else {}
    wanted = board.urged_for(list(found))
    came_to = Counter({GONE: len(set(cases) - set(found))})
    for id_, line in found.items():
        if standstill.stands(line.due_on):
            came_to[STANDS] += 1
            continue
        posts, people = wanted[id_]
        came_to[_urge(line, posts, people, text)] += 1
    return came_to


def _urge(line: CaseLine, posts: Sequence[str], people: Sequence[str], text: str) -> str:
    deps, actor = services(), identity.staff().actor
    with deps.database.write() as session:
        told = list(dict.fromkeys([*posts, *_posts_held(session, people)]))
        if not told:
            return NOBODY
        running = deps.deadlines.open_among(session, [line.id]).get(line.id, ())
        term = next((one.id for one in running if one.due_on == line.due_on), None)
        row = deps.deadlines.urge_today(
            session, line.id, by_id=actor.person_id, by_name=actor.name, posts=told, text=text, deadline_id=term
        )
        if row is None:
            return TODAY
        note(session, Who(actor.person_id, actor.name, row.at, line.id), "board:urging:sent", "urging", row.id, new={"text": text})
    return DONE


def _posts_held(session: Session, people: Sequence[str]) -> list[str]:
    today = services().clock.today()
    return [held.post_id for person in people for held in store.held_posts(session, person, today)]
