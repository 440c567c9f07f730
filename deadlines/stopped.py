"""A clock that stands: since when and why, what is kept, and what is said when the day is reached until which it was to stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deadlines.calendar import Calendar
from deadlines.ledger import note, reckoned_from, since_they_began
from deadlines.model import Deadline, DeadlineEvent
from deadlines.notices import notify


@dataclass(frozen=True)
class Stopped:
    """A term whose clock stands. `left` in working days or in days, below nothing the days by which it had passed."""

    since: date
    left: int
    in_working_days: bool
    until: date | None
    reason: str


def reason_of(session: Session, subject_id: str) -> str | None:
    """Why the clock of a subject stands; None where it does not."""
    wanted = select(Deadline).where(Deadline.subject_id == subject_id, Deadline.state == "stopped").order_by(Deadline.due_on).limit(1)
    row = session.scalars(wanted).first()
    return str(_said(since_they_began(session, [row.id])[row.id])["reason"]) if row is not None else None


def among(session: Session, subject_ids: Sequence[str], in_force: Callable[[Session], Calendar]) -> dict[str, Stopped]:
    """Of each subject the first term that stands; however many there are, in two statements."""
    wanted = select(Deadline).where(Deadline.subject_id.in_(subject_ids), Deadline.state == "stopped").order_by(Deadline.due_on.desc())
    rows = {row.subject_id: row for row in session.scalars(wanted)}
    if not rows:
        return {}
    calendar, done = in_force(session), since_they_began(session, [row.id for row in rows.values()])
    return {subject_id: _of(row, done[row.id], calendar) for subject_id, row in rows.items()}


def say_it_still_stands(session: Session, row: Deadline, at: datetime) -> None:
    """The day is reached until which the clock was to stand: whoever owns the term looks whether it goes on. It stands until somebody resumes it.
    Other terms of the subject that stand until then are said along with it.
    """
    until, label_en = row.next_on, str(row.rule.get("label_en") or row.label)
    row.next_on = None
    same = (Deadline.subject_id == row.subject_id, Deadline.state == "stopped", Deadline.next_on == until)
    session.execute(update(Deadline).where(*same).values(next_on=None))
    note(session, row, "still_stands", at, {"until": until.isoformat() if until else ""})
    zh, en = f"“{row.label}”的计时中止至 {until}，现已到期；请核实，情形消除的应恢复计时", f"the clock of “{label_en}” was stopped until {until}: see whether it goes on"
    notify(session, row.owner_posts, row.subject_id, "still_stands", (zh, en), at)


def of(session: Session, row: Deadline, calendar: Calendar) -> Stopped:
    """A term that stands, as its history tells."""
    return _of(row, since_they_began(session, [row.id])[row.id], calendar)


def _of(row: Deadline, events: Sequence[DeadlineEvent], calendar: Calendar) -> Stopped:
    details, left = _said(events), reckoned_from(row, events, calendar).left
    assert row.stopped_on is not None and left is not None, f"expected a term that stands, but {row.id} does not"
    until = details.get("until")
    return Stopped(
        row.stopped_on, left, left >= 0 and row.rule.get("unit") == "working_day", date.fromisoformat(until) if until else None, str(details["reason"])
    )


def _said(events: Sequence[DeadlineEvent]) -> dict[str, Any]:
    """What was said when the clock of a term that stands was stopped."""
    return next(dict(event.details) for event in reversed(events) if event.kind == "stopped")
