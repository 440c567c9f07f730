"""The stations of the hall: the tasks of a model that carry the properties `station` and `hall`, in the order of the stations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.procedures import Procedure
from engine.tokens import Element

_NUMBER = re.compile(r"(\d*)(.*)")


@dataclass(frozen=True)
class Station:
    """One station: its number as people say it, what it is called, and the tasks that are done there: element → (name, English name)."""

    number: str
    name: str
    name_en: str
    tasks: Mapping[str, tuple[str, str]] = field(default_factory=dict, compare=False)


def stations(procedures: Iterable[Procedure]) -> list[Station]:
    """The stations of every model that has some, the first task of each naming it; procedure.yaml (`hall_en`) has the English of what the board says."""
    found: dict[str, list[Element]] = {}
    english: dict[str, str] = {}
    for procedure in procedures:
        english |= {str(zh): str(en) for zh, en in (procedure.about.get("hall_en") or {}).items()}
        for model in procedure.models.values():
            for element in model.elements.values():
                if element.properties.get("hall") and element.properties.get("station"):
                    found.setdefault(element.properties["station"], []).append(element)
    return [_station(number, found[number], english) for number in sorted(found, key=_place)]


def _station(number: str, elements: list[Element], english: Mapping[str, str]) -> Station:
    named = {one.id: (one.properties["hall"], english.get(one.properties["hall"]) or one.name_en) for one in elements}
    return Station(number, *named[elements[0].id], named)


def _place(number: str) -> tuple[int, str]:
    """Where a station stands: 9 before 13a before 13b before 14; what is no number stands last."""
    digits, letter = (_NUMBER.fullmatch(number) or _NUMBER.match("")).groups()  # type: ignore[union-attr]
    return (int(digits) if digits else 999, letter)
