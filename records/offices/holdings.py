"""Who holds which post from when to when. A change counts at the next request; periods of one person at one post never overlap."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices import people, store
from records.offices.administrators import ADMINISTRATORS, shut_out
from records.offices.errors import ChangeRefused
from records.offices.model import Deputy, Office, Person, Post, PostHolding

_ROLE = re.compile(r"[a-z][a-z_]{0,39}")


@dataclass(frozen=True)
class Held:
    """A holding with its names. `is_over`, `is_ahead` as of the day on which it was asked."""

    id: str
    post_id: str
    role: str
    office: Office
    person: Person
    valid_from: date
    valid_to: date | None
    is_over: bool
    is_ahead: bool


def make_post(session: Session, who: Who, role: str, office: Office) -> Post:
    """The post of a role at an office: the one that is there, or a new one. Raises ChangeRefused."""
    if not _ROLE.fullmatch(role):
        raise ChangeRefused("role", value=role[:40])
    if office.closed_on is not None:
        raise ChangeRefused("office_closed", name=office.name)
    found = next(iter(store.posts(session, role, office.id)), None)
    if found is None:
        found = Post(id=new_id(), role=role, office_id=office.id)
        session.add(found)
        session.flush()
        audit.note(session, who, "offices:post:created", "post", found.id, new={"role": role, "office": office.code})
    return found


def appoint(session: Session, who: Who, person_id: str, post: Post, valid_from: date, valid_to: date | None) -> PostHolding:
    """Gives a person a post. Raises ChangeRefused: himself, who has left, a party, a closed office, an overlap, one administrator too many."""
    row, office = people.to_change(session, person_id), store.office_to_change(session, post.office_id)
    if row.id == who.person_id:
        raise ChangeRefused("own_post")
    if row.party_id is not None:
        raise ChangeRefused("party_holds_no_post", person=row.name)
    if not row.active:
        raise ChangeRefused("person_left", name=row.name)
    if office.closed_on is not None:
        raise ChangeRefused("office_closed", name=office.name)
    if valid_to is not None and valid_to < valid_from:
        raise ChangeRefused("period", start=valid_from, end=valid_to)
    _refuse_overlap(session, row, post, office, valid_from, valid_to)
    _refuse_mixture(session, row, post, valid_from, valid_to)
    made = PostHolding(id=new_id(), post_id=post.id, person_id=row.id, valid_from=valid_from, valid_to=valid_to)
    session.add(made)
    session.flush()
    new = {"person": row.login, "role": post.role, "office": office.code, "from": str(valid_from), "to": str(valid_to) if valid_to else None}
    audit.note(session, who, "offices:holding:given", "person", row.id, new=new)
    return made


def end(session: Session, who: Who, holding_id: str, last_day: date, today: date) -> PostHolding:
    """Ends a holding on a day; the day before today means at once. One that has not begun is gone without a trace in the calendar.

    Raises ChangeRefused.
    """
    row = to_end(session, holding_id)
    if row.person_id == who.person_id:
        raise ChangeRefused("own_post")
    if row.valid_to is not None and row.valid_to < today:
        raise ChangeRefused("holding_over", end=row.valid_to)
    before = {"from": str(row.valid_from), "to": str(row.valid_to) if row.valid_to else None}
    is_at_once = last_day < today
    if row.valid_from >= today and is_at_once:
        session.delete(row)
        new = {"withdrawn": True}
    else:
        last = today - timedelta(days=1) if is_at_once else last_day
        if last < row.valid_from:
            raise ChangeRefused("holding_not_begun", start=row.valid_from)
        row.valid_to = last
        new = {"to": str(last)}  # type: ignore[dict-item]
    session.flush()
    post = session.get_one(Post, row.post_id)
    office = store.office(session, post.office_id)
    audit.note(session, who, "offices:holding:ended", "person", row.person_id, old={**before, "role": post.role, "office": office.code}, new=new)
    return row


def to_end(session: Session, holding_id: str) -> PostHolding:
    """The holding, its row locked; raises ChangeRefused where there is none."""
    found = session.get(PostHolding, holding_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise ChangeRefused("person_unknown", value=holding_id)
    return found


def is_last(session: Session, holding: PostHolding, after: date) -> bool:
    """Whether nobody holds the post on a day if this holding does not count."""
    other = select(PostHolding.id).join(Person, Person.id == PostHolding.person_id)
    others = other.where(
        PostHolding.post_id == holding.post_id, PostHolding.id != holding.id, Person.active.is_(True), store.valid(after)
    )
    return session.scalars(others.limit(1)).first() is None


def of_person(session: Session, person_id: str, today: date) -> list[Held]:
    """Everything a person holds, held and will hold, the latest first."""
    return _read(session, today, person_id=person_id)


def of_office(session: Session, office_id: str, today: date) -> list[Held]:
    """Everything that is or was held at an office, by role and then the latest first."""
    return sorted(_read(session, today, office_id=office_id), key=lambda held: (held.role, held.is_over))


def posts_of(session: Session, office_id: str) -> Sequence[Post]:
    """The posts of an office, held or not, by role."""
    return session.scalars(select(Post).where(Post.office_id == office_id).order_by(Post.role)).all()


def _read(session: Session, today: date, *, person_id: str = "", office_id: str = "") -> list[Held]:
    wanted = (
        select(PostHolding, Post, Office, Person)
        .join(Post, Post.id == PostHolding.post_id)
        .join(Office, Office.id == Post.office_id)
        .join(Person, Person.id == PostHolding.person_id)
        .order_by(PostHolding.valid_from.desc(), PostHolding.id.desc())
    )
    wanted = wanted.where(PostHolding.person_id == person_id) if person_id else wanted.where(Post.office_id == office_id)
    return [
        Held(
            held.id, post.id, post.role, office, person, held.valid_from, held.valid_to,
            held.valid_to is not None and held.valid_to < today, held.valid_from > today,
        )
        for held, post, office, person in session.execute(wanted)
    ]  # fmt: skip


def _refuse_overlap(session: Session, row: Person, post: Post, office: Office, start: date, end_: date | None) -> None:
    until = PostHolding.valid_to
    meets = [PostHolding.person_id == row.id, PostHolding.post_id == post.id, or_(until.is_(None), until >= start)]
    if end_ is not None:
        meets.append(PostHolding.valid_from <= end_)
    known = session.scalars(select(PostHolding).where(*meets).limit(1)).first()
    if known is not None:
        shown = known.valid_to or "长期"
        raise ChangeRefused("holding_overlaps", person=row.name, office=office.name, role=post.role, start=known.valid_from, end=shown)


def _refuse_mixture(session: Session, row: Person, post: Post, start: date, end_: date | None) -> None:
    """三员分立: an administrator's post is held alone."""
    until = PostHolding.valid_to
    meets = [PostHolding.person_id == row.id, or_(until.is_(None), until >= start)]
    if end_ is not None:
        meets.append(PostHolding.valid_from <= end_)
    roles = session.scalars(select(Post.role).join(PostHolding, PostHolding.post_id == Post.id).where(*meets)).all()
    if held := shut_out(roles, post.role):
        raise ChangeRefused("administrator_apart", person=row.name, held=held, role=post.role)
    if post.role in ADMINISTRATORS:
        _refuse_deputyship(session, row, post, start, end_)


def _refuse_deputyship(session: Session, row: Person, post: Post, start: date, end_: date | None) -> None:
    """Nor does an administrator act on cases in somebody's stead, or have somebody act in his."""
    meets = [Deputy.withdrawn_at.is_(None), Deputy.valid_to >= start, or_(Deputy.principal_id == row.id, Deputy.deputy_id == row.id)]
    if end_ is not None:
        meets.append(Deputy.valid_from <= end_)
    found = session.scalars(select(Deputy).where(*meets).order_by(Deputy.valid_from).limit(1)).first()
    if found is not None:
        raise ChangeRefused("administrator_deputises", person=row.name, role=post.role, start=found.valid_from, end=found.valid_to)
