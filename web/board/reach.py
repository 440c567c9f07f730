"""Whose work a supervisor sees: that of the offices he heads and of all beneath, by the posts of today; a lent post shows no board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import abort, g

from records.offices import store
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
    """`tops` are the outermost offices that the person heads, `places` all that are seen, in the order of the tree."""

    tops: tuple[Place, ...]
    places: tuple[Place, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(top.scope for top in self.tops)

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


def reach() -> Reach:
    """Of the person who asks; read once a request."""
    if "board_reach" not in g:
        staff = identity.staff()
        headed = sorted({scope for role in SUPERVISORS for scope in staff.scopes_of(role)})
        paths = [scope for scope in headed if not any(scope != other and scope.startswith(other) for other in headed)]
        with services().database.read() as session:
            offices = {office.scope: _place(office) for path in paths for office in store.offices(session, beneath=path)}
        g.board_reach = Reach(tuple(offices[path] for path in paths if path in offices), tuple(offices.values()))
    found: Reach = g.board_reach
    return found


def people_names(ids: Sequence[str]) -> dict[str, str]:
    """The names of people, as many as there are."""
    with services().database.read() as session:
        return {person.id: named(person.name, person.name_en) for person in store.named_people(session, ids)}


def _place(office: Office) -> Place:
    return Place(office.id, named(office.name, office.name_en), office.scope)
