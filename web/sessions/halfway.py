"""Between the two halves of a sign-in: the password was right, the code is still to come. Minutes, not hours, and used up by the right code."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from web.sessions.store import Entry, digest
from web.sessions.tables import WebHalfway

PATIENCE = timedelta(minutes=5)


def begin(session: Session, entry: Entry, now: datetime) -> str:
    """Keeps the first half; returns the token for the browser. What others left lying is cleared on the way."""
    session.execute(delete(WebHalfway).where(WebHalfway.created_at < now - PATIENCE))
    token = secrets.token_urlsafe(32)
    session.add(
        WebHalfway(
            token_sha256=digest(token), person_id=entry.person_id, created_at=now, proved_by=entry.proved_by, must_change=entry.must_change
        )
    )
    return token


def find(session: Session, token: str, now: datetime, *, to_finish: bool = False) -> Entry | None:
    """The first half behind a token. `to_finish` locks it: of two that bring the right code at once the second finds nothing."""
    row = session.get(WebHalfway, digest(token), with_for_update=to_finish) if token else None
    if row is None or row.created_at < now - PATIENCE:
        return None
    return Entry(row.person_id, row.proved_by, must_change=row.must_change)


def end(session: Session, token: str) -> None:
    """It is used up, or given up."""
    session.execute(delete(WebHalfway).where(WebHalfway.token_sha256 == digest(token)))
