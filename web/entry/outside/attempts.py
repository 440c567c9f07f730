"""An attempt to sign in through the provider: begun here, brought back once, by the browser that began it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from web.entry.tables import WebOutsideAttempt
from web.sessions.store import digest

PATIENCE = timedelta(minutes=10)
LONGEST = 2000  # characters of an address that is kept


@dataclass(frozen=True)
class Attempt:
    """The three secrets of one attempt, and where its person wanted to go."""

    state: str
    nonce: str
    verifier: str
    next: str


def begin(session: Session, browser: str, next_address: str, now: datetime) -> Attempt:
    """Keeps a new attempt of a browser, known by its cookie. What others left lying is cleared on the way."""
    session.execute(delete(WebOutsideAttempt).where(WebOutsideAttempt.created_at < now - PATIENCE))
    back_to = next_address if len(next_address) <= LONGEST else "/"
    made = Attempt(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(64), back_to)
    session.add(
        WebOutsideAttempt(
            state_sha256=digest(made.state), browser_sha256=digest(browser), nonce=made.nonce, verifier=made.verifier, next=back_to,
            created_at=now,
        )
    )  # fmt: skip
    return made


def bring_back(session: Session, state: str, browser: str, now: datetime) -> Attempt | None:
    """The attempt of this state, which is used up with that; none for an unknown, old or used one, or of another browser."""
    table = WebOutsideAttempt
    row = session.execute(
        delete(table)
        .where(table.state_sha256 == digest(state), table.browser_sha256 == digest(browser))
        .returning(table.nonce, table.verifier, table.next, table.created_at)
    ).first()
    if row is None or row.created_at < now - PATIENCE:
        return None
    return Attempt(state, row.nonce, row.verifier, row.next)
