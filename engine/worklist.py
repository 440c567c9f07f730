"""Pages of open tasks, for a person, for the posts of a person, for an office with all beneath it.

A list is the merge of branches (post × process, office × process), each of them one stretch of an index that is sorted by remaining
term: a page reads its first rows from each branch, and a count stops at a cap, so neither depends on how many tasks there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from engine import search
from engine.link import NEVER, Link
from engine.people import Actor

COUNT_CAP = 999
SCOPES = ("mine", "claimable", "office")
TERMS = ("overdue", "today", "soon", "ample", "none")
_COLUMNS = (
    "t.id, t.instance_id, t.token, t.element, t.name, t.name_en, t.procedure, t.process_id, t.business_key, t.title, t.scope, t.state,"
    " t.assignee_id, t.assignee_name, t.claimed_at, t.opened_at, t.due_on, EXISTS (SELECT 1 FROM task d WHERE"
    " d.instance_id = t.instance_id AND d.element = t.element AND d.state = 'completed')"
)


@dataclass(frozen=True)
class TaskRow:
    """A row of the worklist; `due_on` None sorts last. `done_before`: the case has come to this step again."""

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
    done_before: bool


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


@dataclass(frozen=True)
class _Branch:
    """A stretch of an index; `key` are the columns that come before the term."""

    table: str
    id: str
    where: str
    values: tuple[Any, ...]
    process: str = ""


def _row(link: Link, r: tuple[Any, ...]) -> TaskRow:
    opened = link.as_moment(r[15])
    return TaskRow(*(*r[:14], link.as_moment(r[14]), opened, link.as_day(r[16]), bool(r[17])))


def one(link: Link, task_id: str) -> TaskRow | None:
    """A task by id, open or not."""
    row = link.one(f"SELECT {_COLUMNS} FROM task t WHERE t.id = ?", task_id)
    return _row(link, row) if row else None


def of_case(link: Link, instance_id: str) -> list[TaskRow]:
    """Open tasks of a case, oldest first."""
    rows = link.all(f"SELECT {_COLUMNS} FROM task t WHERE t.instance_id = ? AND t.state = 'open' ORDER BY t.id", instance_id)
    return [_row(link, row) for row in rows]


# --- branches --------------------------------------------------------------------------------------------------------------


def _branches(link: Link, actor: Actor, scope: str) -> list[_Branch]:
    if scope == "mine":
        return [_Branch("task", "id", "x.assignee_id = ? AND x.state = 'open'", (actor.person_id,))]
    if scope == "claimable":
        where = "x.post_id = ? AND x.claimable = 1 AND x.process_id = ?"
        pairs = _pairs(link, "task_candidate", "post_id", "AND x.claimable = 1", sorted(actor.post_ids))
        return [_Branch("task_candidate", "task_id", where, pair, pair[1]) for pair in pairs]
    where = "x.scope = ? AND x.process_id = ?"
    pairs = _pairs(link, "task_office", "scope", "", _outermost(actor.scopes))
    return [_Branch("task_office", "task_id", where, pair, pair[1]) for pair in pairs]


def _pairs(link: Link, table: str, column: str, also: str, keys: list[str]) -> list[tuple[str, str]]:
    """(key, process) for which there are rows, found by jumping through the index from process to process."""
    if not keys:
        return []
    first = f"(SELECT min(x.process_id) FROM {table} x WHERE x.{column} = g.key {also})"
    following = f"(SELECT min(x.process_id) FROM {table} x WHERE x.{column} = p.key {also} AND x.process_id > p.process)"
    # PostgreSQL does not guess the type of a bare parameter in VALUES.
    given = ", ".join("(CAST(? AS VARCHAR(255)))" for _ in keys)
    rows = link.all(
        f"WITH RECURSIVE g(key) AS (VALUES {given}), p(key, process) AS (SELECT g.key, CAST({first} AS VARCHAR(255)) FROM g"
        f" UNION ALL SELECT p.key, CAST({following} AS VARCHAR(255)) FROM p WHERE p.process IS NOT NULL)"
        " SELECT key, process FROM p WHERE process IS NOT NULL",
        *keys,
    )
    return [(row[0], row[1]) for row in rows]


def _outermost(scopes: tuple[str, ...]) -> list[str]:
    return [s for s in sorted(set(scopes)) if not any(s != other and s.startswith(other) for other in scopes)]


def _bounds(query: WorklistQuery, term: str) -> tuple[date | None, date | None]:
    soon, day = query.soon_until or query.today + timedelta(days=3), timedelta(days=1)
    return {
        "overdue": (None, query.today - day),
        "today": (query.today, query.today),
        "soon": (query.today + day, soon),
        "ample": (soon + day, NEVER - day),
        "none": (NEVER, None),
    }.get(term, (None, None))


def _narrowed(link: Link, branch: _Branch, query: WorklistQuery, term: str) -> tuple[str, list[Any]]:
    """The rows of a branch within the filters, without order: FROM … WHERE …"""
    source, where, values = f"{branch.table} x", [branch.where], list(branch.values)
    low, high = _bounds(query, term)
    for sign, bound in ((">=", low), ("<=", high)):
        if bound is not None:
            where.append(f"x.due_on {sign} ?")
            values.append(link.day(bound))
    if query.text or query.procedure or (query.process_id and not branch.process):
        source += f" JOIN task t ON t.id = x.{branch.id}"
        for column, wanted in (("t.procedure", query.procedure), ("t.process_id", query.process_id)):
            if wanted:
                where.append(f"{column} = ?")
                values.append(wanted)
        if query.text:
            where.append(search.MATCHES)
            values += search.pattern(query.text)
    return f"FROM {source} WHERE {' AND '.join(where)}", values


# --- a page ----------------------------------------------------------------------------------------------------------------


def page(link: Link, actor: Actor, query: WorklistQuery) -> WorklistPage:
    """The first rows of each branch, merged; the cursor is (legal date, id) of the last row."""
    branches = {scope: _branches(link, actor, scope) for scope in SCOPES}
    hits = search.rare(link, "task", query.text) if query.text and query.scope != "mine" else None
    rows = _rows(link, branches[query.scope], query) if hits is None else _among(link, actor, query, hits)
    shown = rows[: query.limit]
    cursor = f"{shown[-1][16]}_{shown[-1][0]}" if len(rows) > query.limit else ""
    return WorklistPage([_row(link, row) for row in shown], cursor, **_counts(link, branches, query))


def _rows(link: Link, branches: list[_Branch], query: WorklistQuery) -> list[tuple[Any, ...]]:
    parts, values = [], list[Any]()
    for branch in branches:
        if query.process_id and branch.process and branch.process != query.process_id:
            continue
        source, given = _narrowed(link, branch, query, query.term)
        if query.after:
            due, _, id_ = query.after.partition("_")
            source += f" AND (x.due_on, x.{branch.id}) > (?, ?)"
            given += [link.day(date.fromisoformat(due)), id_]
        order = f"ORDER BY x.due_on, x.{branch.id} LIMIT ?"
        parts.append(f"SELECT * FROM (SELECT x.{branch.id} AS id, x.due_on AS due {source} {order}) b")
        values += [*given, query.limit + 1]
    if not parts:
        return []
    first = f"SELECT DISTINCT id, due FROM ({' UNION ALL '.join(parts)}) u ORDER BY due, id LIMIT ?"
    return link.all(
        f"SELECT {_COLUMNS} FROM ({first}) k JOIN task t ON t.id = k.id ORDER BY t.due_on, t.id", *values, query.limit + 1
    )


def _among(link: Link, actor: Actor, query: WorklistQuery, hits: list[str]) -> list[tuple[Any, ...]]:
    """As `_rows`, for the few tasks that hold a rare text."""
    if not hits:
        return []
    where, values = [f"t.id IN ({link.places(hits)})"], list[Any](hits)
    low, high = _bounds(query, query.term)
    for condition, value in (
        ("t.due_on >= ?", link.day(low)),
        ("t.due_on <= ?", link.day(high)),
        ("t.procedure = ?", query.procedure),
        ("t.process_id = ?", query.process_id),
    ):
        if value:
            where.append(condition)
            values.append(value)
    if query.scope == "claimable":
        posts = sorted(actor.post_ids) or [""]
        where.append(
            "EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id AND c.claimable = 1"
            f" AND c.post_id IN ({link.places(posts)}))"
        )
        values += posts
    if query.after:
        due, _, id_ = query.after.partition("_")
        where.append("(t.due_on, t.id) > (?, ?)")
        values += [link.day(date.fromisoformat(due)), id_]
    sql = f"SELECT {_COLUMNS} FROM task t WHERE {' AND '.join(where)} ORDER BY t.due_on, t.id"
    rows = link.all(sql, *values)
    if query.scope == "office":
        rows = [row for row in rows if actor.sees(row[10])]
    return rows[: query.limit + 1]


# --- the numbers beside it -------------------------------------------------------------------------------------------------


def _counts(link: Link, branches: dict[str, list[_Branch]], query: WorklistQuery) -> dict[str, dict[str, int]]:
    """By scope; by term and by process within the chosen scope. All of them in one query."""
    plain = WorklistQuery(query.today, soon_until=query.soon_until)
    inside = branches[query.scope]
    processes = sorted({b.process for b in inside if b.process})
    wanted: list[tuple[str, str, list[_Branch], str]] = [("scopes", scope, branches[scope], "") for scope in SCOPES]
    wanted += [("terms", term, inside, term) for term in TERMS]
    wanted += [("procedures", process, [b for b in inside if b.process == process], "") for process in processes]
    parts, values = [], list[Any]()
    for _facet, _name, chosen, term in wanted:
        sql, given = _capped(link, chosen, plain, term)
        parts.append(f"({sql})")
        values += given
    numbers = link.one(f"SELECT {', '.join(parts)}", *values) or ()
    found: dict[str, dict[str, int]] = {"scopes": {}, "terms": {}, "procedures": {}}
    for (facet, name, _chosen, _term), number in zip(wanted, numbers, strict=True):
        found[facet][name] = min(int(number), COUNT_CAP + 1)
    if query.scope == "mine":
        found["procedures"] = _mine_by_process(link, inside[0])
    return found


def _capped(link: Link, branches: list[_Branch], query: WorklistQuery, term: str) -> tuple[str, list[Any]]:
    """A count that stops early. A task may stand in several branches of a person with several posts, so more rows are
    read than counted: with up to three posts on one task the number is exact.
    """
    if not branches:
        return "0", []
    parts, values = [], list[Any]()
    for branch in branches:
        source, given = _narrowed(link, branch, query, term)
        parts.append(f"SELECT x.{branch.id} AS id {source}")
        values += given
    keys = len({branch.values[0] for branch in branches}) if branches[0].table == "task_candidate" else 1
    what = "count(DISTINCT id)" if keys > 1 else "count(*)"
    limit = (COUNT_CAP + 1) * min(keys, 3)
    return f"SELECT {what} FROM (SELECT id FROM ({' UNION ALL '.join(parts)}) u LIMIT {limit}) v", values


def _mine_by_process(link: Link, branch: _Branch) -> dict[str, int]:
    rows = link.all(
        f"SELECT process_id, count(*) FROM (SELECT x.process_id FROM task x WHERE {branch.where} LIMIT {COUNT_CAP + 1}) m"
        " GROUP BY process_id ORDER BY process_id",
        *branch.values,
    )
    return dict(rows)
