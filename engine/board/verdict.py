"""Whether something was finished in time: a task by its own legal date, a case by every date that ran in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from db.clock import legal_date
from engine import standstill

NOT_COUNTED, UNDATED, IN_TIME, LATE = range(4)  # the column `timeliness` of cases and tasks


def of_task(due_on: date | None, closed_at: datetime) -> int:
    """A task that has no date is neither in time nor late; the last day itself is in time. While the clock stands no day goes by."""
    if due_on is None:
        return UNDATED
    if standstill.stands(due_on):
        return LATE if due_on == standstill.LATE else IN_TIME
    return LATE if legal_date(closed_at) > due_on else IN_TIME


def of_case(due_on: date | None, ended_at: datetime, steps: Iterable[tuple[date | None, datetime]]) -> int:
    """A case is late where any date in it was passed: its own at the end, or that of a step, (date, moment of completion), when it was done.

    A term that was met is taken off a case, so that what remains at the end tells nothing of it; the steps carry the dates of their day.
    """
    return max(of_task(due_on, ended_at), *(of_task(*step) for step in steps), UNDATED)
