"""Whom a provider of identities means: an administrator has written down the value of the chosen claim. Nobody is made by signing in."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from records.audit import Who, note
from records.offices.tables import OutsideIdentity


class IdentityTaken(Exception):
    """Expected a value that no other person is known by at this provider; `person_id` is known by it."""

    def __init__(self, person_id: str) -> None:
        super().__init__(person_id)
        self.person_id = person_id


def known_as(session: Session, person_id: str, issuer: str) -> str:
    """The value by which the provider knows a person; empty for none."""
    row = session.get(OutsideIdentity, person_id)
    return row.value if row is not None and row.issuer == issuer else ""


def person_known_as(session: Session, issuer: str, value: str) -> str | None:
    """Whom the provider means by a value, to the letter."""
    return session.scalar(select(OutsideIdentity.person_id).where(OutsideIdentity.issuer == issuer, OutsideIdentity.value == value))


def link(session: Session, person_id: str, issuer: str, value: str, who: Who) -> bool:
    """Has a person known by a value, empty for none; False where that is so already. Raises IdentityTaken."""
    before = known_as(session, person_id, issuer)
    if before == value:
        return False
    other = person_known_as(session, issuer, value) if value else None
    if other is not None:
        raise IdentityTaken(other)
    session.execute(delete(OutsideIdentity).where(OutsideIdentity.person_id == person_id))
    if value:
        session.add(OutsideIdentity(person_id=person_id, issuer=issuer, value=value))
    event = f"person:outside_identity:{'linked' if value else 'unlinked'}"
    note(session, who, event, "person", person_id, old={"value": before} if before else None, new={"issuer": issuer, "value": value} if value else None)
    return True
