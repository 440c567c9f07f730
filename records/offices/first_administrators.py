"""The first administrators of an empty installation: made once, with the office above all others, in one transaction.

They are two at least, since the three are apart (三员分立): one has people be there, the other says what they may do, and neither can make
the other. The row in `agreement` is what makes it once: of two commands at the same moment the second finds it there, and where everybody
was deleted afterwards it is there still. Where people were loaded in another way, nobody is made at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.ids import new_id
from db.installation import Agreement
from db.session import Database
from records.audit import Who, note
from records.offices.levels import LEVELS
from records.offices.model import Office, Person, Post, PostHolding
from records.offices.passwords import hash_password, readable_secret
from records.offices.sign_in_rules import SignInRules
from records.offices.tables import PasswordState, SignInRule

SYSTEM, SECURITY, AUDIT = "system_administrator", "security_administrator", "audit_administrator"
ROLES = (SYSTEM, SECURITY, AUDIT)
_ONCE = "first_administrators"


class NotTheFirst(Exception):
    """Expected an installation without people that never had an administrator, but this one has."""


@dataclass(frozen=True)
class Founder:
    """One of the first, with the one role that he holds."""

    role: str
    login: str
    name: str
    name_en: str = ""


@dataclass(frozen=True)
class Seat:
    """The office at the root of the tree."""

    code: str
    name: str
    level: str
    name_en: str = ""


def is_empty(session: Session) -> bool:
    """Whether nobody can sign in, because nobody is there."""
    return session.scalar(select(Person.id).limit(1)) is None


def make_first(database: Database, founders: Sequence[Founder], seat: Seat, who: Who, today: date) -> Mapping[str, str]:
    """The one-time passwords of the first administrators, by login. Raises NotTheFirst."""
    assert seat.level in LEVELS
    assert {SYSTEM, SECURITY} <= {founder.role for founder in founders} <= set(ROLES)
    assert len({founder.login for founder in founders}) == len({founder.role for founder in founders}) == len(founders)
    passwords = {founder.login: readable_secret() for founder in founders}
    hashes = {login: hash_password(password) for login, password in passwords.items()}  # before the transaction: it takes longer than many
    try:
        with database.write() as session:
            session.add(Agreement(name=_ONCE, value=" ".join(passwords)))
            session.flush()  # of two at once the second waits here, and fails
            if not is_empty(session):
                raise NotTheFirst
            office = _office(session, seat)
            for founder in founders:
                _found(session, founder, office, hashes[founder.login], who, today)
            session.merge(SignInRule(name="second_factor_roles", value=list(ROLES)))
    except IntegrityError:
        raise NotTheFirst from None
    return passwords


def _office(session: Session, seat: Seat) -> Office:
    found = session.scalars(select(Office).where(Office.parent_id.is_(None)).order_by(Office.code).limit(1)).one_or_none()
    if found is None:
        found = Office(
            id=new_id(), code=seat.code, name=seat.name, name_en=seat.name_en or seat.name, level=seat.level, parent_id=None,
            scope=f"{seat.code}/",
        )  # fmt: skip
        session.add(found)
        session.flush()
    return found


def _found(session: Session, founder: Founder, office: Office, password_hash: str, who: Who, today: date) -> None:
    person = Person(
        id=new_id(), login=founder.login, name=founder.name, name_en=founder.name_en or founder.name, password_hash=password_hash, active=True,
        office_id=office.id,
    )  # fmt: skip
    post = session.scalars(select(Post).where(Post.office_id == office.id, Post.role == founder.role)).one_or_none()
    if post is None:
        post = Post(id=new_id(), role=founder.role, office_id=office.id)
        session.add(post)
    session.add(person)
    session.flush()
    session.add(PostHolding(id=new_id(), post_id=post.id, person_id=person.id, valid_from=today))
    session.add(PasswordState(person_id=person.id, set_at=who.at, initial_until=who.at + SignInRules().initial))
    note(session, who, "person:first_administrator:made", "person", person.id, new={"login": founder.login, "role": founder.role})
