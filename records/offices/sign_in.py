"""The sign-in check: a login is locked for a while after several wrong passwords in a row, an address after many.

Checking a password takes tens of milliseconds, so it happens between two transactions: `presented` reads, `is_right` calculates with
nothing open, `settle` writes. The answer is a value, not an exception, so that the caller's transaction commits and the count of
failures is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from records.audit import Who, note
from records.offices.addresses import ADDRESS_LIMIT, AddressLimit, closed_until, network_of, note_address
from records.offices.lock_out import LOCK_OUT, LockOut, Standing, count_failure, forgive, standing
from records.offices.model import Person
from records.offices.passwords import hash_password, is_outdated, matches
from records.offices.second_factor import has_second_factor
from records.offices.store import person_by_login
from records.offices.tables import PasswordState

__all__ = [
    "ADDRESS_LIMIT", "LOCK_OUT", "AddressLimit", "LockOut", "Presented", "SignIn", "fresh_hash", "is_right", "network_of", "presented",
    "settle", "settle_outside",
]  # fmt: skip


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
    """Either the person's identifier, or none with the moment until which the login is locked, if it is.

    `wants_code`: the second factor is still to be shown. `must_change`: the password opens nothing but the page on which one's own is
    chosen. `has_expired`: it was the one that was handed out, too long ago. `is_stale`: the hash was made anew or changed between
    reading and writing; nothing was counted, ask again.
    """

    person_id: str | None
    locked_until: datetime | None = None
    wants_code: bool = False
    must_change: bool = False
    has_expired: bool = False
    is_stale: bool = False

    @property
    def outcome(self) -> str:
        """The last part of the event in the trail."""
        if self.person_id:
            return "password_accepted" if self.wants_code else "accepted"
        return "locked" if self.locked_until else "expired" if self.has_expired else "refused"


def presented(session: Session, login: str, address: str, now: datetime, limit: AddressLimit = ADDRESS_LIMIT) -> Presented:
    """Reads what the check needs; writes nothing."""
    until = closed_until(session, address, now, limit)
    found = person_by_login(session, login)
    if found is None:
        return Presented(login, address_until=until)
    locked = found.locked_until if found.locked_until is not None and found.locked_until > now else None
    return Presented(login, found.id, found.name, found.active, found.password_hash, locked, until)


def is_right(asked: Presented, password: str) -> bool:
    """Whether it is the password; an unknown login takes as long as a known one. Call it with no transaction open."""
    return matches(asked.password_hash, password)


def fresh_hash(asked: Presented, password: str) -> str:
    """The hash by today's parameters of a password that was right, empty where the stored one has them. Call it with no transaction open."""
    return hash_password(password) if asked.password_hash and is_outdated(asked.password_hash) else ""


def settle(
    session: Session, asked: Presented, right: bool, address: str, now: datetime, lock_out: LockOut = LOCK_OUT, *,
    new_hash: str = "", max_age: timedelta = timedelta(),
) -> SignIn:  # fmt: skip
    """Keeps attempt and count of failures, on the row as it is now: others may have guessed, or the password been changed, meanwhile.

    A wrong login, a wrong password and an inactive person give the same answer. While a login is locked even the
    right password is refused, and no attempt prolongs the lock.
    """
    found = standing(session, asked.person_id, now)
    answer = _answer(session, found, asked, right, now, lock_out, max_age)
    if answer.is_stale:
        return answer
    if found is not None and right and new_hash and answer.locked_until is None:
        session.execute(update(Person).where(Person.id == found.person_id).values(password_hash=new_hash))
    _keep(session, Who(asked.person_id, asked.name, now), answer, asked.login, address)
    return answer


def settle_outside(session: Session, person_id: str, address: str, now: datetime) -> SignIn:
    """As `settle`, for somebody whom the provider of identities vouches for: a locked login is refused there too."""
    found = standing(session, person_id, now)
    if found is None:
        return SignIn(None)
    answer = SignIn(None, found.locked_until) if found.locked_until else SignIn(person_id, wants_code=has_second_factor(session, person_id))
    if answer.person_id and not answer.wants_code:
        forgive(session, person_id)
    _keep(session, Who(person_id, found.name, now), answer, found.login, address, way="outside")
    return answer


def _answer(
    session: Session, found: Standing | None, asked: Presented, right: bool, now: datetime, lock_out: LockOut, max_age: timedelta
) -> SignIn:  # fmt: skip
    if found is None:
        return SignIn(None)
    if found.locked_until is not None:
        return SignIn(None, found.locked_until)
    if not right:
        return SignIn(None, count_failure(session, found.person_id, lock_out, now))
    if found.password_hash != asked.password_hash:
        return SignIn(None, is_stale=True)
    answer = _owed(session, SignIn(found.person_id), now, max_age)
    if answer.person_id and not answer.wants_code:  # with a code still to come failures go on counting, or nobody could be stopped at it
        forgive(session, found.person_id)
    return answer


def _owed(session: Session, answer: SignIn, now: datetime, max_age: timedelta) -> SignIn:
    assert answer.person_id is not None
    state = session.get(PasswordState, answer.person_id)
    if state is not None and state.initial_until is not None and state.initial_until <= now:
        return SignIn(None, has_expired=True)
    is_old = state is not None and bool(max_age) and state.set_at + max_age <= now
    is_initial = state is not None and state.initial_until is not None
    return replace(answer, wants_code=has_second_factor(session, answer.person_id), must_change=is_initial or is_old)


def _keep(session: Session, who: Who, answer: SignIn, login: str, address: str, *, way: str = "") -> None:
    event, shown = f"session:sign_in:{answer.outcome}", "".join(filter(str.isprintable, login))[:32]
    note(session, who, event, "login", shown, new={"way": way} if way else None)
    if answer.person_id is None:
        note_address(session, who, event, address, shown)
