"""Opening, finding and ending sessions. Times come from the caller's clock."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.sessions.tables import WebPreference, WebSession

TOUCH_AFTER = timedelta(minutes=1)  # a write for every request would queue readers behind it


def digest(token: str) -> str:
    """The name under which the table knows a token; the token itself is stored nowhere."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, person_id: str, now: datetime, *, agent: str, address: str) -> str:
    """A new session for a person who has just proved who they are; returns the token for the cookie."""
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_sha256=digest(token), person_id=person_id, created_at=now, seen_at=now, agent=agent[:200], address=address[:64]
        )
    )
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
    """Notes that the session was used."""
    row = session.get(WebSession, token_sha256)
    if row is not None:
        row.seen_at = now


def end_session(session: Session, token_sha256: str, person_id: str) -> bool:
    """Ends one session of this person; False when there is none of that name."""
    ended = session.execute(
        delete(WebSession)
        .where(WebSession.token_sha256 == token_sha256, WebSession.person_id == person_id)
        .returning(WebSession.person_id)
    )
    return ended.first() is not None


def end_others(session: Session, token_sha256: str, person_id: str) -> int:
    """Ends every session of this person but one; returns how many there were."""
    ended = session.execute(
        delete(WebSession)
        .where(WebSession.token_sha256 != token_sha256, WebSession.person_id == person_id)
        .returning(WebSession.token_sha256)
    )
    return len(ended.all())


def sessions_of(session: Session, person_id: str) -> Sequence[WebSession]:
    """The sessions of a person, the latest used first."""
    return session.scalars(select(WebSession).where(WebSession.person_id == person_id).order_by(WebSession.seen_at.desc())).all()


def preference(session: Session, person_id: str) -> WebPreference:
    """The person's choices; a fresh, unsaved row when nothing was ever chosen."""
    return session.get(WebPreference, person_id) or WebPreference(person_id=person_id, language="", notices_seen_at=None)


def prefer(session: Session, person_id: str, *, language: str | None = None, notices_seen_at: datetime | None = None) -> None:
    """Stores what was chosen and leaves the rest as it was."""
    row = session.get(WebPreference, person_id)
    if row is None:
        row = WebPreference(person_id=person_id, language="", notices_seen_at=None)
        session.add(row)
    if language is not None:
        row.language = language
    if notices_seen_at is not None:
        row.notices_seen_at = notices_seen_at
