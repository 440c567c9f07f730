"""Finds the posts that a task names by role and relation (`engine.people.PostDirectory`), on the tree of offices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy.orm import Session

from engine.forms import Option
from handlers.choices import offered
from records.offices import store
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
        at = [store.office(session, office_id) for office_id in store.offices_of_posts(session, role, post_ids)]
        if relation.startswith(OWN):
            return [office.id for office in at if related(session, office.id, relation)]
        posts, beneath = {office.id for office in at}, [o for office in at for o in store.offices(session, beneath=office.scope)]
        found = dict.fromkeys(o.id for o in beneath if (above := related(session, o.id, relation)) and above.id in posts)
        return sorted(found, key=lambda office_id: office_id not in posts)

    def held(self, session: Session, person_id: str, posts: Collection[str], on: date) -> Sequence[str]:
        """Those of the posts that the person holds on the day; none of somebody who is no longer active."""
        return [held.post_id for held in store.held_posts(session, person_id, on) if held.post_id in posts]

    def choices(self, session: Session, source: str, case_office_id: str, on: date) -> Sequence[Option]:
        """The offices or people that a form offers under this name (`handlers.choices`)."""
        return offered(session, source, store.office(session, case_office_id), on)

    def scope_of(self, session: Session, office_id: str) -> str:
        """The path of the office."""
        return store.office(session, office_id).scope


def related(session: Session, office_id: str, relation: str) -> Office | None:
    """own, own:LEVEL (nobody at an office of another level), parent, or the nearest office of a level, the office itself included."""
    if relation.startswith(OWN):
        office, level = store.office(session, office_id), relation.removeprefix(OWN).removeprefix(":")
        return office if level in {"", office.level} else None
    if relation == "parent":
        return store.parent(session, office_id)
    return store.office_at_level(session, office_id, relation)
