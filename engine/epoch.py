"""The fence of a restore: what the outbox had not sent when the backup was made may have been sent since, so it waits for a person.

Plain SQL, since it must stand in the transaction that brings the database back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from db.types import moment_text
from engine.incidents import target

_OF_EFFECTS = ('{"operation":"effect"', '{"operation":"external"')  # how the action of such an incident begins


def fence(now: datetime, reason: str, inward: Sequence[str], *, sqlite: bool) -> list[str]:
    """Statements that raise the epoch and hold back every effect that is pending, or had failed and may have been tried again since, but
    for topics that touch our own database alone. An incident about what is held is closed: it is listed as held, and tried by nobody.
    """
    moment = _quoted(moment_text(now)) if sqlite else f"{_quoted(now.isoformat())}::timestamptz"
    kept = ", ".join(_quoted(topic) for topic in inward) or "''"
    number = "SELECT COALESCE(max(number), 0) + 1"
    tried = " OR ".join(f"substr(action, 1, {len(begun)}) = {_quoted(begun)}" for begun in _OF_EFFECTS)
    held = f"{target(sqlite=sqlite)} IN (SELECT id FROM outbox WHERE state = 'held')"
    about = f"incident.resolved_at IS NULL AND ({tried}) AND {held}"
    closed = f"(SELECT count(*) FROM incident WHERE incident.instance_id = instance.id AND {about})"
    return [
        f"INSERT INTO epoch (number, began_at, reason) {number}, {moment}, {_quoted(reason)} FROM epoch",
        f"UPDATE outbox SET state = 'held' WHERE state IN ('pending', 'failed') AND topic NOT IN ({kept})",
        f"UPDATE outbox SET worker = '', due_at = {moment} WHERE state IN ('held', 'pending') AND worker <> ''",
        f"UPDATE instance SET incidents = incidents - {closed} WHERE id IN (SELECT instance_id FROM incident WHERE {about})",
        f"UPDATE incident SET resolved_at = {moment} WHERE {about}",
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
