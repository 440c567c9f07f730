"""Open approvals by the level at which they wait. Which tasks are approvals is said by the procedures themselves:
`registers: {approvals: {process: [task, task]}}`, or a list of processes all of whose tasks are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from engine.tables import Task, TaskCandidate
from records.devices.registers import DeviceQuery, Found, found, mentions, same, within
from records.offices import levels
from records.offices.model import Office, Post
from web.services import services

LEVELS = levels.LEVELS[::-1]  # from the tax office upwards
Named = Mapping[str, tuple[str, ...]]  # process → its tasks that are approvals, none for all
NO_DATE = date(9999, 12, 31)  # how the engine keeps that there is none


@dataclass(frozen=True)
class ApprovalLine:
    """A task that waits: of which case, at which level and office; `holder` where somebody has claimed it."""

    case_id: str
    title: str
    business_key: str
    step: str
    step_en: str
    level: int
    office_name: str
    office_name_en: str
    holder: str
    opened_at: datetime
    due_on: date | None


_RANK = case(*((Office.level == level, at) for at, level in enumerate(LEVELS)), else_=len(LEVELS))
ORDERS: Mapping[str, Any] = {"title": Task.title, "number": Task.business_key, "level": _RANK, "opened": Task.opened_at, "due": Task.due_on}


def named() -> Named:
    """The processes whose open tasks are approvals, as the newest version of each procedure says. The engine is asked
    before the books are opened: nobody holds two connections of the pool at once.
    """
    found = dict[str, tuple[str, ...]]()
    for procedure in services().engine.procedures():
        listed = (procedure.about.get("registers") or {}).get("approvals") or {}
        found |= {str(process): tuple(listed[process]) if isinstance(listed, Mapping) else () for process in listed}
    return found


def approvals(scopes: Sequence[str], query: DeviceQuery, order: str = "", *, named: Named) -> Found[ApprovalLine]:
    """Open tasks of these processes beneath these paths that wait at a post of an office, what is due first first; `query.kind` is the level."""
    columns = (
        Task.instance_id, Task.title, Task.business_key, Task.name, Task.name_en, _RANK.label("level"), Office.name, Office.name_en, Task.assignee_name,
        Task.opened_at, Task.due_on,
    )  # fmt: skip
    wanted = _of_offices(select(*columns, Task.id), scopes, query, named).where(*same(Office.level, query.kind))
    return found(wanted, _line, ORDERS, order, (Task.due_on, Task.id))


def by_level(session: Session, scopes: Sequence[str], query: DeviceQuery, named: Named) -> dict[str, int]:
    """How many wait at each level, whichever level the page is narrowed to; counted by the database."""
    counting: Any = select(Office.level, func.count(Task.id))
    counts = {level: int(number) for level, number in session.execute(_of_offices(counting, scopes, query, named).group_by(Office.level))}
    return {level: counts[level] for level in LEVELS if level in counts}


def _of_offices(wanted: Select[Any], scopes: Sequence[str], query: DeviceQuery, named: Named) -> Select[Any]:
    """Open approvals with the office where each waits; at whichever level."""
    office = select(func.min(Office.scope)).join(Post, Post.office_id == Office.id).join(TaskCandidate, TaskCandidate.post_id == Post.id)
    first = office.where(TaskCandidate.task_id == Task.id).correlate(Task).scalar_subquery()
    is_approval = (and_(Task.process_id == process, *([Task.element.in_(tasks)] if tasks else [])) for process, tasks in sorted(named.items()))
    return wanted.select_from(Task).join(Office, Office.scope == first).where(
        Task.state == "open", or_(false(), *is_approval), within(Task.scope, scopes),
        *([Task.scope.startswith(query.office, autoescape=True)] if query.office else []),
        *_arrived(query), *mentions(query.text, Task.title, Task.business_key),
    )  # fmt: skip


def _arrived(query: DeviceQuery) -> list[ColumnElement[bool]]:
    """Whether a task came to its office in the period that is asked for, by the days of Shanghai, both ends included."""
    begun, over = (datetime.combine(day, time(), SHANGHAI) if day else None for day in (query.since, query.until and query.until + timedelta(days=1)))
    return [*([Task.opened_at >= begun] if begun else []), *([Task.opened_at < over] if over else [])]


def _line(row: Any) -> ApprovalLine:
    case_id, title, business_key, step, step_en, level, office_name, office_name_en, holder, opened_at, due_on, _task = row
    due = None if due_on == NO_DATE else due_on
    return ApprovalLine(case_id, title, business_key, step, step_en, level, office_name, office_name_en, holder, opened_at, due)
