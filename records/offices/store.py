"""Questions about offices and posts, each answered by one query."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BindParameter, ColumnElement, Date, bindparam, or_, select
from sqlalchemy.orm import Session

from records.offices.errors import ChangeRefused, OfficeUnknown
from records.offices.levels import ancestors
from records.offices.model import Deputy, Office, OfficeRegion, Person, Post, PostHolding

_AT_ONCE = 500


@dataclass(frozen=True)
class HeldPost:
    """A post that somebody holds on a day, with its office."""

    post_id: str
    role: str
    office_id: str
    office_code: str
    office_name: str
    office_name_en: str
    level: str
    scope: str


def office(session: Session, office_id: str) -> Office:
    """The office with this identifier; raises OfficeUnknown."""
    found = session.get(Office, office_id)
    if found is None:
        raise OfficeUnknown(office_id)
    return found


def office_to_change(session: Session, office_id: str) -> Office:
    """The office, its row locked; raises ChangeRefused where there is none."""
    found = session.get(Office, office_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise ChangeRefused("office_unknown", value=office_id)
    return found


def place_of(session: Session, office_id: str) -> tuple[str, date | None]:
    """(path, day of closing) of an office, which nobody moves or closes until the caller's transaction ends; raises OfficeUnknown."""
    wanted = select(Office.scope, Office.closed_on).where(Office.id == office_id)
    row = session.execute(wanted.with_for_update(read=True)).one_or_none()
    if row is None:
        raise OfficeUnknown(office_id)
    return row.scope, row.closed_on


def office_by_code(session: Session, code: str) -> Office | None:
    """The office with this code."""
    return session.scalars(select(Office).where(Office.code == code)).one_or_none()


def office_named(session: Session, name: str) -> Office | None:
    """The office with this Chinese name, the first of the tree where several have it."""
    return session.scalars(select(Office).where(Office.name == name).order_by(Office.scope).limit(1)).one_or_none()


def offices(session: Session, *, level: str | None = None, beneath: str = "", only_open: bool = False) -> Sequence[Office]:
    """Offices in the order of the tree, all or those of a level and beneath a scope (itself included), closed ones too unless told otherwise."""
    wanted = select(Office).order_by(Office.scope)
    if only_open:
        wanted = wanted.where(Office.closed_on.is_(None))
    if level is not None:
        wanted = wanted.where(Office.level == level)
    if beneath:
        wanted = wanted.where(Office.scope.startswith(beneath, autoescape=True))
    return session.scalars(wanted).all()


def office_at_level(session: Session, office_id: str, level: str) -> Office | None:
    """The nearest office of that level at or above the given one; None when there is none."""
    start = office(session, office_id)
    return session.scalars(select(Office).where(Office.scope.in_(ancestors(start.scope)), Office.level == level)).one_or_none()


def parent(session: Session, office_id: str) -> Office | None:
    """The office directly above; None at the root."""
    above = office(session, office_id).parent_id
    return None if above is None else office(session, above)


def regions(session: Session) -> dict[str, Office]:
    """Every region that has a competent office; shape: region (2, 4 or 6 digits) → office."""
    rows = session.execute(select(OfficeRegion.region, Office).join(Office, Office.id == OfficeRegion.office_id))
    return dict(rows.all())


def posts(session: Session, role: str, office_id: str) -> Sequence[Post]:
    """The posts of a role at one office: one, or none."""
    return session.scalars(select(Post).where(Post.role == role, Post.office_id == office_id)).all()


def offices_of_posts(session: Session, role: str, post_ids: Collection[str]) -> Sequence[str]:
    """The offices of those posts that are of a role, in the order of the tree."""
    wanted = select(Post.office_id).join(Office, Office.id == Post.office_id).where(Post.role == role, Post.id.in_(post_ids))
    return session.scalars(wanted.order_by(Office.scope)).all()


def office_of_each(session: Session, post_ids: Collection[str]) -> dict[str, Office]:
    """The office of each of these posts."""
    rows = session.execute(select(Post.id, Office).join(Office, Office.id == Post.office_id).where(Post.id.in_(post_ids)).order_by(Office.scope))
    return {row[0]: row[1] for row in rows}


def held_posts(session: Session, person_id: str, on: date) -> list[HeldPost]:
    """What a person holds on a day, ordered by scope and role; empty for an inactive person."""
    return [HeldPost(*row) for row in session.execute(_HELD, {"person": person_id, "on": on})]


def holders(session: Session, post_ids: Sequence[str], on: date) -> Sequence[Person]:
    """Active people who hold one of the posts on a day, by name."""
    return session.scalars(
        select(Person)
        .where(
            Person.active.is_(True),
            Person.id.in_(select(PostHolding.person_id).where(PostHolding.post_id.in_(post_ids), valid(on))),
        )
        .order_by(Person.name)
    ).all()


def held_by_somebody(session: Session, post_ids: Collection[str], on: date) -> set[str]:
    """Those of the posts that an active person holds on a day."""
    wanted = select(PostHolding.post_id).join(Person, Person.id == PostHolding.person_id)
    found = set[str]()
    listed = sorted(post_ids)
    for start in range(0, len(listed), _AT_ONCE):
        some = PostHolding.post_id.in_(listed[start : start + _AT_ONCE])
        found.update(session.scalars(wanted.where(Person.active.is_(True), some, valid(on))))
    return found


def ended_between(session: Session, first: date, last: date) -> set[str]:
    """Those whose post, or deputyship, had its last day within these days."""
    posts = session.scalars(select(PostHolding.person_id).where(PostHolding.valid_to.between(first, last)))
    deputies = session.scalars(select(Deputy.deputy_id).where(Deputy.valid_to.between(first, last)))
    return {*posts, *deputies}


def left(session: Session, people: Collection[str]) -> set[str]:
    """Those of the people who are active no longer."""
    listed, found = sorted(people), set[str]()
    for start in range(0, len(listed), _AT_ONCE):
        some = Person.id.in_(listed[start : start + _AT_ONCE])
        found.update(session.scalars(select(Person.id).where(some, Person.active.is_(False))))
    return found


def person(session: Session, person_id: str) -> Person | None:
    """The person with this identifier."""
    return session.get(Person, person_id)


def person_by_login(session: Session, login: str) -> Person | None:
    """The person with this login name."""
    return session.scalars(select(Person).where(Person.login == login)).one_or_none()


def people(session: Session) -> Sequence[Person]:
    """Everybody, by login name."""
    return session.scalars(select(Person).order_by(Person.login)).all()


def valid(on: date | BindParameter[date]) -> ColumnElement[bool]:
    """A condition on a holding: it is in force on a day."""
    return (PostHolding.valid_from <= on) & or_(PostHolding.valid_to.is_(None), PostHolding.valid_to >= on)


# Asked with every request of every page; to build it anew costs more than the database does.
_HELD = (
    select(Post.id, Post.role, Office.id, Office.code, Office.name, Office.name_en, Office.level, Office.scope)
    .join(PostHolding, PostHolding.post_id == Post.id)
    .join(Office, Office.id == Post.office_id)
    .join(Person, Person.id == PostHolding.person_id)
    .where(Person.id == bindparam("person"), Person.active.is_(True), valid(bindparam("on", type_=Date)))
    .order_by(Office.scope, Post.role)
)


def named_people(session: Session, ids: Collection[str]) -> list[Person]:
    """Those of these people whom there is, in no order; those who have left too."""
    listed, found = sorted(set(ids)), list[Person]()
    for start in range(0, len(listed), _AT_ONCE):
        found += session.scalars(select(Person).where(Person.id.in_(listed[start : start + _AT_ONCE])))
    return found
