"""A request is done once: its key and answer are stored with what it did, and a repetition gets the same answer."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.session import Work
from engine.codec import decode, encode
from engine.errors import KeyReused
from engine.link import Link

MISSING = object()
AT_ONCE = 5_000  # keys that one transaction forgets
Known = tuple[Any, ...] | None  # digest and answer under a key
_STORED = "SELECT digest, answer FROM idempotency WHERE key = ?"


def digest(operation: str, who: str, payload: Any) -> str:
    """What a request says, so that a key cannot stand for two different ones."""
    return hashlib.sha256(encode([operation, who, payload])).hexdigest()


def recall(link: Link, key: str) -> Known:
    """What is stored under a key."""
    return link.one(_STORED, key)


def undo_and_recall(session: Session, key: str) -> Known:
    """Rolls back what the session did; what another transaction has stored under the key meanwhile."""
    assert isinstance(session, Work)
    return next(iter(session.undo_and_ask(_STORED, key)), None)


def answer_of(known: Known, key: str, wanted: str) -> Any:
    """The stored answer, or MISSING; raises KeyReused when the key stands for another request."""
    if known is None:
        return MISSING
    if known[0] != wanted:
        raise KeyReused(key=key)
    return decode(bytes(known[1]))


def forget(link: Link, before: datetime) -> int:
    """Deletes keys that no client can still hold, AT_ONCE of them at most; returns how many."""
    rows = link.all("SELECT key FROM idempotency WHERE at < ? LIMIT ?", link.moment(before), AT_ONCE)
    link.many("DELETE FROM idempotency WHERE key = ?", rows)
    return len(rows)


def remember(link: Link, key: str, wanted: str, answer: Any, now: Any) -> None:
    """Stores the answer; a concurrent twin fails here on the primary key and is rolled back whole."""
    link.put("INSERT INTO idempotency (key, digest, answer, at) VALUES (?, ?, ?, ?)", key, wanted, encode(answer), now)


def first_time(session: Session, key: str, now: datetime) -> bool:
    """For an act outside the engine that has no answer to give twice: whether it is asked for the first time. A concurrent twin waits here."""
    link = Link(session)
    sql = "INSERT INTO idempotency (key, digest, answer, at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
    return link.run(sql, key, "", encode(None), link.moment(now)) == 1
