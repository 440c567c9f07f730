"""That a deputyship begins or has ended: by its dates or because it was withdrawn, told to both once. Nobody need have done anything that day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.clock import legal_date
from handlers.telling.following import Follower, is_alone
from handlers.telling.people import People
from notices.model import Told
from notices.store import Telling
from records.offices import deputies
from records.offices.model import Deputy

LOOKED_BACK = timedelta(days=7)  # a machine that was switched off over the holidays catches up


def tell_deputies(follower: Follower) -> int:
    """Tells what began or ended within the last days and was not told; how many tellings."""
    with follower.database.read() as session:
        if not _untold(session, follower):
            return 0
    with follower.database.write() as session:
        if not is_alone(session):
            return 0
        tellings = _untold(session, follower)
        follower.tell(session, tellings)
        return len(tellings)


def _untold(session: Session, follower: Follower) -> list[Telling]:
    now = follower.clock.now()
    today = legal_date(now)
    found = list(_tellings(session, People(session, today), follower, today))
    known = {(key, person) for key, person in session.execute(select(Told.key, Told.person_id).where(Told.key.in_([one.key for one in found])))} if found else set()
    return [one for one in found if any((one.key, person) not in known for person in one.people)]


def _tellings(session: Session, people: People, follower: Follower, today: date) -> Iterator[Telling]:
    """An ended one is told only where it had begun."""
    since, now = today - LOOKED_BACK, follower.clock.now()
    begun = Deputy.valid_from.between(since, today)
    ended = or_(Deputy.valid_to.between(since, today - timedelta(days=1)), Deputy.withdrawn_at >= now - LOOKED_BACK)
    for one, row in ((one, session.get_one(Deputy, one.id)) for one in deputies.standing(session, session.scalars(select(Deputy).where(or_(begun, ended))).all(), today)):
        meant = people.meant([one.principal.id, one.deputy.id])
        values = {
            "principal": one.principal.name, "principal_en": one.principal.name_en, "deputy": one.deputy.name, "deputy_en": one.deputy.name_en,
            "until": str(one.valid_to),
        }  # fmt: skip
        last = legal_date(row.withdrawn_at) if row.withdrawn_at is not None else one.valid_to + timedelta(days=1)
        has_begun = one.valid_from <= today and (row.withdrawn_at is None or legal_date(row.withdrawn_at) >= one.valid_from)
        if not has_begun:
            continue
        if one.valid_from >= since and not one.is_withdrawn and not one.is_over:
            yield Telling("deputy_begins", f"deputy:{one.id}:begins", now, meant, values=values)
        if last <= today and (one.is_withdrawn or one.is_over):
            yield Telling("deputy_ends", f"deputy:{one.id}:ends", now, meant, values=values)
