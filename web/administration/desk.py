"""What the administrator at this desk may see and change, and how every change of these pages runs.

An administrator looks at the offices of the administrator's post and those beneath; anything else is not there. A change is one transaction
with a key, its trail and what becomes of the work of people; a refusal stands in the trail too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.timeouts import LONG
from engine.rights import parted
from engine.staffing import OpenWork
from records.audit import Who, note
from records.offices import store
from records.offices.administrators import ADMINISTRATORS, MAY_CHANGE
from records.offices.errors import ChangeRefused
from records.offices.levels import LEVEL_NAMES
from records.offices.model import Deputy, Office, Party, Person
from web import csrf, identity, requests
from web.languages import is_english
from web.services import services
from web.staff import ROLE_NAMES, role_name

LEVEL_NAMES_EN = {"sat": "SAT", "province": "province", "city": "city", "district": "district", "tax_office": "tax office"}
NOT_GIVEN = {csrf.FIELD, requests.KEY_FIELD, "password"}
KEPT_OF_FALLEN = 1_000
_ROLES_IN_DETAILS = ("role", "held")


def may(what: str) -> bool:
    """Whether the reader may change this kind of thing."""
    return MAY_CHANGE[what] in identity.staff().actor.roles


def who() -> Who:
    """The person who acts, now."""
    actor = identity.staff().actor
    return Who(actor.person_id, actor.name, services().clock.now())


def scopes(what: str = "") -> tuple[str, ...]:
    """The paths over which the reader is an administrator, of any kind or of the one who may change something."""
    roles = {MAY_CHANGE[what]} if what else ADMINISTRATORS
    return tuple(sorted({path for role in roles for path in identity.staff().scopes_of(role)}))


def realm(session: Session, what: str = "") -> list[Office]:
    """The offices that the reader looks after, in the order of the tree."""
    found = {office.id: office for path in scopes(what) for office in store.offices(session, beneath=path)}
    return sorted(found.values(), key=lambda office: office.scope)


def office(session: Session, office_id: str, what: str = "") -> Office:
    """An office of the realm; any other is not there."""
    found = session.get(Office, office_id)
    if found is None or not any(found.scope.startswith(path) for path in scopes(what)):
        abort(404)
    return found


def person(session: Session, person_id: str, what: str = "") -> Person:
    """A person of an office of the realm; any other is not there."""
    found = store.person(session, person_id)
    if found is None or found.office_id is None:
        abort(404)
    office(session, found.office_id, what)
    return found


def party(session: Session, party_id: str, what: str = "") -> Party:
    """A party that an office of the realm keeps; any other is not there."""
    found = session.get(Party, party_id)
    if found is None:
        abort(404)
    office(session, found.office_id, what)
    return found


def named_person(session: Session, login: str, what: str = "") -> Person:
    """A person of the realm by login; raises ChangeRefused, which looks the same for one of elsewhere."""
    found = store.person_by_login(session, login.strip())
    at = session.get(Office, found.office_id) if found is not None and found.office_id else None
    if found is None or at is None or not any(at.scope.startswith(path) for path in scopes(what)):
        raise ChangeRefused("person_unknown", value=login.strip()[:60])
    return found


def change(name: str, act: Callable[[Session, Who], Any]) -> str:
    """Runs a change once for the key of the form; what was refused, in words, or nothing. `act` may raise ChangeRefused."""
    key, me, deps = requests.act_key(f"administration-{name}"), identity.staff().actor, services()
    given = {field: values for field, values in request.form.lists() if field not in NOT_GIVEN}
    given["address"] = [request.path]
    try:
        with deps.database.write(LONG) as session:

            def once() -> None:
                act(session, who())

            deps.engine.once(session, f"administration:{name}", me, key, given, once)
    except ChangeRefused as refused:
        with deps.database.write() as session:
            note(session, who(), f"offices:{name}:refused", "administration", request.path[-32:], new={"why": str(refused), "at": request.path})
        return said(refused)
    return ""


def give_back(session: Session, acting: Who, people: Iterable[str], why: str) -> list[OpenWork]:
    """What these people, and those who deputise for them, can do no longer falls back to its posts; the trail lists it under the person."""
    today, by, fallen = services().clock.today(), identity.staff().actor, list[OpenWork]()
    session.flush()
    given = list(dict.fromkeys(people))
    in_force = (Deputy.principal_id.in_(given), Deputy.valid_to >= today)
    concerned = [*given, *session.scalars(select(Deputy.deputy_id).where(*in_force))]
    for person_id in dict.fromkeys(concerned):
        found = services().engine.staffing.fall_back(session, person_id, by, why)
        if found:
            tasks = [work.id for work in found][:KEPT_OF_FALLEN]
            note(session, acting, "offices:person:fell_back", "person", person_id, new={"count": len(found), "tasks": tasks, "why": why})
        fallen += found
    return fallen


def said(refused: ChangeRefused) -> str:
    """A refusal in the language of the page, with roles in words."""
    details = {name: role_name(value) if name in _ROLES_IN_DETAILS else value for name, value in refused.details.items()}
    return ChangeRefused(refused.code, **details).say("en" if is_english() else "zh")


def level_name(level: str) -> str:
    """A level of the tree in words."""
    return LEVEL_NAMES_EN[level] if is_english() else LEVEL_NAMES[level]


def choices(offices: Iterable[Office], *, only_open: bool = True) -> list[tuple[str, str]]:
    """Offices to choose from, indented as in the tree."""
    listed = [one for one in offices if one.closed_on is None or not only_open]
    top = min((one.scope.count("/") for one in listed), default=0)
    return [(one.id, "　" * (one.scope.count("/") - top) + (one.name_en if is_english() and one.name_en else one.name)) for one in listed]


def roles() -> list[tuple[str, str]]:
    """The posts that an administrator can give, by name: those of the house, and whatever else a procedure asks for."""
    asked = {
        parted(group)[0]
        for procedure in services().engine.procedures()
        for model in procedure.models.values()
        for group in (*model.starters, *(group for element in model.elements.values() for group in element.candidates))
    }
    known = [role for role in ROLE_NAMES if role != "enterprise"]
    return [(role, role_name(role)) for role in (*known, *sorted(asked - set(ROLE_NAMES)))]


def role(name: str) -> str:
    """A role that can be given; raises ChangeRefused for any other: a post that no task asks for helps nobody."""
    if name not in dict(roles()):
        raise ChangeRefused("role", value=name[:40])
    return name


def tabs() -> list[tuple[str, str]]:
    """(endpoint, name) of the pages of this family."""
    return [
        ("administration.offices", _("机构")), ("administration.people", _("人员")), ("administration.parties", _("外部单位")),
        ("administration.stations", _("工作站")), ("administration.deputies", _("代理")), ("administration.unattended", _("无人办理")),
        ("administration.lists", _("导入")), ("administration.notices", _("提醒")), ("administration.history", _("变更记录")),
    ]  # fmt: skip
