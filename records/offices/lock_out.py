"""Counting failures in a row, and locking a login for a while: wrong passwords and wrong codes count alike, on the person's one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from records.offices.model import Person


@dataclass(frozen=True)
class LockOut:
    """How many failures in a row lock a login, and for how long."""

    failures: int = 5
    period: timedelta = timedelta(minutes=15)


LOCK_OUT = LockOut()


@dataclass(frozen=True)
class Standing:
    """A person as the row says while nobody else may change it."""

    person_id: str
    name: str
    login: str
    password_hash: str
    locked_until: datetime | None


def standing(session: Session, person_id: str, now: datetime) -> Standing | None:
    """Locks the row of an active person until the end of the transaction; a lock that is over counts as none."""
    found = session.execute(
        select(Person.name, Person.login, Person.active, Person.password_hash, Person.locked_until).where(Person.id == person_id).with_for_update()
    ).one_or_none()  # fmt: skip
    if found is None or not found.active:
        return None
    locked = found.locked_until if found.locked_until is not None and found.locked_until > now else None
    return Standing(person_id, found.name, found.login, found.password_hash, locked)


def count_failure(session: Session, person_id: str, lock_out: LockOut, now: datetime) -> datetime | None:
    """One failure more; the moment until which the login is locked, if this was one too many."""
    # Counted by the database, so that guesses made at the same moment all count.
    count = session.execute(
        update(Person).where(Person.id == person_id).values(failed_count=Person.failed_count + 1).returning(Person.failed_count)
    ).scalar_one()
    if count < lock_out.failures:
        return None
    until = now + lock_out.period
    session.execute(update(Person).where(Person.id == person_id).values(failed_count=0, locked_until=until))
    return until


def forgive(session: Session, person_id: str) -> None:
    """After a complete sign-in, or by an administrator: nothing is counted, nothing locked."""
    session.execute(update(Person).where(Person.id == person_id).values(failed_count=0, locked_until=None))
