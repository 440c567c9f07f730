"""When something is to be said of a deadline: reminders before its end, that it has passed, and again until it is met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from deadlines.calendar import Calendar
from deadlines.ledger import note, was_noted
from deadlines.model import Deadline
from deadlines.notices import notify
from deadlines.rules import rule_from
from deadlines.terms import in_english


@dataclass(frozen=True)
class Said:
    """What was said of a deadline to its owners. `kind`: reminder, overdue or repeat; `step` is the same only for the same thing."""

    kind: str
    deadline_id: str
    subject_id: str
    key: str
    label: str
    due_on: date
    step: str
    owner_posts: tuple[str, ...]


def next_day(row: Deadline, calendar: Calendar, today: date) -> date:
    """The next day on which something is to be said, from today on; a passed term is said at once, unless it was promised for a day."""
    day = min(day for day, kind, _step in _steps(row, calendar) if day >= today or kind == "overdue")
    return max(day, row.promised_on + timedelta(days=1)) if row.promised_on else day


def next_day_after_resuming(row: Deadline, calendar: Calendar, today: date) -> date | None:
    """As `next_day` when the clock goes on: nothing is said on the same day; what had passed is said again as a repetition."""
    coming = [day for day, _kind, _step in _steps(row, calendar) if day > today]
    if coming:
        return min(coming)
    return calendar.add_working_days(today, rule_from(row.rule).repeat or 1)


def say(session: Session, row: Deadline, calendar: Calendar, today: date, at: datetime) -> Said | None:
    """Writes what is due today; None if that was said before. After a standstill only the latest is said, not all that was missed."""
    due = [(day, kind, step) for day, kind, step in _steps(row, calendar) if day <= today]
    if not due:
        row.next_on = next_day(row, calendar, today)
        return None
    _day, kind, step = max(due)
    row.next_on, rounds = _day_after(row, calendar, today), _rounds(row, calendar, today)
    if row.promised_on:  # and not kept: the rounds go on from today
        kind, step, row.promised_on = "repeat", f"{row.due_on}~{row.promised_on}", None
    elif rounds and was_noted(session, row, "overdue", step):
        kind, step = "repeat", f"{row.due_on}+{rounds}"
    if was_noted(session, row, kind, step):
        return None
    note(session, row, kind, at, {}, step=step)
    told_as = "due_today" if kind == "reminder" and row.due_on == today else kind
    notify(session, row.owner_posts, row.subject_id, told_as, _texts(row, told_as, calendar, today), at)
    return Said(kind, row.id, row.subject_id, row.key, row.label, row.due_on, step, tuple(row.owner_posts))


def _steps(row: Deadline, calendar: Calendar) -> list[tuple[date, str, str]]:
    """(day, kind, step) of the reminders and of the passing of the term; repetitions are open-ended."""
    rule = rule_from(row.rule)
    before = [(calendar.add_working_days(row.due_on, -n), "reminder", f"{row.due_on}-{n}") for n in rule.reminders]
    return [*before, (row.due_on + timedelta(days=1), "overdue", f"{row.due_on}")]


def _rounds(row: Deadline, calendar: Calendar, today: date) -> int:
    """How many intervals of repetition have gone by since the term passed; 0 before, and where nothing is repeated."""
    repeat = rule_from(row.rule).repeat
    return max(calendar.working_days_between(row.due_on + timedelta(days=1), today), 0) // repeat if repeat else 0


def _day_after(row: Deadline, calendar: Calendar, today: date) -> date | None:
    coming = [day for day, _kind, _step in _steps(row, calendar) if day > today]
    repeat = rule_from(row.rule).repeat
    return min(coming) if coming else calendar.add_working_days(today, repeat) if repeat else None


def _texts(row: Deadline, kind: str, calendar: Calendar, today: date) -> tuple[str, str]:
    label_en = str(row.rule.get("label_en") or row.label)
    if kind == "due_today":
        return f"“{row.label}”今日（{row.due_on}）届满", f"“{label_en}” is due today ({row.due_on})"
    if kind == "reminder":
        left = calendar.working_days_between(today, row.due_on)
        return (
            f"“{row.label}”将于 {row.due_on} 届满，还剩 {left} 个工作日",
            f"“{label_en}” is due on {row.due_on}, {in_english(left, 'working_day')} left",
        )
    return f"“{row.label}”已于 {row.due_on} 届满，尚未办结", f"“{label_en}” was due on {row.due_on} and is still open"
