"""Pages of open tasks, for a person, for the posts of a person, for an office with all beneath it.

A list is the merge of branches (post × process, office × process), each of them one stretch of an index that is sorted by remaining
term: a page reads its first rows from each branch, and a count stops at a cap, so neither depends on how many tasks there are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from engine import search
from engine.link import NEVER, Link
from engine.people import Actor

COUNT_CAP = 999
SCOPES = ("mine", "claimable", "office")
TERMS = ("overdue", "today", "soon", "ample", "none")
STATES = ("unclaimed", "claimed", "draft", "returned")
_FEW = frozenset({"draft", "returned"})  # states that few tasks are in: these have indexes of their own
_COLUMNS = (
    "t.id, t.instance_id, t.token, t.element, t.name, t.name_en, t.procedure, t.process_id, t.business_key, t.title, t.scope, t.state,"
    " t.assignee_id, t.assignee_name, t.claimed_at, t.opened_at, t.due_on, t.again, t.draft IS NOT NULL"
)


@dataclass(frozen=True)
class TaskRow:
    """A row of the worklist; `due_on` None sorts last. `done_before`: the case came to this step again. `has_draft`: it is half filled in."""

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
    has_draft: bool


@dataclass(frozen=True)
class WorklistQuery:
    """What a person wants to see. `soon_until` is the last day that counts as soon; `after` the cursor of the last page; `returns` are the
    (process, element) of the steps to which work goes back, as the models say: what comes to one of them again was returned.
    """

    today: date
    scope: str = "mine"
    term: str = ""
    procedure: str = ""
    process_id: str = ""
    text: str = ""
    after: str = ""
    limit: int = 25
    soon_until: date | None = None
    state: str = ""
    returns: frozenset[tuple[str, str]] = frozenset()


@dataclass
class WorklistPage:
    """Rows by remaining term, then by age; counts are capped at COUNT_CAP, and absent for a text that too many tasks hold. States are counted
    only where the scope holds no more than COUNT_CAP tasks: no index knows them.
    """

    items: list[TaskRow]
    next_cursor: str = ""
    scopes: dict[str, int] = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)
    procedures: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)


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
    return TaskRow(*(*r[:14], link.as_moment(r[14]), opened, link.as_day(r[16]), bool(r[17]), bool(r[18])))


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


def _in_state(query: WorklistQuery, state: str) -> tuple[str, list[Any]]:
    """A condition on `t`, and its values; none for no state."""
    if state == "returned":
        steps = sorted(query.returns)
        if not steps:
            return "1 = 0", []
        which = " OR ".join("t.process_id = ? AND t.element = ?" for _ in steps)
        return f"({which}) AND t.again = 1", [part for step in steps for part in step]
    plain = {"unclaimed": "t.assignee_id IS NULL", "claimed": "t.assignee_id IS NOT NULL", "draft": "t.draft IS NOT NULL"}
    return plain.get(state, ""), []


def _narrowed(link: Link, branch: _Branch, query: WorklistQuery, term: str) -> tuple[str, list[Any]]:
    """The rows of a branch within the filters, without order: FROM … WHERE …"""
    source, where, values = f"{branch.table} x", [branch.where], list(branch.values)
    low, high = _bounds(query, term)
    for sign, bound in ((">=", low), ("<=", high)):
        if bound is not None:
            where.append(f"x.due_on {sign} ?")
            values.append(link.day(bound))
    if query.text or query.state or query.procedure or (query.process_id and not branch.process):
        source += f" JOIN task t ON t.id = x.{branch.id}"
        for column, wanted in (("t.procedure", query.procedure), ("t.process_id", query.process_id)):
            if wanted:
                where.append(f"{column} = ?")
                values.append(wanted)
        for condition, given in (search.matches(query.text) if query.text else ("", []), _in_state(query, query.state)):
            if condition:
                where.append(condition)
                values += given
    return f"FROM {source} WHERE {' AND '.join(where)}", values


# --- a page ----------------------------------------------------------------------------------------------------------------


def page(link: Link, actor: Actor, query: WorklistQuery) -> WorklistPage:
    """The first rows of each branch, merged; the cursor is (legal date, id) of the last row."""
    branches = {scope: _branches(link, actor, scope) for scope in SCOPES}
    hits = search.rare(link, "task", query.text) if query.text else None
    rows = _found(link, actor, query, branches[query.scope], hits)
    shown = rows[: query.limit]
    cursor = f"{shown[-1][16]}_{shown[-1][0]}" if len(rows) > query.limit else ""
    counts = _counts(link, branches, query) if not query.text else _counts_among(link, actor, query, hits) if hits is not None else {}
    return WorklistPage([_row(link, row) for row in shown], cursor, **counts)


def _found(link: Link, actor: Actor, query: WorklistQuery, branches: list[_Branch], hits: list[str] | None) -> list[tuple[Any, ...]]:
    """By whichever way reads least: the tasks of a rare text, those in a rare state, or the branches."""
    if hits is not None:
        return _among(link, actor, query, hits)[: query.limit + 1]
    return _in_few(link, actor, query) if query.state in _FEW else _rows(link, branches, query)


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
    """As `_rows`, for the few tasks that hold a rare text; all of them."""
    return _matching(link, actor, query, f"t.id IN ({link.places(hits)})", hits) if hits else []


def _in_few(link: Link, actor: Actor, query: WorklistQuery) -> list[tuple[Any, ...]]:
    """As `_rows`, on the way through the tasks of a state that few are in."""
    condition, values = search.matches(query.text) if query.text else ("", [])
    also = f" AND {condition}" if condition else ""
    return _matching(link, actor, query, f"t.state = 'open'{also}", values, query.limit + 1)


def _matching(link: Link, actor: Actor, query: WorklistQuery, which: str, given: list[str], limit: int | None = None) -> list[tuple[Any, ...]]:
    """Tasks by a condition of their own, within scope and filters."""
    where, values = [which], list[Any](given)
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
    condition, of_state = _in_state(query, query.state)
    if condition:
        where.append(condition)
        values += of_state
    if query.scope == "office":
        inside = _outermost(actor.scopes)
        where.append(f"({' OR '.join('substr(t.scope, 1, ?) = ?' for _ in inside) or '1 = 0'})")
        values += [part for scope in inside for part in (len(scope), scope)]
    if query.scope == "mine":
        where.append("t.assignee_id = ?")
        values.append(actor.person_id)
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
    end = f" LIMIT {limit}" if limit else ""
    return link.all(f"SELECT {_COLUMNS} FROM task t WHERE {' AND '.join(where)} ORDER BY t.due_on, t.id{end}", *values)


# --- the numbers beside it -------------------------------------------------------------------------------------------------


def _counts(link: Link, branches: dict[str, list[_Branch]], query: WorklistQuery) -> dict[str, dict[str, int]]:
    """By scope; by term, by process and by state within the chosen scope."""
    plain = WorklistQuery(query.today, soon_until=query.soon_until)
    inside = branches[query.scope]
    processes = sorted({b.process for b in inside if b.process})
    wanted: list[tuple[str, str, list[_Branch], str]] = [("scopes", scope, branches[scope], "") for scope in SCOPES]
    wanted += [("terms", term, inside, term) for term in TERMS]
    wanted += [("procedures", process, [b for b in inside if b.process == process], "") for process in processes]
    numbers = _numbers(link, plain, [(chosen, term) for _facet, _name, chosen, term in wanted])
    found: dict[str, dict[str, int]] = {"scopes": {}, "terms": {}, "procedures": {}}
    for (facet, name, _chosen, _term), number in zip(wanted, numbers, strict=True):
        found[facet][name] = number
    states = dict.fromkeys(STATES, 0)
    if query.scope == "mine":
        found["procedures"], states = _mine_by_process_and_state(link, inside[0], query)
    elif inside and found["scopes"][query.scope] <= COUNT_CAP:
        states = _by_state(link, inside, query)
    found["states"] = states if found["scopes"][query.scope] <= COUNT_CAP else {}
    return found


def _counts_among(link: Link, actor: Actor, query: WorklistQuery, hits: list[str]) -> dict[str, dict[str, int]]:
    """As `_counts`, for the few tasks that hold a rare text."""
    everything = {scope: _among(link, actor, replace(query, scope=scope, term="", state="", procedure="", process_id="", after=""), hits) for scope in SCOPES}  # fmt: skip
    inside, soon = everything[query.scope], query.soon_until or query.today + timedelta(days=3)
    terms = Counter(_term(link.as_day(row[16]), query.today, soon) for row in inside)
    return {
        "scopes": {scope: len(rows) for scope, rows in everything.items()},
        "terms": {term: terms[term] for term in TERMS},
        "procedures": dict(Counter(row[7] for row in inside)),
        "states": {
            "unclaimed": sum(row[12] is None for row in inside),
            "claimed": sum(row[12] is not None for row in inside),
            "draft": sum(bool(row[18]) for row in inside),
            "returned": sum(bool(row[17]) and (row[7], row[3]) in query.returns for row in inside),
        },
    }


def _term(due_on: date | None, today: date, soon: date) -> str:
    if due_on is None:
        return "none"
    return "overdue" if due_on < today else "today" if due_on == today else "soon" if due_on <= soon else "ample"


def _numbers(link: Link, query: WorklistQuery, wanted: list[tuple[list[_Branch], str]]) -> list[int]:
    """How many tasks the branches of each hold within a term, counted up to one beyond the cap.

    A task may stand in several branches of a person with several posts. Rows are counted first, up to as many as that many tasks can have at
    the most; only where there are fewer are the tasks told apart, which takes longer. With up to three posts on one task it is exact.
    """
    rows = _ask(link, [_counted(link, branches, query, term, "count(*)") for branches, term in wanted])
    found = [min(number, COUNT_CAP + 1) for number in rows]
    unsure = [at for at, (branches, _term) in enumerate(wanted) if _posts(branches) > 1 and 1 < rows[at] < _most_rows(branches)]
    exact = _ask(link, [_counted(link, wanted[at][0], query, wanted[at][1], "count(DISTINCT id)") for at in unsure])
    for at, number in zip(unsure, exact, strict=True):
        found[at] = min(number, COUNT_CAP + 1)
    return found


def _ask(link: Link, counts: list[tuple[str, list[Any]]]) -> list[int]:
    """All counts in one query."""
    if not counts:
        return []
    row = link.one(f"SELECT {', '.join(f'({sql})' for sql, _ in counts)}", *(value for _, values in counts for value in values))
    return [int(number) for number in row or ()]


def _posts(branches: list[_Branch]) -> int:
    return len({branch.values[0] for branch in branches if branch.table == "task_candidate"})


def _most_rows(branches: list[_Branch]) -> int:
    return (COUNT_CAP + 1) * min(max(_posts(branches), 1), 3)


def _counted(link: Link, branches: list[_Branch], query: WorklistQuery, term: str, what: str) -> tuple[str, list[Any]]:
    """A count that stops early, and its values."""
    if not branches:
        return "0", []
    parts, values = [], list[Any]()
    for branch in branches:
        source, given = _narrowed(link, branch, query, term)
        parts.append(f"SELECT x.{branch.id} AS id {source}")
        values += given
    return f"SELECT {what} FROM (SELECT id FROM ({' UNION ALL '.join(parts)}) u LIMIT {_most_rows(branches)}) v", values


def _sums(query: WorklistQuery) -> tuple[str, list[Any]]:
    """Of each state, how many rows of `t` are in it."""
    parts, values = [], list[Any]()
    for state in STATES:
        condition, given = _in_state(query, state)
        parts.append(f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)")
        values += given
    return ", ".join(parts), values


def _by_state(link: Link, branches: list[_Branch], query: WorklistQuery) -> dict[str, int]:
    """How many are in each state: asked of every task of the scope, and therefore only where there are few."""
    parts, values = [], list[Any]()
    for branch in branches:
        parts.append(f"SELECT x.{branch.id} AS id FROM {branch.table} x WHERE {branch.where}")
        values += branch.values
    sums, given = _sums(query)
    row = link.one(f"SELECT {sums} FROM ({' UNION '.join(parts)}) u JOIN task t ON t.id = u.id", *given, *values)
    return {state: int(number or 0) for state, number in zip(STATES, row or (), strict=False)}


def _mine_by_process_and_state(link: Link, branch: _Branch, query: WorklistQuery) -> tuple[dict[str, int], dict[str, int]]:
    sums, given = _sums(query)
    rows = link.all(
        f"SELECT t.process_id, count(*), {sums} FROM (SELECT x.id FROM task x WHERE {branch.where} LIMIT {COUNT_CAP + 1}) m"
        " JOIN task t ON t.id = m.id GROUP BY t.process_id ORDER BY t.process_id",
        *given, *branch.values,
    )  # fmt: skip
    states = {state: sum(int(row[at]) for row in rows) for at, state in enumerate(STATES, 2)}
    return {row[0]: row[1] for row in rows}, states
