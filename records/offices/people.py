"""Changes of people: they come, are renamed, leave and come back. What somebody had in hand is the engine's, and the caller's to give back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices import store
from records.offices.errors import ChangeRefused
from records.offices.fields import required
from records.offices.model import Deputy, Office, Party, Person, PostHolding

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
# What a mail program would take for one address and nothing else; whether somebody reads it only a letter tells.
_EMAIL = re.compile(r"[^@\s<>,;:\"'()\[\]\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")
NO_HASH = "!"  # nothing that anybody types matches it


def create(session: Session, who: Who, login: str, name: str, name_en: str, office: Office, party: Party | None = None) -> Person:
    """An account without a password: the security administrator gives the first one. Raises ChangeRefused."""
    login = login.strip()
    if not _LOGIN.fullmatch(login):
        raise ChangeRefused("login", value=login[:60])
    if (known := store.person_by_login(session, login)) is not None:
        raise ChangeRefused("login_twice", value=login, name=known.name)
    if office.closed_on is not None:
        raise ChangeRefused("office_closed", name=office.name)
    name = required("姓名", name, 60)
    row = Person(
        id=new_id(), login=login, name=name, name_en=name_en.strip()[:60] or name, password_hash=NO_HASH, active=True,
        office_id=office.id, party_id=party.id if party else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(session, who, "offices:person:created", "person", row.id, new={"login": login, "name": name, "office": office.code, "party": party.key if party else None})
    return row


def rename(session: Session, who: Who, person_id: str, name: str, name_en: str) -> Person:
    """Another name; what was signed keeps the old one."""
    row, name = to_change(session, person_id), required("姓名", name, 60)
    before = {"name": row.name, "name_en": row.name_en}
    row.name, row.name_en = name, name_en.strip()[:60] or name
    session.flush()
    audit.note(session, who, "offices:person:renamed", "person", row.id, old=before, new={"name": row.name, "name_en": row.name_en})
    return row


def reach_by_mail(session: Session, who: Who, person_id: str, email: str) -> Person:
    """Notices go to another address from now on; to none where it is empty. Raises ChangeRefused."""
    row, email = to_change(session, person_id), email.strip()
    if email and (len(email) > 120 or not _EMAIL.fullmatch(email)):
        raise ChangeRefused("email", value=email[:120])
    before, row.email = row.email, email
    session.flush()
    audit.note(session, who, "offices:person:email", "person", row.id, old={"email": before}, new={"email": email})
    return row


def transfer(session: Session, who: Who, person_id: str, office: Office) -> Person:
    """Belongs to another office from now on; the posts are changed apart from it."""
    row = to_change(session, person_id)
    if office.closed_on is not None:
        raise ChangeRefused("office_closed", name=office.name)
    before, row.office_id = row.office_id, office.id
    session.flush()
    audit.note(session, who, "offices:person:transferred", "person", row.id, old={"office": before}, new={"office": office.id})
    return row


def leave(session: Session, who: Who, person_id: str, today: date) -> Person:
    """Cannot sign in any more, holds no post from today on, and neither deputises nor has a deputy. Raises ChangeRefused."""
    row = to_change(session, person_id)
    if not row.active:
        raise ChangeRefused("person_left", name=row.name)
    row.active = False
    ended = []
    for holding in session.scalars(select(PostHolding).where(PostHolding.person_id == row.id).with_for_update()):
        if holding.valid_from >= today:
            ended.append(holding.post_id)
            session.delete(holding)
        elif holding.valid_to is None or holding.valid_to >= today:
            ended.append(holding.post_id)
            holding.valid_to = today - timedelta(days=1)
    session.flush()
    with_him = or_(Deputy.principal_id == row.id, Deputy.deputy_id == row.id)
    session.execute(
        update(Deputy).where(with_him, Deputy.withdrawn_at.is_(None), Deputy.valid_to >= today).values(withdrawn_at=who.at, withdrawn_by=who.person_id),
        execution_options={"synchronize_session": False},
    )
    audit.note(session, who, "offices:person:left", "person", row.id, new={"on": str(today), "posts": sorted(ended)})
    return row


def come_back(session: Session, who: Who, person_id: str) -> Person:
    """The account may be used again; posts are given anew."""
    row = to_change(session, person_id)
    if row.active:
        raise ChangeRefused("person_here", name=row.name)
    row.active = True
    session.flush()
    audit.note(session, who, "offices:person:came_back", "person", row.id)
    return row


def to_change(session: Session, person_id: str) -> Person:
    """The person, the row locked; raises ChangeRefused where there is none."""
    found = session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise ChangeRefused("person_unknown", value=person_id)
    return found


def search(session: Session, offices: Sequence[str], text: str, *, state: str = "", offset: int = 0, limit: int = 25) -> Sequence[Person]:
    """People of these offices by login, of whom login or name holds the text; `state`: here | left | party | anything else for all."""
    wanted = select(Person).where(Person.office_id.in_(offices)).order_by(Person.login).offset(offset).limit(limit)
    if text:
        wanted = wanted.where(or_(Person.login.contains(text, autoescape=True), Person.name.contains(text, autoescape=True), Person.name_en.icontains(text, autoescape=True)))
    if state in {"here", "left"}:
        wanted = wanted.where(Person.active.is_(state == "here"))
    if state == "party":
        wanted = wanted.where(Person.party_id.is_not(None))
    return session.scalars(wanted).all()
