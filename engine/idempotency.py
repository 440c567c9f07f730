"""A request is done once: its key and answer are stored with what it did, and a repetition gets the same answer."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from engine.codec import decode, encode
from engine.errors import KeyReused
from engine.link import Link

MISSING = object()


def digest(operation: str, who: str, payload: Any) -> str:
    """What a request says, so that a key cannot stand for two different ones."""
    return hashlib.sha256(encode([operation, who, payload])).hexdigest()


def recall(link: Link, key: str, wanted: str) -> Any:
    """The stored answer, or MISSING; raises KeyReused when the key stands for another request."""
    row = link.one("SELECT digest, answer FROM idempotency WHERE key = ?", key)
    if row is None:
        return MISSING
    if row[0] != wanted:
        raise KeyReused(key=key)
    return decode(bytes(row[1]))


def forget(link: Link, before: datetime, limit: int = 5_000) -> int:
    """Deletes keys that no client can still hold; returns how many."""
    rows = link.all("SELECT key FROM idempotency WHERE at < ? LIMIT ?", link.moment(before), limit)
    link.many("DELETE FROM idempotency WHERE key = ?", rows)
    return len(rows)


def remember(link: Link, key: str, wanted: str, answer: Any, now: Any) -> None:
    """Stores the answer; a concurrent twin fails here on the primary key and is rolled back whole."""
    link.run("INSERT INTO idempotency (key, digest, answer, at) VALUES (?, ?, ?, ?)", key, wanted, encode(answer), now)
