"""Deputies (代理): who stands in for whom, from when to when, in which processes. Named by the person himself or by a security administrator.

At any time a process knows at most one deputy of a person and at most one person whom somebody deputises for, and nobody is both: so it is
always clear for whom somebody acts, and there are neither chains nor circles.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices import people, store
from records.offices.administrators import ADMINISTRATORS
from records.offices.errors import ChangeRefused
from records.offices.model import Deputy, Office, Person, Post, PostHolding


@dataclass(frozen=True)
class Lent:
    """What somebody may do today for an absent person. `scopes` are the offices of the posts; no processes means all."""

    deputy_row: str
    person_id: str
    name: str
    name_en: str
    until: date
    processes: frozenset[str]
    post_ids: frozenset[str]
    roles: frozenset[str]
    offices: tuple[tuple[str, str], ...]  # (role, path)

    def covers(self, process_id: str) -> bool:
        """Whether it is good for cases of a process."""
        return not self.processes or process_id in self.processes


@dataclass(frozen=True)
class Standing:
    """A row with its names, as pages show it."""

    id: str
    principal: Person
    deputy: Person
    valid_from: date
    valid_to: date
    processes: tuple[str, ...]
    is_withdrawn: bool
    is_over: bool
    is_ahead: bool


_ON = bindparam("on", type_=Date)
_STEADS = (  # asked with every request
    select(Deputy.id, Deputy.valid_to, Deputy.processes, Person.id, Person.name, Person.name_en, Post.id, Post.role, Office.scope)
    .join(Person, Person.id == Deputy.principal_id)
    .join(PostHolding, PostHolding.person_id == Person.id)
    .join(Post, Post.id == PostHolding.post_id)
    .join(Office, Office.id == Post.office_id)
    .where(
        Deputy.deputy_id == bindparam("deputy"), Deputy.withdrawn_at.is_(None), Deputy.valid_from <= _ON, Deputy.valid_to >= _ON,
        Person.active.is_(True), store.valid(_ON), Post.role.not_in(ADMINISTRATORS),
    )
    .order_by(Deputy.id, Office.scope, Post.role)
)  # fmt: skip


def steads(session: Session, deputy_id: str, on: date) -> list[Lent]:
    """For whom somebody deputises on a day, with the posts that those hold on it; an administrator's post is lent to nobody."""
    rows = session.execute(_STEADS, {"deputy": deputy_id, "on": on}).all()
    found = []
    for row_id in dict.fromkeys(row[0] for row in rows):
        held = [row for row in rows if row[0] == row_id]
        _id, until, processes, person_id, name, name_en = held[0][:6]
        found.append(
            Lent(
                row_id, person_id, name, name_en, until, frozenset(processes), frozenset(row[6] for row in held),
                frozenset(row[7] for row in held), tuple((row[7], row[8]) for row in held),
            )
        )  # fmt: skip
    return found


def name(
    session: Session, who: Who, principal_id: str, deputy_id: str, valid_from: date, valid_to: date, processes: Collection[str], today: date
) -> Deputy:
    """Has somebody stand in for another in these processes (none: all). Raises ChangeRefused."""
    if principal_id == deputy_id:
        raise ChangeRefused("deputy_self")
    # Both rows are locked in one order, so that two deputyships that exclude each other are not made at the same moment.
    locked = {person_id: people.to_change(session, person_id) for person_id in sorted({principal_id, deputy_id})}
    principal, deputy, wanted = locked[principal_id], locked[deputy_id], sorted(set(processes))
    _refuse_people(session, principal, deputy, valid_from, valid_to)
    if valid_to < valid_from:
        raise ChangeRefused("period", start=valid_from, end=valid_to)
    if valid_to < today:
        raise ChangeRefused("period_over", end=valid_to)
    if not _has_posts(session, principal.id, valid_from, valid_to):
        raise ChangeRefused("deputy_no_posts", person=principal.name)
    _refuse_clash(session, principal, deputy, valid_from, valid_to, wanted)
    row = Deputy(
        id=new_id(), principal_id=principal.id, deputy_id=deputy.id, valid_from=valid_from, valid_to=valid_to, processes=wanted,
        made_by=who.person_id, made_at=who.at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    new = {"for": principal.login, "by": deputy.login, "from": str(valid_from), "to": str(valid_to), "processes": wanted}
    audit.note(session, who, "offices:deputy:named", "person", principal.id, new=new)
    return row


def withdraw(session: Session, who: Who, row_id: str, today: date) -> Deputy:
    """Ends a deputyship at once. Raises ChangeRefused."""
    row = session.get(Deputy, row_id, with_for_update=True, populate_existing=True)
    if row is None or row.withdrawn_at is not None or row.valid_to < today:
        raise ChangeRefused("deputy_over")
    row.withdrawn_at, row.withdrawn_by = who.at, who.person_id
    session.flush()
    audit.note(session, who, "offices:deputy:withdrawn", "person", row.principal_id, old={"deputy": row.deputy_id, "to": str(row.valid_to)})
    return row


def of_person(session: Session, person_id: str, today: date, limit: int = 50) -> list[Standing]:
    """Every deputyship in which a person has or is the deputy, the latest first."""
    mine = or_(Deputy.principal_id == person_id, Deputy.deputy_id == person_id)
    rows = session.scalars(select(Deputy).where(mine).order_by(Deputy.valid_to.desc(), Deputy.id.desc()).limit(limit)).all()
    return standing(session, rows, today)


def latest(session: Session, offices: Sequence[str], today: date, limit: int = 100) -> list[Standing]:
    """Of people of these offices, those that are in force or to come first."""
    people_ = select(Person.id).where(Person.office_id.in_(offices))
    rows = session.scalars(select(Deputy).where(Deputy.principal_id.in_(people_)).order_by(Deputy.valid_to.desc(), Deputy.id.desc()).limit(limit))
    return standing(session, rows.all(), today)


def standing(session: Session, rows: Sequence[Deputy], today: date) -> list[Standing]:
    """Rows with their names."""
    people_ = {one.id: one for one in store.named_people(session, [id_ for row in rows for id_ in (row.principal_id, row.deputy_id)])}
    return [
        Standing(
            row.id, people_[row.principal_id], people_[row.deputy_id], row.valid_from, row.valid_to,
            tuple(row.processes), row.withdrawn_at is not None, row.valid_to < today, row.valid_from > today,
        )
        for row in rows
    ]  # fmt: skip


def _refuse_people(session: Session, principal: Person, deputy: Person, start: date, end: date) -> None:
    until = PostHolding.valid_to
    for row in (principal, deputy):
        if row.party_id is not None:
            raise ChangeRefused("deputy_party")
        if not row.active:
            raise ChangeRefused("person_left", name=row.name)
        meets = (PostHolding.person_id == row.id, PostHolding.valid_from <= end, or_(until.is_(None), until >= start))
        roles = session.scalars(select(Post.role).join(PostHolding, PostHolding.post_id == Post.id).where(*meets))
        if ADMINISTRATORS.intersection(roles):
            raise ChangeRefused("deputy_administrator", person=row.name)


def _has_posts(session: Session, person_id: str, start: date, end: date) -> bool:
    until = PostHolding.valid_to
    held = select(PostHolding.id).where(
        PostHolding.person_id == person_id, PostHolding.valid_from <= end, or_(until.is_(None), until >= start)
    )
    return session.scalars(held.limit(1)).first() is not None


def _refuse_clash(session: Session, principal: Person, deputy: Person, start: date, end: date, wanted: Sequence[str]) -> None:
    """No chain in either direction whatever the process; within a process one deputy of a person, and one person of a deputy."""
    both = (principal.id, deputy.id)
    rows = session.scalars(
        select(Deputy)
        .where(
            Deputy.withdrawn_at.is_(None), Deputy.valid_from <= end, Deputy.valid_to >= start,
            or_(Deputy.principal_id.in_(both), Deputy.deputy_id.in_(both)),
        )
        .order_by(Deputy.id)
    ).all()  # fmt: skip
    for row in rows:
        period: dict[str, object] = {"start": row.valid_from, "end": row.valid_to}
        his, stands_in = session.get_one(Person, row.principal_id), session.get_one(Person, row.deputy_id)
        if row.principal_id == deputy.id:
            raise ChangeRefused("deputy_chain", person=deputy.name, other=stands_in.name, **period)
        if row.deputy_id == principal.id:
            raise ChangeRefused("deputy_chain_other", person=principal.name, other=his.name, **period)
        if wanted and row.processes and not set(wanted) & set(row.processes):
            continue
        if row.principal_id == principal.id:
            raise ChangeRefused("deputy_twice", person=principal.name, other=stands_in.name, **period)
        if row.deputy_id == deputy.id:
            raise ChangeRefused("deputy_of_two", person=deputy.name, other=his.name, **period)
