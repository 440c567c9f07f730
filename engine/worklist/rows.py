"""Rows of tasks as the database has them."""

from __future__ import annotations

from typing import Any

from engine.link import Link
from engine.worklist.model import TaskRow

COLUMNS = (
    "t.id, t.instance_id, t.token, t.element, t.name, t.name_en, t.procedure, t.process_id, t.business_key, t.title, t.scope, t.state,"
    " t.assignee_id, t.assignee_name, t.claimed_at, t.opened_at, t.due_on, t.again, t.draft IS NOT NULL, t.attended, t.returned"
)


def as_row(link: Link, r: tuple[Any, ...]) -> TaskRow:
    """A task of COLUMNS."""
    opened = link.as_moment(r[15])
    return TaskRow(*(*r[:14], link.as_moment(r[14]), opened, link.as_day(r[16]), bool(r[17]), bool(r[18]), bool(r[19]), bool(r[20])))


def one(link: Link, task_id: str) -> TaskRow | None:
    """A task by id, open or not."""
    row = link.one(f"SELECT {COLUMNS} FROM task t WHERE t.id = ?", task_id)
    return as_row(link, row) if row else None


def of_case(link: Link, instance_id: str) -> list[TaskRow]:
    """Open tasks of a case, oldest first."""
    rows = link.all(f"SELECT {COLUMNS} FROM task t WHERE t.instance_id = ? AND t.state = 'open' ORDER BY t.id", instance_id)
    return [as_row(link, row) for row in rows]
