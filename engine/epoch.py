"""The fence of a restore: what the outbox had not sent when the backup was made may have been sent since, so it waits for a person.

Plain SQL, since it must stand in the transaction that brings the database back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from db.types import moment_text


def fence(now: datetime, reason: str, inward: Sequence[str], mark: str = "", *, sqlite: bool) -> list[str]:
    """Statements that raise the epoch and hold back every pending effect, but for topics that touch our own database alone.

    `mark` says that an owner of the installation's key has done this: the chain of seals goes on from it (db/chain/links.py). A database that is
    older than the chain has no column for it.
    """
    moment = _quoted(moment_text(now)) if sqlite else f"{_quoted(now.isoformat())}::timestamptz"
    kept = ", ".join(_quoted(topic) for topic in inward) or "''"
    number = "SELECT COALESCE(max(number), 0) + 1"
    column, marked = (", mark", f", {_quoted(mark)}") if mark else ("", "")
    return [
        f"INSERT INTO epoch (number, began_at, reason{column}) {number}, {moment}, {_quoted(reason)}{marked} FROM epoch",
        f"UPDATE outbox SET state = 'held' WHERE state = 'pending' AND topic NOT IN ({kept})",
        f"UPDATE outbox SET worker = '', due_at = {moment} WHERE state IN ('held', 'pending') AND worker <> ''",
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
