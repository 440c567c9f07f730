"""A person's password, set by the person or by an administrator, who hands out a one-time password that nobody can read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from records.audit import Who, note
from records.offices.lock_out import LockOut, count_failure, forgive, standing
from records.offices.model import Person
from records.offices.sign_in_rules import SignInRules
from records.offices.tables import PasswordState


@dataclass(frozen=True)
class Held:
    """What is known of a person's password; neither date is there for one that was loaded with the organisation."""

    set_at: datetime | None = None
    initial_until: datetime | None = None


def held_password(session: Session, person_id: str) -> Held:
    """When it was set, and until when it is a one-time password."""
    row = session.get(PasswordState, person_id)
    return Held() if row is None else Held(row.set_at, row.initial_until)


def change_password(session: Session, who: Who, new_hash: str, *, before: str) -> bool:
    """One's own new password; False where the hash is no longer the one `before` which it was chosen: changed elsewhere meanwhile."""
    changed = session.execute(
        update(Person)
        .where(Person.id == who.person_id, Person.password_hash == before)
        .values(password_hash=new_hash, failed_count=0, locked_until=None)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", changed).rowcount != 1:
        return False
    _state(session, who.person_id, who.at, None)
    note(session, who, "person:password:changed", "person", who.person_id)
    return True


def reset_password(session: Session, person_id: str, new_hash: str, who: Who, rules: SignInRules) -> None:
    """A one-time password in the place of the person's own; it opens the page on which the next one is chosen, for so many days."""
    session.execute(
        update(Person).where(Person.id == person_id).values(password_hash=new_hash, failed_count=0, locked_until=None)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    until = who.at + rules.initial
    _state(session, person_id, who.at, until)
    note(session, who, "person:password:reset", "person", person_id, new={"valid_until": until})


def refuse_present(session: Session, person_id: str, lock_out: LockOut, now: datetime) -> datetime | None:
    """Counts a wrong present password typed by somebody who is signed in, as at the door; until when the login is locked, if it is."""
    found = standing(session, person_id, now)
    if found is None:
        return None
    until = found.locked_until or count_failure(session, person_id, lock_out, now)
    note(session, Who(person_id, found.name, now), "person:password:refused", "person", person_id, new=_locked(until))
    return until


def lift_lock(session: Session, person_id: str, who: Who) -> bool:
    """Has a locked login open again at once; False where none was locked."""
    found = standing(session, person_id, who.at)
    if found is None or found.locked_until is None:
        return False
    forgive(session, person_id)
    note(session, who, "person:lock:lifted", "person", person_id, old=_locked(found.locked_until))
    return True


def _locked(until: datetime | None) -> Mapping[str, Any] | None:
    return None if until is None else {"locked_until": until}


def _state(session: Session, person_id: str, set_at: datetime, initial_until: datetime | None) -> None:
    session.merge(PasswordState(person_id=person_id, set_at=set_at, initial_until=initial_until))
