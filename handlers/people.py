"""Finds the posts that a task names by role and relation (`engine.people.PostDirectory`), on the tree of offices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import Declined
from engine.forms import Option
from engine.people import PARTY, Colleague
from handlers.choices import offered
from handlers.party_facts import facts_of
from records.offices import deputies, parties, staff, store
from records.offices.model import Office

OWN = "own"


class Directory:
    """Holds nothing; every answer is read in the caller's transaction."""

    def candidates(self, session: Session, role: str, relation: str, case_office_id: str) -> Sequence[str]:
        """Posts of the role at the office that stands in the relation; empty when there is no such office or post."""
        found = related(session, case_office_id, relation) if case_office_id else None
        return [post.id for post in store.posts(session, role, found.id)] if found else []

    def reach(self, session: Session, role: str, relation: str, post_ids: Collection[str]) -> Sequence[str]:
        """The offices of cases for which one of these posts is a candidate; of a post above, every office for which it is the one above."""
        if relation == PARTY:
            named = (parties.named(session, post) for post in post_ids if post.startswith(f"{role}:"))
            return [party.office_id for party in named if party is not None]
        at = [store.office(session, office_id) for office_id in store.offices_of_posts(session, role, post_ids)]
        if relation.startswith(OWN):
            return [office.id for office in at if related(session, office.id, relation)]
        posts, beneath = {office.id for office in at}, [o for office in at for o in store.offices(session, beneath=office.scope)]
        found = dict.fromkeys(o.id for o in beneath if (above := related(session, o.id, relation)) and above.id in posts)
        return sorted(found, key=lambda office_id: office_id not in posts)

    def accounts(self, session: Session, party: str) -> Collection[str]:
        """Everybody who has or had an account of a party."""
        row = parties.named(session, party)
        return [person.id for person in parties.accounts(session, row.id)] if row else []

    def facts(self, session: Session, party: str) -> Mapping[str, Any]:
        """What the books say of a party (`handlers.party_facts`)."""
        return facts_of(session, party)

    def held(self, session: Session, person_id: str, posts: Collection[str], on: date, process_id: str = "") -> Sequence[str]:
        """Those of the posts that the person holds on the day, himself or as a deputy in this process; none of somebody who has left."""
        own = [held.post_id for held in store.held_posts(session, person_id, on) if held.post_id in posts]
        lent = [post for stead in deputies.steads(session, person_id, on) if stead.covers(process_id) for post in stead.post_ids]
        return list(dict.fromkeys([*own, *(post for post in lent if post in posts), *parties.names_of(session, person_id, posts)]))

    def vacant(self, session: Session, posts: Collection[str], on: date) -> Collection[str]:
        """Those of the posts (of the names of parties) that nobody holds on the day."""
        return set(posts) - store.held_by_somebody(session, posts, on) - parties.with_accounts(session, posts)

    def gone(self, session: Session, people: Collection[str]) -> Collection[str]:
        """Those of the people who have left."""
        return store.left(session, people)

    def choices(self, session: Session, source: str, case_office_id: str, on: date) -> Sequence[Option]:
        """The offices or people that a form offers under this name (`handlers.choices`)."""
        return offered(session, source, store.office(session, case_office_id), on)

    def scope_of(self, session: Session, office_id: str) -> str:
        """The path of the office, which nobody moves until the case has begun; raises Declined for an office that is closed."""
        scope, closed_on = store.place_of(session, office_id)
        if closed_on is not None:
            raise Declined("该机关已经撤销，不能再以它的名义发起案件", "this office is closed; no case begins there")
        return scope

    def named(self, session: Session, people: Collection[str], on: date) -> Sequence[Colleague]:
        """Those of the people who are in the service on the day and hold a post."""
        return [_colleague(member) for member in staff.named(session, people, on)]

    def holders(self, session: Session, posts: Collection[str], on: date) -> Sequence[Colleague]:
        """Who holds one of the posts on the day."""
        return [_colleague(member) for member in staff.holders(session, posts, on)]

    def colleagues(self, session: Session, office_id: str, on: date) -> Sequence[Colleague]:
        """Who works at the office on the day, above it, or beneath the office above it."""
        return [_colleague(member) for member in staff.around(session, store.office(session, office_id), on)]


def _colleague(member: staff.Member) -> Colleague:
    return Colleague(member.person_id, member.name, member.name_en, member.office.name, member.office.name_en, tuple(member.roles))


def related(session: Session, office_id: str, relation: str) -> Office | None:
    """own, own:LEVEL (nobody at an office of another level), parent, or the nearest office of a level, the office itself included."""
    if relation.startswith(OWN):
        office, level = store.office(session, office_id), relation.removeprefix(OWN).removeprefix(":")
        return office if level in {"", office.level} else None
    if relation == "parent":
        return store.parent(session, office_id)
    return store.office_at_level(session, office_id, relation)
