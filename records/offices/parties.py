"""Outside parties with accounts of their own: an enterprise by its taxpayer number, a service unit, an agent who collects.

A case names a party as `kind:number` (the property `parties` of its process); whoever has an account of that party sees the case, and no other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices.errors import ChangeRefused
from records.offices.fields import required
from records.offices.model import Office, Party, Person

KINDS = {"enterprise": ("企业", "enterprise"), "service_unit": ("技术服务单位", "service unit"), "collecting_agent": ("代征代售单位", "collecting agent")}
_NUMBER = re.compile(r"[0-9A-Z]{3,20}")


def register(session: Session, who: Who, kind: str, number: str, name: str, name_en: str, office: Office) -> Party:
    """A party that may be given accounts; `office` is whose administrators keep it. Raises ChangeRefused."""
    number = number.strip().upper()
    if kind not in KINDS:
        raise ChangeRefused("party_kind", value=kind, choices="、".join(zh for zh, _en in KINDS.values()))
    if not _NUMBER.fullmatch(number):
        raise ChangeRefused("party_number", value=number[:40])
    if (there := known(session, kind, number)) is not None:
        raise ChangeRefused("party_twice", value=number, name=there.name)
    name = required("单位名称", name, 100)
    row = Party(id=new_id(), kind=kind, number=number, name=name, name_en=name_en.strip()[:120] or name, office_id=office.id)
    session.add(row)
    session.flush()
    audit.note(session, who, "offices:party:registered", "party", row.id, new={"kind": kind, "number": number, "name": name})
    return row


def known(session: Session, kind: str, number: str) -> Party | None:
    """The party that is registered under a number; None for none."""
    return session.scalars(select(Party).where(Party.kind == kind, Party.number == number)).one_or_none()


def named(session: Session, key: str) -> Party | None:
    """The party that cases know as `kind:number`; None for none."""
    kind, _, number = key.partition(":")
    return known(session, kind, number)


def party(session: Session, party_id: str) -> Party:
    """The party with this identifier; raises ChangeRefused."""
    found = session.get(Party, party_id)
    if found is None:
        raise ChangeRefused("party_unknown")
    return found


def parties(session: Session, offices: Sequence[str]) -> Sequence[Party]:
    """Those that are kept by administrators of these offices, by kind and number."""
    return session.scalars(select(Party).where(Party.office_id.in_(offices)).order_by(Party.kind, Party.number)).all()


def accounts(session: Session, party_id: str) -> Sequence[Person]:
    """The accounts of a party, by login."""
    return session.scalars(select(Person).where(Person.party_id == party_id).order_by(Person.login)).all()


def key_of(session: Session, party_id: str | None) -> str:
    """The name under which cases know it; empty for a member of staff."""
    found = session.get(Party, party_id) if party_id else None
    return found.key if found else ""


def names_of(session: Session, person_id: str, posts: Collection[str]) -> list[str]:
    """Those of the names that are a person's as the account of a party."""
    if not any(":" in post for post in posts):  # the posts of offices are identifiers
        return []
    row = session.get(Person, person_id)
    key = key_of(session, row.party_id) if row is not None and row.active else ""
    return [key] if key and key in posts else []


def signing_in(session: Session, names: Collection[str]) -> Sequence[Person]:
    """Who can sign in for those of the names that are parties', by login."""
    keys = [name.partition(":") for name in names if ":" in name]
    found = [
        person
        for kind, _colon, number in keys
        for person in session.scalars(
            select(Person).join(Party, Party.id == Person.party_id).where(Party.kind == kind, Party.number == number, Person.active.is_(True))
        )
    ]
    return sorted(found, key=lambda person: person.login)


def with_accounts(session: Session, names: Collection[str]) -> set[str]:
    """Those of the names for which somebody can sign in: one question for all."""
    by_kind: dict[str, set[str]] = {}
    for kind, colon, number in (name.partition(":") for name in names):
        if colon:  # the posts of offices are identifiers
            by_kind.setdefault(kind, set()).add(number)
    if not by_kind:
        return set()
    somebody = select(Person.id).where(Person.party_id == Party.id, Person.active.is_(True)).correlate(Party).exists()
    asked = or_(*(and_(Party.kind == kind, Party.number.in_(numbers)) for kind, numbers in sorted(by_kind.items())))
    return {f"{kind}:{number}" for kind, number in session.execute(select(Party.kind, Party.number).where(asked, somebody))}
