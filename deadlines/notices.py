"""What the holders of posts are told, and 催办: who urged whom, when, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.ids import new_id
from deadlines.model import Notice, Urging
from deadlines.states import NotAllowed

PERSON = "person:"


def to_person(person_id: str) -> str:
    """The name by which one person is told, in the place of a post."""
    return f"{PERSON}{person_id}"


def notify(session: Session, posts: Sequence[str], subject_id: str, kind: str, texts: tuple[str, str], at: datetime) -> None:
    """Leaves a notice for each post, or person by `to_person`; `texts` in Chinese and in English."""
    for post in posts:
        session.add(Notice(id=new_id(), post_id=post, subject_id=subject_id, kind=kind, text=texts[0], text_en=texts[1], at=at))
    session.flush()


def add_once(session: Session, row: Urging) -> bool:
    """Stores an urging unless its key was used; whether it is new. Of two at the same moment the second waits, and finds the first."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {column.key: getattr(row, column.key) for column in Urging.__table__.columns}
    stored = insert(Urging).values(values).on_conflict_do_nothing(index_elements=[Urging.key]).returning(Urging.id)
    return session.scalars(stored).first() is not None


def urging_key(subject_id: str, day: date) -> str:
    """What makes two urgings of one subject on one day the same."""
    return f"{subject_id}:{day.isoformat()}"


def answer(session: Session, urging_id: str, *, by: str, text: str, at: datetime) -> None:
    """The urged side answers; a second answer is refused."""
    row = session.get(Urging, urging_id, with_for_update=True, populate_existing=True)
    if row is None or row.answered_at is not None:
        raise NotAllowed("这次催办已经答复过", "this urging has been answered already")
    row.answered_by, row.answer, row.answered_at = by, text, at
    session.flush()


def urgings(session: Session, subject_ids: Sequence[str]) -> list[Urging]:
    """Every urging of these subjects, the first first."""
    return list(session.scalars(select(Urging).where(Urging.subject_id.in_(subject_ids)).order_by(Urging.at, Urging.id)))
