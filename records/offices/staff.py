"""Lists of people with their offices and posts, for whoever chooses one: each is one query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from records.offices.levels import ancestors
from records.offices.model import Office, Person, Post, PostHolding

MOST = 500  # a page offers no longer list; who is farther away is found by his own office
# None of the three administrators acts on cases (三员分立), so nobody asks one to.
NOT_ON_CASES = ("system_administrator", "security_administrator", "audit_administrator")


@dataclass
class Member:
    """An active person on a day: his own office where one of the posts is there, else that of the post that was found first, and the roles there."""

    person_id: str
    name: str
    name_en: str
    office: Office
    roles: list[str] = field(default_factory=list)


def named(session: Session, people: Collection[str], on: date) -> list[Member]:
    """Those of these people who hold any post on a day."""
    return _members(session, Person.id.in_(people), on) if people else []


def holders(session: Session, posts: Collection[str], on: date) -> list[Member]:
    """Who holds one of the posts on a day, by office and name."""
    return _members(session, Post.id.in_(posts), on) if posts else []


def around(session: Session, office: Office, on: date) -> list[Member]:
    """Who holds a post on a day at the office, at those above it, and beneath the one above it: the office itself first."""
    above = ancestors(office.scope)
    beneath = above[1] if len(above) > 1 else office.scope
    near = or_(Office.scope.in_(above), Office.scope.startswith(beneath, autoescape=True))
    own_first = sorted(_members(session, near, on), key=lambda member: (member.office.id != office.id, member.office.scope))
    return own_first[:MOST]


def _members(session: Session, which: ColumnElement[bool], on: date) -> list[Member]:
    rows = session.execute(
        select(Person, Office, Post.role)
        .join(PostHolding, PostHolding.person_id == Person.id)
        .join(Post, Post.id == PostHolding.post_id)
        .join(Office, Office.id == Post.office_id)
        .where(Person.active.is_(True), Post.role.not_in(NOT_ON_CASES), which, PostHolding.valid_from <= on)
        .where(or_(PostHolding.valid_to.is_(None), PostHolding.valid_to >= on))
        .order_by(Office.scope, Person.name, Person.id, Post.role)
    ).all()
    at_home = {person.id for person, office, _role in rows if office.id == person.office_id}
    found: dict[str, Member] = {}
    for person, office, role in rows:
        if person.id in at_home and office.id != person.office_id:
            continue
        member = found.setdefault(person.id, Member(person.id, person.name, person.name_en, office))
        if member.office.id == office.id and role not in member.roles:
            member.roles.append(role)
    return list(found.values())
