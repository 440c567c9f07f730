"""Who acts, as the engine sees them: posts are opaque identifiers, scopes are paths of offices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from engine.forms import Option


@dataclass(frozen=True)
class Actor:
    """A person with the posts held today. `scopes` are path prefixes: a case is visible when its scope begins with one."""

    person_id: str
    name: str
    post_ids: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()
    office_id: str = ""
    roles: frozenset[str] = frozenset()

    def sees(self, scope: str) -> bool:
        """Whether a case of this scope belongs to an office of the actor or one beneath it."""
        return any(scope.startswith(own) for own in self.scopes)


SYSTEM = Actor("system", "系统", frozenset(), ("",))


@dataclass(frozen=True)
class Colleague:
    """Somebody who may be asked: where he sits, and what his posts are called there."""

    person_id: str
    name: str
    name_en: str = ""
    office: str = ""
    office_en: str = ""
    roles: tuple[str, ...] = ()


class PostDirectory(Protocol):
    """Finds posts and offices; `handlers/people.py` implements it on the records."""

    def candidates(self, session: Session, role: str, relation: str, case_office_id: str) -> Sequence[str]:
        """Posts of a role at the office that stands in a relation to the office of the case; may be empty."""
        ...

    def reach(self, session: Session, role: str, relation: str, post_ids: Collection[str]) -> Sequence[str]:
        """The other way round: the offices of cases for which one of these posts is a candidate, the offices of the posts first."""
        ...

    def held(self, session: Session, person_id: str, posts: Collection[str], on: date) -> Sequence[str]:
        """Those of the posts that a person holds on a day."""
        ...

    def choices(self, session: Session, source: str, case_office_id: str, on: date) -> Sequence[Option]:
        """What a form offers under this name to the office of the case on a day; raises NoSuchList for a name that it does not know."""
        ...

    def scope_of(self, session: Session, office_id: str) -> str:
        """The path of an office, ending in a slash."""
        ...

    def named(self, session: Session, people: Collection[str], on: date) -> Sequence[Colleague]:
        """Those of these people who hold any post on a day; whoever is missing has left."""
        ...

    def holders(self, session: Session, posts: Collection[str], on: date) -> Sequence[Colleague]:
        """Who holds one of the posts on a day, by name."""
        ...

    def colleagues(self, session: Session, office_id: str, on: date) -> Sequence[Colleague]:
        """Who holds a post on a day at an office or near it in the tree; those of the office itself first."""
        ...
