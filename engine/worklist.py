"""Pages of open tasks. Each branch of a query is an index read of one page; counts stop at a cap, so size does not matter."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from engine.link import Link
from engine.people import Actor

COUNT_CAP = 999
SCOPES = ("mine", "claimable", "office")
TERMS = ("overdue", "today", "soon", "ample", "none")
_COLUMNS = (
    "t.id, t.instance_id, t.token, t.element, t.name, t.name_en, t.procedure, t.process_id, t.business_key, t.title, t.scope, t.state,"
    " t.assignee_id, t.assignee_name, t.claimed_at, t.opened_at, t.due_on"
)


@dataclass(frozen=True)
class TaskRow:
    """A row of the worklist; `due_on` None sorts last."""

    id: str
    instance_id: str
    token: int
    element: str
    name: str
    name_en: str
    procedure: str
    process_id: str
    business_key: str
    title: str
    scope: str
    state: str
    assignee_id: str | None
    assignee_name: str
    claimed_at: datetime | None
    opened_at: datetime | None
    due_on: date | None


@dataclass(frozen=True)
class WorklistQuery:
    """What a person wants to see. `soon_until` is the last day that counts as soon; `after` the cursor of the last page."""

    today: date
    scope: str = "mine"
    term: str = ""
    procedure: str = ""
    process_id: str = ""
    text: str = ""
    after: str = ""
    limit: int = 25
    soon_until: date | None = None


@dataclass
class WorklistPage:
    """Rows by remaining term, then by age; counts are capped at COUNT_CAP."""

    items: list[TaskRow]
    next_cursor: str = ""
    scopes: dict[str, int] = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)
    procedures: dict[str, int] = field(default_factory=dict)


@dataclass
class _Where:
    source: str
    conditions: list[str]
    values: list[Any]
    distinct: bool = False


def _row(link: Link, r: tuple[Any, ...]) -> TaskRow:
    return TaskRow(*(*r[:14], link.as_moment(r[14]), link.as_moment(r[15]), link.as_day(r[16])))


def one(link: Link, task_id: str) -> TaskRow | None:
    """A task by id, open or not."""
    row = link.one(f"SELECT {_COLUMNS} FROM task t WHERE t.id = ?", task_id)
    return _row(link, row) if row else None


def of_case(link: Link, instance_id: str) -> list[TaskRow]:
    """Open tasks of a case."""
    rows = link.all(f"SELECT {_COLUMNS} FROM task t WHERE t.instance_id = ? AND t.state = 'open' ORDER BY t.id", instance_id)
    return [_row(link, row) for row in rows]


def _bases(link: Link, actor: Actor, scope: str) -> list[_Where]:
    if scope == "mine":
        return [_Where("task t", ["t.assignee_id = ?", "t.state = 'open'"], [actor.person_id])]
    if scope == "claimable":
        return [
            _Where("task_candidate c JOIN task t ON t.id = c.task_id", ["c.post_id = ?", "c.claimable = 1"], [post])
            for post in sorted(actor.post_ids)
        ]
    return [
        _Where("task t", ["t.scope >= ?", "t.scope < ?", "t.state = 'open'"], [s, s[:-1] + "0"]) for s in _outermost(actor.scopes)
    ]


def _outermost(scopes: tuple[str, ...]) -> list[str]:
    return [s for s in sorted(set(scopes)) if not any(s != other and s.startswith(other) for other in scopes)]


def _narrow(link: Link, base: _Where, query: WorklistQuery) -> _Where:
    column = "c.due_on" if base.source.startswith("task_candidate") else "t.due_on"
    conditions, values = list(base.conditions), list(base.values)
    low, high = _bounds(query)
    if low is not None:
        conditions.append(f"{column} >= ?")
        values.append(link.day(low))
    if high is not None:
        conditions.append(f"{column} <= ?")
        values.append(link.day(high))
    for name, wanted in (("t.procedure", query.procedure), ("t.process_id", query.process_id)):
        if wanted:
            conditions.append(f"{name} = ?")
            values.append(wanted)
    if query.text:
        conditions.append("(t.title LIKE ? OR t.business_key LIKE ?)")
        values += [f"%{query.text}%", f"%{query.text}%"]
    return _Where(base.source, conditions, values)


def _bounds(query: WorklistQuery) -> tuple[date | None, date | None]:
    soon = query.soon_until or query.today + timedelta(days=3)
    day = timedelta(days=1)
    return {
        "overdue": (None, query.today - day),
        "today": (query.today, query.today),
        "soon": (query.today + day, soon),
        "ample": (soon + day, date(9999, 12, 30)),
        "none": (date(9999, 12, 31), None),
    }.get(query.term, (None, None))


def page(link: Link, actor: Actor, query: WorklistQuery) -> WorklistPage:
    """Top rows of each branch by index, merged; the cursor is (due date, id) of the last row."""
    rows: dict[str, tuple[Any, ...]] = {}
    for base in _bases(link, actor, query.scope):
        where = _narrow(link, base, query)
        column = "c.due_on, c.task_id" if where.source.startswith("task_candidate") else "t.due_on, t.id"
        if query.after:
            due, _, id_ = query.after.partition("_")
            where.conditions.append(f"({column}) > (?, ?)")
            where.values += [link.day(date.fromisoformat(due)), id_]
        sql = f"SELECT {_COLUMNS} FROM {where.source} WHERE {' AND '.join(where.conditions)} ORDER BY {column} LIMIT ?"
        for row in link.all(sql, *where.values, query.limit + 1):
            rows[row[0]] = row
    ordered = sorted(rows.values(), key=lambda r: (str(r[16]), r[0]))
    shown = ordered[: query.limit]
    cursor = f"{shown[-1][16]}_{shown[-1][0]}" if len(ordered) > query.limit else ""
    return WorklistPage([_row(link, row) for row in shown], cursor, **counts(link, actor, query))


def counts(link: Link, actor: Actor, query: WorklistQuery) -> dict[str, dict[str, int]]:
    """The numbers beside the filters: by scope, and by term and procedure within the chosen scope."""
    plain = WorklistQuery(query.today, soon_until=query.soon_until)
    scopes = {scope: _count(link, actor, replace(plain, scope=scope)) for scope in SCOPES}
    inside = replace(plain, scope=query.scope)
    terms = {term: _count(link, actor, replace(inside, term=term)) for term in TERMS}
    return {"scopes": scopes, "terms": terms, "procedures": _by_process(link, actor, inside)}


def _count(link: Link, actor: Actor, query: WorklistQuery) -> int:
    parts, values = [], []
    for base in _bases(link, actor, query.scope):
        where = _narrow(link, base, query)
        if query.scope == "claimable":
            where.source = "task_candidate c"
        column = "c.task_id" if where.source.startswith("task_candidate") else "t.id"
        parts.append(
            f"SELECT * FROM (SELECT {column} AS id FROM {where.source} WHERE {' AND '.join(where.conditions)} LIMIT {COUNT_CAP + 1}) p"
        )
        values += where.values
    if not parts:
        return 0
    row = link.one(f"SELECT count(*) FROM (SELECT id FROM ({' UNION '.join(parts)}) u LIMIT {COUNT_CAP + 1}) v", *values)
    return int(row[0]) if row else 0


def _by_process(link: Link, actor: Actor, query: WorklistQuery) -> dict[str, int]:
    """Open tasks by process among the first of each branch; enough to tell a clerk where the work is."""
    found: dict[str, dict[str, None]] = {}
    for base in _bases(link, actor, query.scope):
        where = _narrow(link, base, query)
        sql = f"SELECT t.process_id, t.id FROM {where.source} WHERE {' AND '.join(where.conditions)} LIMIT {COUNT_CAP + 1}"
        for process_id, task_id in link.all(sql, *where.values):
            found.setdefault(process_id, {})[task_id] = None
    return {process: len(ids) for process, ids in sorted(found.items())}
