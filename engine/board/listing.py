"""The cases and tasks that the figures count, page by page: every figure leads to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from db.clock import SHANGHAI
from engine import standstill
from engine.board.ongoing import DUE, NO_MONTH, OPEN_CASES
from engine.board.sight import Sight
from engine.board.verdict import IN_TIME, LATE, UNDATED
from engine.link import Link

TERMS = ("overdue", "today", "stopped")
KEPT = {"late": LATE, "in_time": IN_TIME, "undated": UNDATED}


@dataclass(frozen=True)
class CaseLine:
    """A case of a list; `steps` are its open tasks as (name, English name, who has it, his name; empty for nobody). `kept` tells of one that is
    finished.
    """

    id: str
    process_id: str
    business_key: str
    title: str
    scope: str
    due_on: date | None
    due_label: str
    own_due: bool  # the date is that of a step
    started_at: datetime | None
    ended_at: datetime | None = None
    kept: int = 0
    steps: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Hands:
    """Who has a task, empty for nobody yet, and the posts that may do it."""

    person_id: str
    posts: list[str]


@dataclass(frozen=True)
class TaskLine:
    """A task of a list, open or done."""

    id: str
    instance_id: str
    process_id: str
    name: str
    name_en: str
    business_key: str
    title: str
    scope: str
    due_on: date | None
    person_id: str
    person_name: str
    opened_at: datetime | None
    closed_at: datetime | None
    kept: int
    own_due: bool  # the date is the step's own
    due_label: str  # of the case


def open_cases(
    link: Link, sight: Sight, today: date, *, term: str = "", waiting: str = "", month: str = "", only: Sequence[str] = (), limit: int = 25, offset: int = 0
) -> list[CaseLine]:  # fmt: skip
    """Open cases, the latest first and those without a date last; `term`: overdue, due today, or with a clock that stands alone, `waiting`: for a
    message at this element, `month`: with a date in it, `only` these.
    """
    condition, values = sight.of("i")
    if waiting:
        condition = f"i.id IN (SELECT s.instance_id FROM subscription s WHERE s.kind = 'message' AND s.opened_at IS NOT NULL AND s.element = ?) AND {condition}"
        values = [waiting, *values]
    if only:
        condition, values = f"i.id IN ({link.places(only)}) AND {condition}", [*only, *values]
    sign, bounds = _within(link, "c.due", today, term)
    in_month, days = _in_month(link, "c.due", month)
    wanted = " AND ".join(filter(None, (sign, in_month)))
    rows = link.all(
        "SELECT c.id, c.due, c.own FROM ("
        f"SELECT i.id, {DUE} AS due, CASE WHEN o.due IS NULL OR i.due_on <= o.due THEN 0 ELSE 1 END AS own"
        f" FROM {OPEN_CASES} WHERE i.status = 'active' AND {condition}) c{f' WHERE {wanted}' if wanted else ''}"
        " ORDER BY CASE WHEN c.due IS NULL THEN 1 ELSE 0 END, c.due, c.id LIMIT ? OFFSET ?",
        *values, *bounds, *days, limit, offset,
    )  # fmt: skip
    heads, steps = _heads(link, [row[0] for row in rows]), _steps(link, [row[0] for row in rows])
    return [replace(heads[id_], due_on=link.as_day(due), own_due=bool(own), steps=tuple(steps.get(id_, ()))) for id_, due, own in rows]


def finished_cases(link: Link, sight: Sight, *, kept: str = "", limit: int = 25, offset: int = 0) -> list[CaseLine]:
    """Finished cases that are counted, the latest first; `kept`: in time, late, or without a date alone."""
    condition, values = sight.of("i")
    condition, values = _counted("i", "ended_at", sight, kept, condition, values, link)
    rows = link.all(
        f"SELECT i.id FROM instance i WHERE i.status = 'completed' AND {condition} ORDER BY i.ended_at DESC, i.id DESC LIMIT ? OFFSET ?",
        *values, limit, offset,
    )  # fmt: skip
    heads = _heads(link, [row[0] for row in rows])
    return [heads[row[0]] for row in rows]


_TASK = (
    "SELECT t.id, t.instance_id, t.process_id, t.name, t.name_en, t.business_key, t.title, t.scope, t.due_on, {who}, t.assignee_name, t.opened_at,"
    " t.closed_at, t.timeliness, t.own_due, (SELECT i.due_label FROM instance i WHERE i.id = t.instance_id) FROM task t"
)


def open_tasks(
    link: Link, sight: Sight, today: date, *, person: str | None = None, element: str = "", term: str = "", limit: int = 25, offset: int = 0
) -> list[TaskLine]:  # fmt: skip
    """Open tasks, the latest first, those of one day as they came; of a person (empty: of nobody yet), of a step."""
    condition, values = sight.of("t")
    sign, bounds = _within(link, "t.due_on", today, term)
    if sign:
        condition, values = f"{sign} AND {condition}", [*bounds, *values]
    for more, value in (("t.element = ?", element), ("t.assignee_id = ?", person)):
        if value:
            condition, values = f"{more} AND {condition}", [value, *values]
    if person == "":
        condition = f"t.assignee_id IS NULL AND {condition}"
    order = "t.due_on, t.opened_at, t.id"  # by the id alone SQLite would walk all that was ever done, in the order of its key
    found = f"SELECT t.id FROM task t WHERE t.state = 'open' AND {condition} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = link.all(f"{_TASK.format(who='t.assignee_id')} WHERE t.id IN (SELECT f.id FROM ({found}) f) ORDER BY {order}", *values, limit, offset)
    return [_task_line(link, row) for row in rows]


def finished_tasks(
    link: Link, sight: Sight, *, person: str = "", element: str = "", kept: str = "", limit: int = 25, offset: int = 0
) -> list[TaskLine]:  # fmt: skip
    """Finished tasks that are counted, the latest first."""
    condition, values = sight.of("t")
    condition, values = _counted("t", "closed_at", sight, kept, condition, values, link)
    for column, value in (("element", element), ("closed_by", person)):
        if value:
            condition, values = f"t.{column} = ? AND {condition}", [value, *values]
    found = f"SELECT t.id FROM task t WHERE t.state = 'completed' AND {condition} ORDER BY t.closed_at DESC, t.id DESC LIMIT ? OFFSET ?"
    rows = link.all(
        f"{_TASK.format(who='t.closed_by')} WHERE t.id IN (SELECT f.id FROM ({found}) f) ORDER BY t.closed_at DESC, t.id DESC", *values, limit, offset
    )
    return [_task_line(link, row) for row in rows]


def months_between(first: str, last: str) -> tuple[datetime | None, datetime | None]:
    """From which moment on, and until before which, something falls into these months in Asia/Shanghai."""
    low = _first_moment(first) if first else None
    high = _first_moment(_following(last)) if last else None
    return low, high


def _counted(
    row: str, moment: str, sight: Sight, kept: str, condition: str, values: list[Any], link: Link
) -> tuple[str, list[Any]]:  # fmt: skip
    low, high = months_between(*sight.months)
    for sign, bound in ((">=", low), ("<", high)):
        if bound is not None:
            condition, values = f"{row}.{moment} {sign} ? AND {condition}", [link.moment(bound), *values]
    if kept in KEPT:
        return f"{row}.timeliness = ? AND {condition}", [KEPT[kept], *values]
    return f"{row}.timeliness <> 0 AND {condition}", values


def _within(link: Link, column: str, today: date, term: str) -> tuple[str, list[Any]]:
    """The condition of a term on a date, and its values; none where any will do."""
    if term == "stopped":
        return f"{column} >= ? AND {column} <= ?", [link.day(standstill.LATE), link.day(standstill.IN_TIME)]
    sign = {"overdue": f"{column} < ?", "today": f"{column} = ?"}.get(term, "")
    return sign, [link.day(today)] if sign else []


def _in_month(link: Link, column: str, month: str) -> tuple[str, list[Any]]:
    """The condition of a month on a date, and its values; none where any will do."""
    if month == NO_MONTH:
        return f"({column} IS NULL OR {column} >= ?)", [link.day(standstill.LATE)]
    return (f"{column} >= ? AND {column} < ?", [link.day(_first_day(month)), link.day(_first_day(_following(month)))]) if month else ("", [])


def _first_moment(month: str) -> datetime:
    return datetime.combine(_first_day(month), time(), SHANGHAI)


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _following(month: str) -> str:
    return (_first_day(month) + timedelta(days=31)).isoformat()[:7]


def _heads(link: Link, ids: Sequence[str]) -> dict[str, CaseLine]:
    if not ids:
        return {}
    rows = link.all(
        "SELECT id, process_id, business_key, title, scope, due_on, due_label, started_at, ended_at, timeliness FROM instance"
        f" WHERE id IN ({link.places(ids)})",
        *ids,
    )  # fmt: skip
    return {
        row[0]: CaseLine(*(*row[:5], link.as_day(row[5]), row[6], False, link.as_moment(row[7]), link.as_moment(row[8]), row[9]))
        for row in rows
    }  # fmt: skip


def _steps(link: Link, ids: Sequence[str]) -> dict[str, list[tuple[str, str, str, str]]]:
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    if ids:
        sql = "SELECT instance_id, name, name_en, assignee_id, assignee_name FROM task WHERE state = 'open'"
        for id_, *step in link.all(f"{sql} AND instance_id IN ({link.places(ids)}) ORDER BY id", *ids):
            found.setdefault(id_, []).append((step[0], step[1], step[2] or "", step[3]))
    return found


def hands_of(link: Link, ids: Sequence[str]) -> dict[str, list[Hands]]:
    """Of each case, in whose hands its open tasks are."""
    found: dict[str, dict[str, Hands]] = {id_: {} for id_ in ids}
    if ids:
        rows = link.all(
            "SELECT t.instance_id, t.id, t.assignee_id, c.post_id FROM task t LEFT JOIN task_candidate c ON c.task_id = t.id"
            f" WHERE t.state = 'open' AND t.instance_id IN ({link.places(ids)}) ORDER BY t.id, c.post_id",
            *ids,
        )  # fmt: skip
        for case, task, person, post in rows:
            found[case].setdefault(task, Hands(person or "", [])).posts.extend([post] if post else [])
    return {case: list(tasks.values()) for case, tasks in found.items()}


def _task_line(link: Link, row: Sequence[Any]) -> TaskLine:
    return TaskLine(*(*row[:8], link.as_day(row[8]), row[9] or "", row[10], link.as_moment(row[11]), link.as_moment(row[12]), row[13], bool(row[14]), row[15] or ""))
