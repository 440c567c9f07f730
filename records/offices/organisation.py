"""Loads an organisation from a description such as YAML gives: offices, posts, people.

    offices:
      - {code: sat, name: 国家税务总局, name_en: State Administration of Taxation, level: sat}
      - {code: nb, name: …, name_en: …, level: city, parent: sat, regions: ["3302"]}     # parents before children
    posts:                                                                              # posts that nobody holds yet
      - {office: nb, roles: [inspection_director, archivist]}
    people:
      - {login: zhang.wei, name: 张伟, name_en: Zhang Wei, password: …, posts: [{role: data_entry, office: nb, from: 2001-01-01, to: null}]}
    parties:                                                                            # outside the authority, with accounts that see their cases
      - {kind: enterprise, number: "330203123456789", name: …, office: nb, accounts: [{login: ent.hs, name: …, password: …}]}

Loading the same description again changes nothing; a changed one updates names, regions and posts, never a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records.offices.administrators import shut_out
from records.offices.errors import OrganisationRefused
from records.offices.levels import LEVELS
from records.offices.model import Office, OfficeRegion, Party, Person, Post, PostHolding
from records.offices.parties import KINDS
from records.offices.passwords import hash_password
from records.offices.store import office_by_code, person_by_login

_CODE = re.compile(r"[a-z0-9-]{1,20}")  # nothing that a path or a LIKE pattern could take for its own
_REGION = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}")
_ROLE = re.compile(r"[a-z][a-z_]{0,39}")
_ALWAYS = date(2001, 1, 1)


def load_organisation(session: Session, description: Mapping[str, Any]) -> dict[str, int]:
    """Makes or updates everything that is described; returns how many offices, posts and people there are in it.

    Raises: OrganisationRefused, naming the entry.
    """
    for entry in description.get("offices", ()):
        _office(session, entry)
    session.flush()
    for entry in description.get("posts", ()):
        for role in entry["roles"]:
            _post(session, role, entry["office"])
    for entry in description.get("people", ()):
        _person(session, entry)
    for entry in description.get("parties", ()):
        _party(session, entry)
    session.flush()
    return {key: len(description.get(key, ())) for key in ("offices", "posts", "people")}


def _office(session: Session, entry: Mapping[str, Any]) -> None:
    code, level = str(entry["code"]), entry["level"]
    if not _CODE.fullmatch(code) or level not in LEVELS:
        raise OrganisationRefused(
            f"office {code!r}: expected a code of a-z, 0-9 and - and a level of {LEVELS}, but got {level!r}"
        )
    above = _known_office(session, entry["parent"]) if entry.get("parent") else None
    if above is not None and LEVELS.index(above.level) >= LEVELS.index(level):
        raise OrganisationRefused(f"office {code!r}: expected a level beneath {above.level!r}, but got {level!r}")
    found = office_by_code(session, code)
    if found is None:
        scope = f"{above.scope if above else ''}{code}/"
        found = Office(id=new_id(), code=code, level=level, parent_id=above.id if above else None, scope=scope)
        session.add(found)
    found.name, found.name_en = str(entry["name"]), str(entry.get("name_en") or entry["name"])
    session.flush()
    _regions(session, found, [str(region) for region in entry.get("regions", ())])


def _regions(session: Session, found: Office, wanted: Sequence[str]) -> None:
    for region in wanted:
        if not _REGION.fullmatch(region):
            raise OrganisationRefused(f"office {found.code!r}: expected a region of 2, 4 or 6 digits, but got {region!r}")
        row = session.get(OfficeRegion, region)
        if row is None:
            session.add(OfficeRegion(region=region, office_id=found.id))
        elif row.office_id != found.id:
            raise OrganisationRefused(f"office {found.code!r}: the region {region} already belongs to another office")


def _post(session: Session, role: str, office_code: str) -> Post:
    if not _ROLE.fullmatch(role):
        raise OrganisationRefused(f"expected a role such as data_entry, but got {role!r}")
    at = _known_office(session, office_code)
    found = session.scalars(select(Post).where(Post.office_id == at.id, Post.role == role)).one_or_none()
    if found is None:
        found = Post(id=new_id(), role=role, office_id=at.id)
        session.add(found)
        session.flush()
    return found


def _person(session: Session, entry: Mapping[str, Any]) -> None:
    login = str(entry["login"])
    found = person_by_login(session, login)
    if found is None:
        found = Person(id=new_id(), login=login, password_hash=hash_password(str(entry["password"])))
        session.add(found)
    found.name, found.name_en = str(entry["name"]), str(entry.get("name_en") or entry["name"])
    found.active = bool(entry.get("active", True))
    session.flush()
    for held in entry.get("posts", ()):
        _holding(session, found, _post(session, held["role"], held["office"]), held)
    if found.office_id is None and entry.get("posts"):  # the office deepest in the tree: what somebody does for a whole city is held besides
        at = [_known_office(session, held["office"]) for held in entry["posts"]]
        found.office_id = max(at, key=lambda office: office.scope.count("/")).id
        session.flush()


def _party(session: Session, entry: Mapping[str, Any]) -> None:
    kind, number, at = str(entry["kind"]), str(entry["number"]), _known_office(session, entry["office"])
    if kind not in KINDS:
        raise OrganisationRefused(f"party {number!r}: expected one of {sorted(KINDS)}, but got {kind!r}")
    found = session.scalars(select(Party).where(Party.kind == kind, Party.number == number)).one_or_none()
    if found is None:
        found = Party(id=new_id(), kind=kind, number=number, office_id=at.id)
        session.add(found)
    found.name, found.name_en = str(entry["name"]), str(entry.get("name_en") or entry["name"])
    session.flush()
    for account in entry.get("accounts", ()):
        if account.get("posts"):
            raise OrganisationRefused(f"{account['login']!r}: the account of an outside party holds no post")
        _person(session, account)
        person = person_by_login(session, str(account["login"]))
        assert person is not None
        person.party_id, person.office_id = found.id, at.id


def _holding(session: Session, found: Person, post: Post, held: Mapping[str, Any]) -> None:
    start, end = _day(held.get("from")) or _ALWAYS, _day(held.get("to"))
    if end is not None and end < start:
        raise OrganisationRefused(f"{found.login!r} as {post.role!r}: expected a last day from {start} on, but got {end}")
    others = select(Post.role).join(PostHolding, PostHolding.post_id == Post.id)
    others = others.where(PostHolding.person_id == found.id, Post.id != post.id, or_(PostHolding.valid_to.is_(None), PostHolding.valid_to >= start))
    roles = session.scalars(others if end is None else others.where(PostHolding.valid_from <= end)).all()
    if other := shut_out(roles, post.role):
        raise OrganisationRefused(f"{found.login!r} is {other!r} and cannot be {post.role!r} too: an administrator is that and nothing else")
    row = session.scalars(
        select(PostHolding).where(
            PostHolding.post_id == post.id, PostHolding.person_id == found.id, PostHolding.valid_from == start
        )
    ).one_or_none()
    if row is None:
        row = PostHolding(id=new_id(), post_id=post.id, person_id=found.id, valid_from=start)
        session.add(row)
    row.valid_to = end
    session.flush()


def _known_office(session: Session, code: str) -> Office:
    found = office_by_code(session, code)
    if found is None:
        raise OrganisationRefused(f"expected an office described before, but there is none with the code {code!r}")
    return found


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))
