"""Whose work a supervisor sees: that of the offices he heads and of all beneath, by the posts of today.

A deputy sees the board of the head for whom he stands in, as a board of its own: cases of the processes for which he does, while he does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import abort, g

from engine.people import Actor
from records.offices import store
from records.offices.deputies import Lent
from records.offices.model import Office
from records.offices.supervisors import SUPERVISORS
from web import identity
from web.languages import named
from web.services import services


@dataclass(frozen=True)
class Place:
    """An office in the reach of somebody."""

    id: str
    name: str
    scope: str


@dataclass(frozen=True)
class Reach:
    """`tops` are the outermost offices that are headed, `places` all that are seen, in the order of the tree. `lent`: what makes a deputy see
    them; empty for a board of one's own.
    """

    tops: tuple[Place, ...]
    places: tuple[Place, ...]
    lent: tuple[Lent, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(top.scope for top in self.tops)

    @property
    def processes(self) -> tuple[str, ...]:
        """Those whose cases are seen; none means all."""
        return tuple(sorted({process for one in self.lent for process in one.processes}))

    def is_of(self, stead: str) -> bool:
        """Whether it is this board of those that `boards` names."""
        return stead == (self.lent[0].person_id if self.lent else "")

    @property
    def actor(self) -> Actor:
        """The person who asks, as he acts from this board."""
        me = identity.staff().actor
        return me.in_stead_of(next(one for one in me.steads if one.person_id == self.lent[0].person_id)) if self.lent else me

    @cached_property
    def by_scope(self) -> dict[str, Place]:
        return {place.scope: place for place in self.places}

    def place(self, office_id: str) -> Place:
        """An office in reach; to whoever names another one, there is none."""
        return next((place for place in self.places if place.id == office_id), None) or abort(404)

    def beneath(self, scope: str) -> list[Place]:
        """The offices directly beneath one."""
        depth = scope.count("/") + 1
        return [place for place in self.places if place.scope.startswith(scope) and place.scope.count("/") == depth]


def boards() -> dict[str, tuple[Lent, ...]]:
    """Every board of the person who asks, his own first: under the empty name, those of others by whom he stands in for."""
    staff, found = identity.staff(), dict[str, tuple[Lent, ...]]()
    if any(staff.scopes_of(role) for role in SUPERVISORS):
        found[""] = ()
    for one in staff.lent:
        if SUPERVISORS & one.roles:
            found[one.person_id] = (*found.get(one.person_id, ()), one)
    return found


def reach(stead: str = "") -> Reach:
    """Of the person who asks, on his own board or on that of somebody for whom he stands in; without a name on the first that he has. Read once a
    request; raises 404 where there is none.
    """
    if "board_reach" not in g:
        mine = boards()
        lent = mine.get(stead) if stead or "" in mine else next(iter(mine.values()), None)
        g.board_reach = _reach(lent) if lent is not None else abort(404)
    found: Reach = g.board_reach
    return found


def _reach(lent: tuple[Lent, ...]) -> Reach:
    own = ((role, scope) for role in SUPERVISORS for scope in identity.staff().scopes_of(role))
    headed = _headed((post for one in lent for post in one.offices) if lent else own)
    paths = [scope for scope in headed if not any(scope != other and scope.startswith(other) for other in headed)]
    with services().database.read() as session:
        offices = {office.scope: _place(office) for path in paths for office in store.offices(session, beneath=path)}
    return Reach(tuple(offices[path] for path in paths if path in offices), tuple(offices.values()), lent)


def _headed(posts: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({scope for role, scope in posts if role in SUPERVISORS})


def people_names(ids: Sequence[str]) -> dict[str, str]:
    """The names of people, as many as there are."""
    with services().database.read() as session:
        return {person.id: named(person.name, person.name_en) for person in store.named_people(session, ids)}


def _place(office: Office) -> Place:
    return Place(office.id, named(office.name, office.name_en), office.scope)
