"""What forms offer to choose from (`valuesKey`): offices by the tree, people by the post that they hold.

A value is what the handlers read: the code of an office, the identifier of a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from engine.errors import NoSuchList
from engine.forms import Option
from handlers import faults_choices, upgrade_choices
from handlers.registration_lists import cards_to_destroy, cards_to_hand_up
from records.offices import store
from records.offices.levels import ancestors
from records.offices.model import Office, Person

DELEGATED_TO = frozenset(("city", "district"))
OWN_GROUP = ("本局（辖区内核查）", "own office (verified inside)")
HOLDERS_OF = "holders_of_"


def authorities(session: Session, own: Office) -> list[Option]:
    """Every city and district that can be asked, by province and city, the nearest first; the own office verifies inside the district.

    Source: Ningbo 2001-19, annex 2, art. 5.
    """
    known = store.offices(session, only_open=True)
    by_scope = {office.scope: office for office in known}
    first = [Option(own.code, own.name, own.name_en, *OWN_GROUP)] if own.level in DELEGATED_TO else []
    others = sorted((o for o in known if o.level in DELEGATED_TO and o.id != own.id), key=lambda o: (-_shared(o, own), o.scope))
    return first + [_office(o, by_scope) for o in others]


def offices_beneath(session: Session, own: Office) -> list[Option]:
    """The offices beneath the own one, to which a matter can be passed down.

    Source: Ningbo 2001-19, annex 2, art. 5.
    """
    beneath = [o for o in store.offices(session, beneath=own.scope, only_open=True) if o.id != own.id]
    return [Option(o.code, o.name, o.name_en) for o in beneath]


def own_and_beneath(session: Session, own: Office) -> list[Option]:
    """Who may be given a share when invoices are sorted: the own level first, then the offices beneath.

    Source: Ningbo 2001-19, annex 2, art. 11.
    """
    return [Option(own.code, f"本级（{own.name}）", f"here ({own.name_en or own.name})"), *offices_beneath(session, own)]


def holders(session: Session, role: str, own: Office, on: date) -> list[Option]:
    """Who holds a post of this role at the own office on the day; people of one name are told apart by their login names."""
    found = store.holders(session, [post.id for post in store.posts(session, role, own.id)], on)
    names = Counter(person.name for person in found)
    return [_person(person, alone=names[person.name] == 1) for person in found]


OFFICE_LISTS: Mapping[str, Callable[[Session, Office], Sequence[Option]]] = {
    "authorities": authorities,
    "offices_beneath": offices_beneath,
    "own_and_beneath": own_and_beneath,
    "cards_to_hand_up": cards_to_hand_up,
    "cards_to_destroy": cards_to_destroy,
}


def offered(session: Session, source: str, own: Office, on: date) -> Sequence[Option]:
    """The list of this name for an office; raises NoSuchList."""
    if source in OFFICE_LISTS:
        return OFFICE_LISTS[source](session, own)
    for lists in (faults_choices.LISTS, upgrade_choices.LISTS):
        if source in lists:
            return lists[source](session, own, on)
    if source.startswith(HOLDERS_OF):
        return holders(session, source.removeprefix(HOLDERS_OF), own, on)
    raise NoSuchList(f"表单的选项来源 {source} 没有登记", source=source)


def _person(person: Person, *, alone: bool) -> Option:
    if alone:
        return Option(person.id, person.name, person.name_en)
    return Option(person.id, f"{person.name}（{person.login}）", f"{person.name_en or person.name} ({person.login})")


def _shared(office: Office, own: Office) -> int:
    """How many levels of the tree two offices have in common."""
    return len(set(ancestors(office.scope)) & set(ancestors(own.scope)))


def _office(office: Office, by_scope: Mapping[str, Office]) -> Option:
    """An office under the province and city above it."""
    above = [by_scope[scope] for scope in reversed(ancestors(office.scope)[1:]) if scope in by_scope]
    named = [o for o in above if o.level in {"province", "city"}] + ([office] if office.level == "city" else [])
    group, group_en = " · ".join(o.name for o in named), " · ".join(o.name_en for o in named)
    return Option(office.code, office.name, office.name_en, group, group_en)
