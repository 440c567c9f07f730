"""What is open, counted where it stands: cases by their next legal date, tasks by step and by whoever has them in hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine import standstill
from engine.board.sight import Sight
from engine.link import Link

# The date of a case that counts is the first of its own and of those that the model gives to open tasks of their own.
DUE = "CASE WHEN o.due IS NULL THEN i.due_on WHEN i.due_on IS NULL OR o.due < i.due_on THEN o.due ELSE i.due_on END"
OPEN_CASES = (
    "instance i LEFT JOIN (SELECT t.instance_id, min(t.due_on) AS due FROM task t WHERE t.state = 'open' AND t.own_due = 1 GROUP BY t.instance_id) o"
    " ON o.instance_id = i.id"
)
NO_MONTH = "none"  # the month of a case without a legal date: it has none at all, or its clock stands
NOBODY = ""  # who has a task that is yet to be claimed


@dataclass(frozen=True)
class Open:
    """How many are open, and of these how many are due today, late, or have a clock that stands."""

    open: int = 0
    today: int = 0
    overdue: int = 0
    stopped: int = 0

    def __add__(self, other: Open) -> Open:
        return Open(self.open + other.open, self.today + other.today, self.overdue + other.overdue, self.stopped + other.stopped)


@dataclass(frozen=True)
class Wait:
    """Where cases wait: at a step for people, or (`for_message`) for somebody's letter. `mean`: seconds that they have waited so far."""

    process_id: str
    element: str
    open: int
    overdue: int
    unclaimed: int
    oldest: datetime
    mean: int
    for_message: bool = False


def cases(link: Link, sight: Sight, today: date) -> dict[tuple[str, str], Open]:
    """Open cases by (office, process)."""
    condition, values = sight.of("i")
    day, stands = link.day(today), link.day(standstill.LATE)
    rows = link.all(
        "SELECT i.scope, i.process_id, count(*), sum(CASE WHEN i.due_on = ? THEN 1 ELSE 0 END), sum(CASE WHEN i.due_on < ? THEN 1 ELSE 0 END),"
        " sum(CASE WHEN i.due_on >= ? THEN 1 ELSE 0 END)"
        f" FROM instance i WHERE i.status = 'active' AND {condition} GROUP BY i.scope, i.process_id",
        day, day, stands, *values,
    )  # fmt: skip
    found = {(row[0], row[1]): Open(*(int(number) for number in row[2:])) for row in rows}
    # Few steps have dates of their own that have come: their cases are due or late by these, where they are not by their own.
    for scope, process, own, due in link.all(
        "SELECT i.scope, i.process_id, i.due_on, min(t.due_on) FROM task t JOIN instance i ON i.id = t.instance_id WHERE t.state = 'open'"
        f" AND t.own_due = 1 AND t.due_on <= ? AND i.status = 'active' AND {condition} GROUP BY i.id, i.scope, i.process_id, i.due_on",
        day, *values,
    ):  # fmt: skip
        before, after = _by_date(link.as_day(own), today), _by_date(min(filter(None, (link.as_day(own), link.as_day(due)))), today)
        found[scope, process] += Open(0, after.today - before.today, after.overdue - before.overdue)
    return found


def months(link: Link, sight: Sight, today: date) -> dict[str, Open]:
    """Open cases by the month of the date that counts: how much falls due when."""
    condition, values = sight.of("i")
    rows = link.all(
        f"SELECT c.due, count(*) FROM (SELECT {DUE} AS due FROM {OPEN_CASES} WHERE i.status = 'active' AND {condition}) c GROUP BY c.due", *values
    )
    found: dict[str, Open] = defaultdict(Open)
    for due, count in rows:
        day = link.as_day(due)
        found[NO_MONTH if day is None or standstill.stands(day) else day.isoformat()[:7]] += _by_date(day, today, int(count))
    return found


def _by_date(due_on: date | None, today: date, count: int = 1) -> Open:
    is_late, stands = due_on is not None and due_on < today, standstill.stands(due_on)
    return Open(count, count * (due_on == today), count * is_late, count * stands)


def people(link: Link, sight: Sight, today: date) -> dict[str, Open]:
    """Open tasks by who has them in hand."""
    condition, values = sight.of("t")
    rows = link.all(
        "SELECT t.assignee_id, count(*), sum(CASE WHEN t.due_on = ? THEN 1 ELSE 0 END), sum(CASE WHEN t.due_on < ? THEN 1 ELSE 0 END),"
        " sum(CASE WHEN t.due_on >= ? AND t.due_on <= ? THEN 1 ELSE 0 END)"
        f" FROM task t WHERE t.state = 'open' AND {condition} GROUP BY t.assignee_id",
        link.day(today), link.day(today), link.day(standstill.LATE), link.day(standstill.IN_TIME), *values,
    )  # fmt: skip
    return {row[0] or NOBODY: Open(*(int(number) for number in row[1:])) for row in rows}


def waits(link: Link, sight: Sight, today: date, now: datetime) -> list[Wait]:
    """Every step at which cases stand, the fullest first."""
    since, until = _second(link, "t.opened_at"), int(now.timestamp())
    condition, values = sight.of("t")
    rows = link.all(
        f"SELECT t.process_id, t.element, count(*), sum(CASE WHEN t.due_on < ? THEN 1 ELSE 0 END),"
        f" sum(CASE WHEN t.assignee_id IS NULL THEN 1 ELSE 0 END), min(t.opened_at), sum({since})"
        f" FROM task t WHERE t.state = 'open' AND {condition} GROUP BY t.process_id, t.element",
        link.day(today), *values,
    )  # fmt: skip
    found = [_wait(link, row, until) for row in rows]
    return sorted([*found, *_letters(link, sight, until)], key=lambda one: (-one.open, one.process_id, one.element))


def _letters(link: Link, sight: Sight, until: int) -> list[Wait]:
    """Cases that wait for a message; since when is known of those that began to wait after it was first written down."""
    condition, values = sight.of("i")
    rows = link.all(
        f"SELECT i.process_id, s.element, count(*), 0, 0, min(s.opened_at), sum({_second(link, 's.opened_at')})"
        " FROM subscription s JOIN instance i ON i.id = s.instance_id"
        f" WHERE s.kind = 'message' AND s.opened_at IS NOT NULL AND i.status = 'active' AND {condition} GROUP BY i.process_id, s.element",
        *values,
    )  # fmt: skip
    return [_wait(link, row, until, for_message=True) for row in rows]


def _wait(link: Link, row: Sequence[Any], until: int, *, for_message: bool = False) -> Wait:
    process, element, count, overdue, unclaimed, oldest, seconds = row
    since = link.as_moment(oldest)
    assert since is not None
    return Wait(process, element, int(count), int(overdue), int(unclaimed), since, max(until - int(seconds) // int(count), 0), for_message)


def _second(link: Link, column: str) -> str:
    """A moment as a whole second, which both databases add up alike."""
    return f"CAST(strftime('%s', {column}) AS INTEGER)" if link.is_sqlite else f"CAST(floor(extract(epoch FROM {column})) AS BIGINT)"
