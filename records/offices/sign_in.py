"""The sign-in check: a login is locked for a while after several wrong passwords in a row, an address after many.

Checking a password takes tens of milliseconds, so it happens between two transactions: `presented` reads, `is_right` calculates with
nothing open, `settle` writes. The answer is a value, not an exception, so that the caller's transaction commits and the count of
failures is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from records.audit import Who, note
from records.audit.store import moment_of_latest
from records.offices.model import Person
from records.offices.passwords import matches
from records.offices.store import person_by_login

_OF_IPV6 = 64  # the bits that one subscriber has in common


@dataclass(frozen=True)
class LockOut:
    """How many wrong passwords in a row lock a login, and for how long."""

    failures: int = 5
    period: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class AddressLimit:
    """How many refused attempts one address has in a period; an office whose people share an address stays far below."""

    failures: int = 30
    period: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class Presented:
    """What the database says of a login at the moment of asking; no person where the login is unknown."""

    login: str
    person_id: str = ""
    name: str = ""
    active: bool = False
    password_hash: str | None = None
    locked_until: datetime | None = None
    address_until: datetime | None = None


@dataclass(frozen=True)
class SignIn:
    """Either the person's identifier, or none with the moment until which the login is locked, if it is."""

    person_id: str | None
    locked_until: datetime | None = None


LOCK_OUT = LockOut()
ADDRESS_LIMIT = AddressLimit()


def presented(session: Session, login: str, address: str, now: datetime, limit: AddressLimit = ADDRESS_LIMIT) -> Presented:
    """Reads what the check needs; writes nothing."""
    latest = moment_of_latest(session, "address", network_of(address), limit.failures) if address else None
    until = latest + limit.period if latest is not None and latest + limit.period > now else None
    found = person_by_login(session, login)
    if found is None:
        return Presented(login, address_until=until)
    locked = found.locked_until if found.locked_until is not None and found.locked_until > now else None
    return Presented(login, found.id, found.name, found.active, found.password_hash, locked, until)


def is_right(asked: Presented, password: str) -> bool:
    """Whether it is the password; an unknown login takes as long as a known one. Call it with no transaction open."""
    return matches(asked.password_hash, password)


def settle(session: Session, asked: Presented, right: bool, address: str, now: datetime, lock_out: LockOut = LOCK_OUT) -> SignIn:
    """Keeps attempt and count of failures, on the row as it is now: others may have guessed, or the password been changed, meanwhile.

    A wrong login, a wrong password and an inactive person give the same answer. While a login is locked even the
    right password is refused, and no attempt prolongs the lock.
    """
    answer = _answer(session, asked, right, now, lock_out)
    outcome = "accepted" if answer.person_id else "locked" if answer.locked_until else "refused"
    who, login = Who(asked.person_id, asked.name, now), "".join(filter(str.isprintable, asked.login))[:32]
    note(session, who, f"session:sign_in:{outcome}", "login", login)
    if address and answer.person_id is None:
        note(session, who, f"session:sign_in:{outcome}", "address", network_of(address), new={"address": address[:64], "login": login})
    return answer


def network_of(address: str) -> str:
    """What counts as one address: all of IPv4, the network of one subscriber of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:32]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{IPv6Address(int(found) >> _OF_IPV6 << _OF_IPV6)}/{_OF_IPV6}"
    return str(found)


def _answer(session: Session, asked: Presented, right: bool, now: datetime, lock_out: LockOut) -> SignIn:
    found = session.execute(
        select(Person.id, Person.active, Person.password_hash, Person.locked_until).where(Person.id == asked.person_id).with_for_update()
    ).one_or_none()  # fmt: skip
    if found is None or not found.active:
        return SignIn(None)
    if found.locked_until is not None and found.locked_until > now:
        return SignIn(None, found.locked_until)
    if right and found.password_hash == asked.password_hash:
        session.execute(update(Person).where(Person.id == found.id).values(failed_count=0, locked_until=None))
        return SignIn(found.id)
    return SignIn(None, _count_failure(session, found.id, lock_out, now))


def _count_failure(session: Session, person_id: str, lock_out: LockOut, now: datetime) -> datetime | None:
    # Counted by the database, so that guesses made at the same moment all count.
    count = session.execute(
        update(Person).where(Person.id == person_id).values(failed_count=Person.failed_count + 1).returning(Person.failed_count)
    ).scalar_one()
    if count < lock_out.failures:
        return None
    until = now + lock_out.period
    session.execute(update(Person).where(Person.id == person_id).values(failed_count=0, locked_until=until))
    return until
