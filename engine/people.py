"""Who acts, as the engine sees them: posts are opaque identifiers, scopes are paths of offices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from sqlalchemy.orm import Session

from engine.forms import Option

PARTY = "party"  # the relation of whom the case names, where others name an office


@dataclass(frozen=True)
class Stead:
    """Somebody absent in whose stead another acts (代理): his posts, roles and scopes, for these processes; none named means all.

    Nobody stands in for two people in one process at one time: the records see to it, so that it is always clear for whom.
    """

    person_id: str
    name: str
    post_ids: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    processes: frozenset[str] = frozenset()

    def covers(self, process_id: str) -> bool:
        """Whether it is good for cases of a process."""
        return not self.processes or process_id in self.processes


@dataclass(frozen=True)
class Actor:
    """A person with the posts held today. `scopes` are path prefixes: a case is visible when its scope begins with one.

    `steads` are those for whom the person deputises today, `acts_for` the one in whose stead an act is done. `party` is the name under which
    cases know somebody outside the authority; such a person sees the cases that name him and no office's.
    """

    person_id: str
    name: str
    post_ids: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()
    office_id: str = ""
    roles: frozenset[str] = frozenset()
    steads: tuple[Stead, ...] = ()
    acts_for: Stead | None = None
    party: str = ""

    def sees(self, scope: str, process_id: str = "") -> bool:
        """Whether a case of this scope belongs to an office of the actor, or of one for whom he deputises in this process, or beneath."""
        if any(scope.startswith(own) for own in self.scopes):
            return True
        return any(stead.covers(process_id) and any(scope.startswith(path) for path in stead.scopes) for stead in self.steads)

    @property
    def sights(self) -> dict[str, frozenset[str]]:
        """Every path that is seen, and the processes for which it is; none means all."""
        found = dict.fromkeys(self.scopes, frozenset[str]())
        for stead in self.steads:
            for path in stead.scopes:
                known = found.get(path)
                everything = not stead.processes or (known is not None and not known)
                found[path] = frozenset() if everything else stead.processes | (known or frozenset())
        return found

    def stead_in(self, process_id: str) -> Stead | None:
        """For whom the actor deputises in a process; None for nobody."""
        return next((stead for stead in self.steads if stead.covers(process_id)), None)

    def in_stead_of(self, stead: Stead | None) -> Actor:
        """The actor as he acts for somebody; for None in his own name."""
        return self if stead is self.acts_for else replace(self, acts_for=stead)

    @property
    def persons(self) -> tuple[str, ...]:
        """All in whose name the act is done: the actor, and the one for whom."""
        return (self.person_id,) if self.acts_for is None else (self.person_id, self.acts_for.person_id)

    @property
    def signature(self) -> str:
        """The name under an act: “乙 代 甲” where it is done for somebody."""
        return signature(self.name, self.acts_for.name if self.acts_for else "")


def signature(name: str, acts_for: str = "") -> str:
    """How an act is signed; both names where it was done for somebody, cut so that both fit where one does."""
    return f"{name[:28]} 代 {acts_for[:28]}" if acts_for else name


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
        """The other way round: the offices of cases for which one of these posts is a candidate, the offices of the posts first; for the relation
        `party` the competent offices of those of the names that are of this kind.
        """
        ...

    def accounts(self, session: Session, party: str) -> Collection[str]:
        """Everybody who has or had an account of a party."""
        ...

    def facts(self, session: Session, party: str) -> Mapping[str, Any]:
        """What the books say of a party, by names that the property `offered_to` may use."""
        ...

    def held(self, session: Session, person_id: str, posts: Collection[str], on: date, process_id: str = "") -> Sequence[str]:
        """Those of the posts that a person holds on a day, himself or as the deputy of somebody in this process."""
        ...

    def vacant(self, session: Session, posts: Collection[str], on: date) -> Collection[str]:
        """Those of the posts that nobody holds on a day."""
        ...

    def gone(self, session: Session, people: Collection[str]) -> Collection[str]:
        """Those of the people who have left."""
        ...

    def choices(self, session: Session, source: str, case_office_id: str, on: date) -> Sequence[Option]:
        """What a form offers under this name to the office of the case on a day; raises NoSuchList for a name that it does not know."""
        ...

    def scope_of(self, session: Session, office_id: str) -> str:
        """The path of an office at which a case begins, ending in a slash; it stays so until the caller's transaction ends."""
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
