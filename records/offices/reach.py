"""For whom an administrator of certain offices may act: for people who serve beneath them and nowhere else.

Who has a post above or beside as well belongs to the administrators there: a reset would open those doors too. Who has no post any more
belongs where one was held, and who never had one to the administrators of the office above all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, false, not_, or_, select
from sqlalchemy.orm import Session

from records.offices.model import Office, Person, Post, PostHolding


@dataclass(frozen=True)
class Reach:
    """The paths of an administrator's offices, and the day that decides which posts are over."""

    scopes: tuple[str, ...]
    today: date


def people_within(session: Session, reach: Reach, words: str = "", *, limit: int, offset: int = 0) -> Sequence[Person]:
    """People of these offices by login; `words` stands in the login or a name."""
    wanted = select(Person).where(_within(session, reach))
    for word in words.split():
        wanted = wanted.where(or_(*(column.icontains(word, autoescape=True) for column in (Person.login, Person.name, Person.name_en))))
    return session.scalars(wanted.order_by(Person.login).offset(offset).limit(limit)).all()


def person_within(session: Session, reach: Reach, person_id: str) -> Person | None:
    """The person, if an administrator of these offices may act for them."""
    return session.scalars(select(Person).where(Person.id == person_id, _within(session, reach))).one_or_none()


def _within(session: Session, reach: Reach) -> ColumnElement[bool]:
    if not reach.scopes:
        return false()
    beneath = or_(*(Office.scope.startswith(scope, autoescape=True) for scope in reach.scopes))
    is_root = heads_the_tree(session, reach.scopes)
    not_over = or_(PostHolding.valid_to.is_(None), PostHolding.valid_to >= reach.today)
    never = ~_holds(PostHolding.person_id == Person.id) if is_root else false()
    return and_(~_holds(not_over, not_(beneath)), or_(_holds(beneath), never))


def _holds(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(PostHolding.id).join(Post, Post.id == PostHolding.post_id).join(Office, Office.id == Post.office_id)
        .where(PostHolding.person_id == Person.id, *conditions).correlate(Person).exists()
    )  # fmt: skip


def heads_the_tree(session: Session, scopes: Sequence[str]) -> bool:
    """Whether one of these offices has none above it."""
    return session.scalar(select(Office.id).where(Office.parent_id.is_(None), Office.scope.in_(scopes)).limit(1)) is not None
