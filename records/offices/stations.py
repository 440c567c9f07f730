"""Stations: counters with devices, each with a credential of its own that is bound to posts. Made and revoked by the system administrator."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Text, cast, select, update
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices import store
from records.offices.administrators import ADMINISTRATORS, OUTSIDE_ROLES
from records.offices.errors import ChangeRefused
from records.offices.fields import required
from records.offices.model import Office, Party, Post, Station

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(seconds=30)
ONLINE = timedelta(minutes=2)
DONE, ERROR, FAILED = "done", "error", "failed"  # how a job was answered
OF_PARTIES = "service_unit"


def digest(token: str) -> str:
    """What is kept of a credential."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(session: Session, who: Who, name: str, office: Office, posts: Sequence[str], *, is_simulated: bool = False) -> tuple[Station, str]:
    """A station and its credential, which nobody can read again. Raises ChangeRefused."""
    name = required("名称", name, 60)
    known = {post for post, _office in posts_beneath(session, office)}
    for post in posts:
        if post not in known and (at := office_of_post(session, post)) is not None and not at.scope.startswith(office.scope):
            raise ChangeRefused("station_elsewhere", value=post[:60])
        if post not in known:
            raise ChangeRefused("station_post", value=post[:60])
    if not posts:
        raise ChangeRefused("station_posts")
    if session.scalar(select(Station.id).where(Station.name == name, Station.office_id == office.id, Station.revoked_at.is_(None))):
        raise ChangeRefused("station_twice", value=name)
    token, wanted = secrets.token_urlsafe(TOKEN_BYTES), sorted(set(posts))
    row = Station(
        id=new_id(), name=name, office_id=office.id, posts=wanted, token_sha256=digest(token), is_simulated=is_simulated, made_by=who.person_id,
        made_at=who.at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(session, who, "offices:station:made", "station", row.id, new={"name": name, "posts": wanted, "simulated": is_simulated})
    return row, token


def renew(session: Session, who: Who, station_id: str) -> str:
    """Another credential; the one before opens nothing any more. Raises ChangeRefused."""
    row, token = _to_change(session, station_id), secrets.token_urlsafe(TOKEN_BYTES)
    row.token_sha256 = digest(token)
    audit.note(session, who, "offices:station:renewed", "station", row.id, new={"name": row.name})
    return token


def revoke(session: Session, who: Who, station_id: str) -> None:
    """Its credential opens nothing any more. Raises ChangeRefused."""
    row = _to_change(session, station_id)
    row.revoked_by, row.revoked_at = who.person_id, who.at
    audit.note(session, who, "offices:station:revoked", "station", row.id, new={"name": row.name})


def _to_change(session: Session, station_id: str) -> Station:
    row = session.get_one(Station, station_id, with_for_update=True, populate_existing=True)
    if row.revoked_at is not None:
        raise ChangeRefused("station_revoked", name=row.name)
    return row


def by_token(session: Session, token: str) -> Station | None:
    """The station that a credential is of; None for one that opens nothing."""
    return session.scalars(select(Station).where(Station.token_sha256 == digest(token), Station.revoked_at.is_(None))).one_or_none()


def seen(session: Session, station_id: str, now: datetime, driver: str = "", devices: Sequence[str] = ()) -> None:
    """It has just asked for work, with these devices."""
    session.execute(update(Station).where(Station.id == station_id).values(seen_at=now, driver=driver, devices=list(devices)))


def is_stale(station: Station, now: datetime, driver: str = "", devices: Sequence[str] = ()) -> bool:
    """Whether it is time to write down that a station was seen, or what it has is news."""
    return station.seen_at is None or now - station.seen_at >= SEEN_EVERY or (station.driver, station.devices) != (driver, list(devices))


def answered(session: Session, station_id: str, now: datetime, topic: str, how: str, because: str = "") -> None:
    """It has answered a job: DONE, with an ERROR of the procedure, or FAILED. The same answer sent once more is no other one."""
    row = {"answered_topic": topic[:128], "answered": how, "answered_because": because[:1000]}
    session.execute(update(Station).where(Station.id == station_id).values(answered_at=now, seen_at=now, **row))


def is_online(station: Station, now: datetime) -> bool:
    """Whether it asked for work lately."""
    return station.revoked_at is None and station.seen_at is not None and now - station.seen_at < ONLINE


def of_offices(session: Session, offices: Sequence[str]) -> Sequence[Station]:
    """Those that administrators of these offices keep, those in use first."""
    rows = session.scalars(select(Station).where(Station.office_id.in_(offices))).all()
    return sorted(rows, key=lambda row: (row.revoked_at is not None, row.name, row.id))


def for_post(session: Session, post: str) -> list[Station]:
    """The stations in use that work the jobs of a post; the database looks through them, no other is read."""
    names = cast(Station.posts, Text).contains(f'"{post}"', autoescape=True)
    return [row for row in session.scalars(select(Station).where(Station.revoked_at.is_(None), names).order_by(Station.name)) if post in row.posts]


def left_to_simulated(session: Session, posts: Sequence[str]) -> list[str]:
    """Those of the posts at which no station with real devices is in use: where one is, simulated devices do no work, whether it is online or not."""
    real = {post for row in session.scalars(select(Station).where(Station.revoked_at.is_(None), Station.is_simulated.is_(False))) for post in row.posts}
    return [post for post in posts if post not in real]


def posts_of(session: Session, offices: Sequence[Office]) -> list[tuple[str, Office]]:
    """`role@code` of every post at these offices for which a station may work, those of the service units they keep too."""
    ids = {one.id: one for one in offices}
    rows = session.execute(
        select(Post.role, Post.office_id).where(Post.office_id.in_(ids), Post.role.not_in(ADMINISTRATORS | OUTSIDE_ROLES)).order_by(Post.role)
    )
    found = [(f"{role}@{ids[office].code}", ids[office]) for role, office in rows]
    units = session.scalars(select(Party).where(Party.kind == OF_PARTIES, Party.office_id.in_(ids)).order_by(Party.number))
    return [*found, *((f"{OF_PARTIES}@{unit.number}", ids[unit.office_id]) for unit in units)]


def posts_beneath(session: Session, office: Office) -> list[tuple[str, Office]]:
    """The posts of an office and of those beneath it, which its administrators look after."""
    return posts_of(session, store.offices(session, beneath=office.scope))


def office_of_post(session: Session, post: str) -> Office | None:
    """Whose administrators make the stations of a post; None where there is no such office or service unit."""
    role, _at, code = post.partition("@")
    if role == OF_PARTIES:
        return session.scalars(select(Office).join(Party, Party.office_id == Office.id).where(Party.kind == role, Party.number == code)).one_or_none()
    return session.scalars(select(Office).where(Office.code == code)).one_or_none()


def names_of_posts(session: Session, posts: Collection[str]) -> dict[str, tuple[str, str, str]]:
    """(role, name of its office or unit, the same in English) of each `role@code`; the code itself where nobody has it."""
    parts = {post: (role, code) for post in posts for role, _at, code in [post.partition("@")]}
    units, offices = ({code for role, code in parts.values() if (role == OF_PARTIES) is is_unit} for is_unit in (True, False))
    names = dict[tuple[bool, str], tuple[str, str]]()
    if units:
        rows = session.execute(select(Party.number, Party.name, Party.name_en).where(Party.kind == OF_PARTIES, Party.number.in_(units)))
        names |= {(True, number): (zh, en or zh) for number, zh, en in rows}
    if offices:
        names |= {(False, code): (zh, en or zh) for code, zh, en in session.execute(select(Office.code, Office.name, Office.name_en).where(Office.code.in_(offices)))}
    return {post: (role, *names.get((role == OF_PARTIES, code), (code, code))) for post, (role, code) in parts.items()}


def name_of_post(session: Session, post: str) -> tuple[str, str, str]:
    """The same of one post."""
    return names_of_posts(session, [post])[post]
