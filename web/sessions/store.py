"""Opening, finding and ending sessions. Times come from the caller's clock."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from notices import bell
from records.offices.model import Person
from web.sessions.tables import WebHalfway, WebPreference, WebSession

TOUCH_AFTER = timedelta(minutes=1)  # a write for every request would queue readers behind it
LONGEST = timedelta(hours=24)  # no rule lets a session live longer (records/offices/sign_in_rules.py); what is left of older ones goes at the next sign-in
AT_ONCE = 500  # sessions that are asked for together
END_SESSIONS = "DELETE FROM web_session"  # with a restore: what was ended after the backup would be open again


@dataclass(frozen=True)
class Entry:
    """Who has come in, by what, with a second factor or not, and whether an own password is to be chosen first."""

    person_id: str
    proved_by: str = "password"
    second_factor: bool = False
    must_change: bool = False


def digest(token: str) -> str:
    """The name under which the table knows a token; the token itself is stored nowhere."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, entry: Entry, now: datetime, *, agent: str, address: str) -> str:
    """A new session for a person who has just proved who they are; returns the token for the cookie."""
    session.execute(delete(WebSession).where(WebSession.person_id == entry.person_id, WebSession.created_at < now - LONGEST))
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_sha256=digest(token), person_id=entry.person_id, created_at=now, seen_at=now, agent=agent[:200], address=address[:64],
            proved_by=entry.proved_by, second_factor=entry.second_factor, must_change=entry.must_change,
        )
    )  # fmt: skip
    return token


def find_session(session: Session, token: str, now: datetime, *, idle: timedelta, lifetime: timedelta) -> WebSession | None:
    """The live session of a token, or None when it is unknown, idle for too long or too old."""
    row = session.get(WebSession, digest(token))
    if row is None or now - row.seen_at > idle or now - row.created_at > lifetime:
        return None
    return row


def is_stale(row: WebSession, now: datetime) -> bool:
    """Whether the moment of last use should be written again."""
    return now - row.seen_at > TOUCH_AFTER


def touch(session: Session, token_sha256: str, now: datetime) -> None:
    """Notes that the session was used; one that was ended meanwhile stays ended."""
    session.execute(update(WebSession).where(WebSession.token_sha256 == token_sha256).values(seen_at=now))


def end_session(session: Session, token_sha256: str, person_id: str) -> bool:
    """Ends one session of this person; False when there is none of that name."""
    ended = session.execute(
        delete(WebSession)
        .where(WebSession.token_sha256 == token_sha256, WebSession.person_id == person_id)
        .returning(WebSession.person_id)
    )
    if ended.first() is None:
        return False
    bell.ring(session, [person_id])  # a stream of that session is open no longer
    return True


def end_others(session: Session, token_sha256: str, person_id: str) -> int:
    """Ends every session of this person but one, and every sign-in that is half done; returns how many sessions there were."""
    session.execute(delete(WebHalfway).where(WebHalfway.person_id == person_id))
    ended = session.execute(
        delete(WebSession)
        .where(WebSession.token_sha256 != token_sha256, WebSession.person_id == person_id)
        .returning(WebSession.token_sha256)
    )
    count = len(ended.all())
    bell.ring(session, [person_id] if count else [])
    return count


def still_live(session: Session, sessions: Sequence[str], now: datetime, *, idle: timedelta, lifetime: timedelta) -> set[str]:
    """Those of these sessions, by their SHA-256, that a page would still be shown in."""
    lives = (WebSession.seen_at >= now - idle, WebSession.created_at >= now - lifetime, WebSession.must_change.is_(False), Person.active.is_(True))
    found = set[str]()
    for start in range(0, len(sessions), AT_ONCE):
        some = WebSession.token_sha256.in_(sessions[start : start + AT_ONCE])
        found.update(session.scalars(select(WebSession.token_sha256).join(Person, Person.id == WebSession.person_id).where(some, *lives)))
    return found


def end_all(session: Session, person_id: str) -> int:
    """Has a person out everywhere with the next request, on every node; returns how many sessions there were."""
    return end_others(session, "", person_id)


def own_password_chosen(session: Session, token_sha256: str) -> None:
    """From now on the session is one like any other."""
    session.execute(update(WebSession).where(WebSession.token_sha256 == token_sha256).values(must_change=False))


def second_factor_shown(session: Session, token_sha256: str) -> None:
    """The person of this session has just shown a code of the device that was set up in it."""
    session.execute(update(WebSession).where(WebSession.token_sha256 == token_sha256).values(second_factor=True))


def sessions_of(session: Session, person_id: str, seen_since: datetime | None = None) -> Sequence[WebSession]:
    """The sessions of a person, the latest used first."""
    wanted = select(WebSession).where(WebSession.person_id == person_id)
    if seen_since is not None:
        wanted = wanted.where(WebSession.seen_at >= seen_since)
    return session.scalars(wanted.order_by(WebSession.seen_at.desc())).all()


def preference(session: Session, person_id: str) -> WebPreference:
    """The person's choices; a fresh, unsaved row when nothing was ever chosen."""
    return session.get(WebPreference, person_id) or WebPreference(person_id=person_id, language="")


def prefer(session: Session, person_id: str, *, language: str | None = None) -> None:
    """Stores what was chosen and leaves the rest as it was."""
    row = session.get(WebPreference, person_id)
    if row is None:
        row = WebPreference(person_id=person_id, language="")
        session.add(row)
    if language is not None:
        row.language = language
