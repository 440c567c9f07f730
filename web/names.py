"""Names of people and offices in the language of the page. Rows of the engine keep the Chinese name of the day; English is looked up."""

from __future__ import annotations

from collections.abc import Callable

from flask import g
from flask_babel import gettext as _

from engine.people import SYSTEM
from records.offices import store
from web.languages import is_english
from web.services import services


def person_name(person_id: str | None, name: str) -> str:
    """The name of a person whom a row names."""
    if person_id == SYSTEM.person_id:
        return str(_("系统"))
    return _english(f"person:{person_id}", name, lambda: _of_person(person_id or "")) if name else name


def signed_name(person_id: str, signature: str) -> str:
    """The name under an act; “乙 代 甲” where it was done in somebody's stead."""
    name, _sign, absent = signature.partition(" 代 ")
    return both_names(person_name(person_id, name), absent)


def both_names(who: str, absent: str) -> str:
    """“乙 代 甲” where there is somebody in whose stead it was done, else who did it."""
    return str(_("%(who)s 代 %(absent)s", who=who, absent=absent)) if absent else who


def office_name(name: str) -> str:
    """The name of an office that a case keeps in words."""
    return _english(f"office:{name}", name, lambda: _of_office(name))


def _english(key: str, name: str, look_up: Callable[[], str]) -> str:
    """Looked up once a request; a name that nobody translated stays as it is."""
    if not is_english():
        return name
    known: dict[str, str] = g.setdefault("english_names", {})
    if key not in known:
        known[key] = look_up() or name
    return known[key]


def _of_person(person_id: str) -> str:
    with services().database.read() as session:
        found = store.person(session, person_id)
        return found.name_en if found else ""


def _of_office(name: str) -> str:
    with services().database.read() as session:
        found = store.office_named(session, name)
        return found.name_en if found else ""
