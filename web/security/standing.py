"""People as the security administrator sees them in a list: each with what their sign-in is like, read for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.offices.model import Person
from records.offices.store import HeldPost, held_posts
from records.offices.tables import PasswordState, SecondFactor
from web import identity
from web.services import services
from web.sessions.tables import WebSession


@dataclass(frozen=True)
class Line:
    """One person. `locked_until` is there only while it lasts; `seen_at` is the last use of an open session."""

    person: Person
    locked_until: datetime | None
    set_at: datetime | None
    initial_until: datetime | None
    has_factor: bool
    sessions: int
    seen_at: datetime | None

    @property
    def is_expired(self) -> bool:
        """Whether a one-time password was never used in its time."""
        return self.initial_until is not None and self.initial_until <= services().clock.now()


def lines_of(session: Session, people: Sequence[Person]) -> list[Line]:
    """One line for each, in their order."""
    now, ids = services().clock.now(), [person.id for person in people]
    states = {row.person_id: row for row in session.scalars(select(PasswordState).where(PasswordState.person_id.in_(ids)))}
    factors = set(session.scalars(select(SecondFactor.person_id).where(SecondFactor.person_id.in_(ids), SecondFactor.confirmed_at.is_not(None))))
    open_ones = (
        select(WebSession.person_id, func.count(), func.max(WebSession.seen_at))
        .where(WebSession.person_id.in_(ids), WebSession.seen_at >= now - identity.rules().idle)
        .group_by(WebSession.person_id)
    )
    sessions = {person_id: (count, seen_at) for person_id, count, seen_at in session.execute(open_ones)}
    return [_line(person, states.get(person.id), person.id in factors, sessions.get(person.id, (0, None)), now) for person in people]


def _line(person: Person, state: PasswordState | None, has_factor: bool, open_ones: tuple[int, datetime | None], now: datetime) -> Line:
    locked = person.locked_until if person.locked_until is not None and person.locked_until > now else None
    return Line(person, locked, state.set_at if state else None, state.initial_until if state else None, has_factor, *open_ones)


def roles_of(session: Session, person_id: str) -> list[HeldPost]:
    """What a person holds today."""
    return held_posts(session, person_id, services().clock.today())
