"""The sign-in check: a login is locked for a while after several wrong passwords in a row.

The answer is a value, not an exception, so that the caller's transaction commits and the count of failures is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from records.offices.model import Person
from records.offices.passwords import matches
from records.offices.store import person_by_login


@dataclass(frozen=True)
class LockOut:
    """How many wrong passwords in a row lock a login, and for how long."""

    failures: int = 5
    period: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class SignIn:
    """Either the person's identifier, or none with the moment until which the login is locked, if it is."""

    person_id: str | None
    locked_until: datetime | None = None


LOCK_OUT = LockOut()


def check_sign_in(session: Session, login: str, password: str, now: datetime, lock_out: LockOut = LOCK_OUT) -> SignIn:
    """Checks login and password and keeps the count of failures.

    A wrong login, a wrong password and an inactive person give the same answer. While a login is locked even the
    right password is refused, and no attempt prolongs the lock.
    """
    found = person_by_login(session, login)
    if found is not None and found.locked_until is not None and found.locked_until > now:
        return SignIn(None, found.locked_until)
    right = matches(found.password_hash if found else None, password)
    if found is None or not found.active:
        return SignIn(None)
    if right:
        _forgive(session, found)
        return SignIn(found.id)
    return SignIn(None, _count_failure(session, found, now, lock_out))


def _forgive(session: Session, found: Person) -> None:
    if found.failed_count or found.locked_until:
        session.execute(update(Person).where(Person.id == found.id).values(failed_count=0, locked_until=None))


def _count_failure(session: Session, found: Person, now: datetime, lock_out: LockOut) -> datetime | None:
    # Counted by the database, so that guesses made at the same moment all count.
    count = session.execute(
        update(Person).where(Person.id == found.id).values(failed_count=Person.failed_count + 1).returning(Person.failed_count)
    ).scalar_one()
    if count < lock_out.failures:
        return None
    until = now + lock_out.period
    session.execute(update(Person).where(Person.id == found.id).values(failed_count=0, locked_until=until))
    return until
