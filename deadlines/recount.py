"""A new calendar moves the terms that it touches: those that were provisional, and those of a year whose notice was changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.clock import Clock
from deadlines import reminders
from deadlines.calendar import Calendar
from deadlines.ledger import note, project, reckoned
from deadlines.model import Deadline
from deadlines.notices import notify
from deadlines.turns import Overtaken


@dataclass(frozen=True)
class Moved:
    """A deadline whose last day a new calendar has moved."""

    deadline_id: str
    subject_id: str
    key: str
    label: str
    before: date
    due_on: date
    calendar_version: str


Then = Callable[[], None]
OnMoved = Callable[[Session, Moved], Then | None]


def untouched(session: Session, calendar: Calendar, leave_out: Sequence[str] = ()) -> str | None:
    """The id of a deadline that has still to be counted under this calendar; None when all are done."""
    wanted = select(Deadline.id).where(Deadline.state.in_(("running", "stopped")), Deadline.calendar_version != calendar.version)
    touched = Deadline.provisional == 1
    if calendar.fresh:
        touched = or_(touched, Deadline.due_on >= date(min(calendar.fresh), 1, 1))
    wanted = wanted.where(touched, Deadline.id.not_in(leave_out))
    return session.scalars(wanted.order_by(Deadline.id).limit(1)).first()


def recount(session: Session, deadline_id: str, calendar: Calendar, clock: Clock, on_moved: OnMoved | None) -> Moved | None:
    """Counts one deadline again; tells its owners, its history and `on_moved` if it moved.

    `on_moved` is called before the row is locked, since a step of a case locks the case first and its deadline after it. What it
    returns is called once the new date stands, for whoever asks the ledger for it.
    """
    row = session.get_one(Deadline, deadline_id)
    before, after = row.due_on, reckoned(session, row, calendar).due_on
    moved = Moved(row.id, row.subject_id, row.key, row.label, before, after, calendar.version)
    then = on_moved(session, moved) if after != before and on_moved is not None else None
    session.refresh(row, with_for_update=True)
    if row.due_on != before or row.state not in {"running", "stopped"}:
        raise Overtaken
    project(session, row, calendar)
    if row.state == "running":
        row.next_on = reminders.next_day(row, calendar, clock.today())
    if after == before:
        return None
    if then is not None:
        then()
    note(session, row, "recomputed", clock.now(), {"from": before.isoformat(), "to": after.isoformat()}, step=calendar.version)
    notify(session, row.owner_posts, row.subject_id, "recomputed", _texts(row, before), clock.now())
    return moved


def _texts(row: Deadline, before: date) -> tuple[str, str]:
    version, label_en = row.calendar_version, row.rule.get("label_en") or row.label
    zh = f"节假日安排（{version}）已公布，“{row.label}”的到期日由 {before} 改为 {row.due_on}"
    en = f"The holiday notice ({version}) is out: “{label_en}” is now due on {row.due_on}, not on {before}"
    return (f"{zh}，仍为暂定", f"{en}; still provisional") if row.provisional else (zh, en)
