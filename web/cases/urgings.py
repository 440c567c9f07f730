"""Who urged whom in a case, when, in what words, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.names import person_name
from web.services import services


@dataclass(frozen=True)
class UrgingLine:
    """An urging; without an answer while `answered_at` is None."""

    by_name: str
    text: str
    at: datetime
    answered_by: str
    answer: str
    answered_at: datetime | None


def urgings_of(instance_id: str) -> list[UrgingLine]:
    """Every urging of a case, the latest first."""
    deps = services()
    with deps.database.read() as session:
        found = deps.deadlines.urgings(session, instance_id)
        return [UrgingLine(person_name(u.by_id, u.by_name), u.text, u.at, u.answered_by, u.answer, u.answered_at) for u in reversed(found)]
