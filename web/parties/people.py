"""The people that a dialog offers, under their offices, each with the post held there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.people import Colleague
from web.languages import is_english, named
from web.staff import role_name

MANY = 12  # so many names one takes in at a glance; above, the page offers to search among them


@dataclass(frozen=True)
class Person:
    """One who may be chosen."""

    id: str
    name: str
    posts: str


@dataclass(frozen=True)
class OfficeGroup:
    """Those of one office, in the order in which the engine named them."""

    name: str
    people: tuple[Person, ...]


def grouped(found: Sequence[Colleague]) -> list[OfficeGroup]:
    """People by office."""
    offices: dict[str, list[Person]] = {}
    for one in found:
        posts = (", " if is_english() else "、").join(role_name(role) for role in one.roles)
        offices.setdefault(named(one.office, one.office_en), []).append(Person(one.person_id, named(one.name, one.name_en), posts))
    return [OfficeGroup(name, tuple(people)) for name, people in offices.items()]
