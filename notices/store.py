"""Notices as rows: told to people, listed, counted, read. Nobody commits here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from notices.model import NONE, SENT, WAITING, Told
from notices.occasions import OCCASIONS
from notices.quiet import IsWorked
from notices.rules import NOTHING_CHOSEN, Rules, choices

STALE = timedelta(days=1)  # what is told so late is told on the pages alone: a follower that stood still floods nobody's letter box
KEY_LENGTH = 160


@dataclass(frozen=True)
class Telling:
    """What is told, and to whom: person → in whose stead, empty for himself. The same `key` is told once to a person."""

    occasion: str
    key: str
    at: datetime
    people: Mapping[str, str]
    instance_id: str | None = None
    task_id: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, str] | None = None
    gathered: str = ""
    only_pages: bool = False  # whatever was chosen, no mail


@dataclass(frozen=True)
class Circumstances:
    """Of the telling: the moment, the rules, the calendar; whether mail can go at all, and since when what happened is news (ADR 11)."""

    now: datetime
    rules: Rules
    is_worked: IsWorked
    has_mail: bool = False
    news_since: datetime | None = None


def tell(session: Session, telling: Telling, given: Circumstances) -> list[str]:
    """Writes the notices; returns who was told now and had not been before."""
    key = telling.key[:KEY_LENGTH]
    before = set(session.scalars(select(Told.person_id).where(Told.key == key, Told.person_id.in_(telling.people))))
    people = [person for person in telling.people if person not in before]
    if not people:
        return []
    chosen, former = choices(session, people), _unread_of(session, telling.gathered, people)
    for person in people:
        choice, count = chosen.get(person, NOTHING_CHOSEN), 1 + sum(row.count for row in former if row.person_id == person)
        text, text_en = telling.words or OCCASIONS[telling.occasion].say({**telling.values, "n": str(count)})
        mail, mail_at = next(((row.mail, row.mail_at) for row in former if row.person_id == person and row.mail), (NONE, None))  # one letter says it for all
        if mail == NONE and given.has_mail and not telling.only_pages and choice.by_mail(telling.occasion) and _is_news(telling.at, given):
            mail, mail_at = WAITING, choice.mail_at(telling.occasion, given.rules, given.now, given.is_worked)
        session.add(Told(
            person_id=person, for_id=telling.people[person], key=key, gathered=telling.gathered, count=count, occasion=telling.occasion,
            instance_id=telling.instance_id, task_id=telling.task_id, text=text, text_en=text_en, at=telling.at,
            read_at=None if choice.in_pages(telling.occasion) else given.now, mail=mail, mail_at=mail_at,
        ))  # fmt: skip
    session.flush()
    for row in former:  # behind the new one, whose id must be the larger: SQLite would give that of the last row again
        session.delete(row)
    session.flush()
    return people


def _is_news(at: datetime, given: Circumstances) -> bool:
    return given.now - at < STALE and (given.news_since is None or at > given.news_since)


def _unread_of(session: Session, name: str, people: Collection[str]) -> Sequence[Told]:
    """The unread notices of this name, for which the new one stands as well."""
    if not name:
        return ()
    return session.scalars(select(Told).where(Told.gathered == name, Told.person_id.in_(people), Told.read_at.is_(None))).all()


def of_letter(session: Session, person_id: str, ids: Collection[int], names: Collection[str]) -> Sequence[Told]:
    """What a letter was asked for: these notices, or what stands by now in the place of those that were gathered under one of the names."""
    successor = and_(Told.gathered.in_(names), Told.mail == SENT, Told.read_at.is_(None))
    return session.scalars(select(Told).where(Told.person_id == person_id, or_(Told.id.in_(ids), successor)).order_by(Told.id)).all()


# --- what a person sees ----------------------------------------------------------------------------------------------------


def listed(
    session: Session, person_id: str, *, only_unread: bool = False, instance_id: str = "", before: int = 0, after: int = 0, limit: int = 50
) -> Sequence[Told]:  # fmt: skip
    """A person's notices, the latest first: of one case, before or after an id."""
    wanted = select(Told).where(Told.person_id == person_id).order_by(Told.id.desc()).limit(limit)
    if only_unread:
        wanted = wanted.where(Told.read_at.is_(None))
    if instance_id:
        wanted = wanted.where(Told.instance_id == instance_id)
    if before:
        wanted = wanted.where(Told.id < before)
    return session.scalars(wanted.where(Told.id > after) if after else wanted).all()


def unread(session: Session, person_id: str) -> int:
    """How many a person has not read; what was gathered is one."""
    return session.scalar(select(func.count()).where(Told.person_id == person_id, Told.read_at.is_(None))) or 0


def latest_and_unread(session: Session, people: Collection[str]) -> dict[str, tuple[int, int]]:
    """(latest id, how many are unread) of each of these people who has a notice."""
    count = func.count().filter(Told.read_at.is_(None))
    rows = session.execute(select(Told.person_id, func.max(Told.id), count).where(Told.person_id.in_(people)).group_by(Told.person_id))
    return {person_id: (int(latest), int(number)) for person_id, latest, number in rows}


def read(session: Session, person_id: str, now: datetime, *which: ColumnElement[bool]) -> int:
    """Marks a person's notices as read; how many were unread."""
    wanted = update(Told).where(Told.person_id == person_id, Told.read_at.is_(None), *which).values(read_at=now)
    return int(session.execute(wanted, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]


def last_id(session: Session) -> int:
    """The latest notice of anybody; 0 before the first."""
    return session.scalar(select(func.max(Told.id))) or 0


def forget(session: Session, before: datetime) -> None:
    """Takes away what was read, or told, so long ago that nobody looks for it; the latest of all stays, whose id none may have again."""
    session.execute(delete(Told).where(Told.at < before, Told.read_at.is_not(None), Told.id < last_id(session)), execution_options={"synchronize_session": False})
