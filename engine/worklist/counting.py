"""The numbers beside a list: by scope, by term, by process, by state; each count stops at a cap."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from engine import standstill
from engine.link import Link
from engine.people import Actor
from engine.worklist.branches import Branch
from engine.worklist.matching import among
from engine.worklist.model import COUNT_CAP, SCOPES, STATES, TERMS, WorklistQuery
from engine.worklist.narrowing import in_state, narrowed


def counts(link: Link, branches: dict[str, list[Branch]], query: WorklistQuery) -> dict[str, dict[str, int]]:
    """By scope; by term, by process and by state within the chosen scope."""
    plain = WorklistQuery(query.today, soon_until=query.soon_until)
    inside = branches[query.scope]
    processes = sorted({b.process for b in inside if b.process})
    wanted: list[tuple[str, str, list[Branch], str]] = [("scopes", scope, branches[scope], "") for scope in SCOPES]
    wanted += [("terms", term, inside, term) for term in TERMS]
    wanted += [("procedures", process, [b for b in inside if b.process == process], "") for process in processes]
    numbers = _numbers(link, plain, [(chosen, term) for _facet, _name, chosen, term in wanted])
    found: dict[str, dict[str, int]] = {"scopes": {}, "terms": {}, "procedures": {}}
    for (facet, name, _chosen, _term), number in zip(wanted, numbers, strict=True):
        found[facet][name] = number
    states = dict.fromkeys(STATES, 0)
    if query.scope == "mine":
        found["procedures"], states = _mine_by_process_and_state(link, inside, query)
    elif inside and found["scopes"][query.scope] <= COUNT_CAP:
        states = _by_state(link, inside, query)
    found["states"] = states if found["scopes"][query.scope] <= COUNT_CAP else {}
    return found


def counts_among(link: Link, actor: Actor, query: WorklistQuery, hits: list[str]) -> dict[str, dict[str, int]]:
    """As `counts`, for the few tasks that hold a rare text."""
    everything = {scope: among(link, actor, replace(query, scope=scope, term="", state="", procedure="", process_id="", after=""), hits) for scope in SCOPES}  # fmt: skip
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
            "returned": sum(bool(row[20]) or (bool(row[17]) and (row[7], row[3]) in query.returns) for row in inside),
        },
    }


def _term(due_on: date | None, today: date, soon: date) -> str:
    if due_on is None:
        return "none"
    if standstill.stands(due_on):
        return "stopped"
    return "overdue" if due_on < today else "today" if due_on == today else "soon" if due_on <= soon else "ample"


def _numbers(link: Link, query: WorklistQuery, wanted: list[tuple[list[Branch], str]]) -> list[int]:
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


def _posts(branches: list[Branch]) -> int:
    """In how many of them one task may stand."""
    if any(branch.table == "task_party" for branch in branches):
        return len(branches)
    return len({branch.values[0] for branch in branches if branch.table == "task_candidate"})


def _most_rows(branches: list[Branch]) -> int:
    return (COUNT_CAP + 1) * min(max(_posts(branches), 1), 3)


def _counted(link: Link, branches: list[Branch], query: WorklistQuery, term: str, what: str) -> tuple[str, list[Any]]:
    """A count that stops early, and its values."""
    if not branches:
        return "0", []
    parts, values = [], list[Any]()
    for branch in branches:
        source, given = narrowed(link, branch, query, term)
        parts.append(f"SELECT x.{branch.id} AS id {source}")
        values += given
    return f"SELECT {what} FROM (SELECT id FROM ({' UNION ALL '.join(parts)}) u LIMIT {_most_rows(branches)}) v", values


def _sums(query: WorklistQuery) -> tuple[str, list[Any]]:
    """Of each state, how many rows of `t` are in it."""
    parts, values = [], list[Any]()
    for state in STATES:
        condition, given = in_state(query, state)
        parts.append(f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)")
        values += given
    return ", ".join(parts), values


def _by_state(link: Link, branches: list[Branch], query: WorklistQuery) -> dict[str, int]:
    """How many are in each state: asked of every task of the scope, and therefore only where there are few."""
    parts, values = [], list[Any]()
    for branch in branches:
        parts.append(f"SELECT x.{branch.id} AS id FROM {branch.table} x WHERE {branch.where}")
        values += branch.values
    sums, given = _sums(query)
    row = link.one(f"SELECT {sums} FROM ({' UNION '.join(parts)}) u JOIN task t ON t.id = u.id", *given, *values)
    return {state: int(number or 0) for state, number in zip(STATES, row or (), strict=False)}


def _mine_by_process_and_state(link: Link, branches: list[Branch], query: WorklistQuery) -> tuple[dict[str, int], dict[str, int]]:
    sums, given = _sums(query)
    mine = " UNION ".join(f"SELECT x.{branch.id} AS id FROM {branch.table} x WHERE {branch.where}" for branch in branches)
    rows = link.all(
        f"SELECT t.process_id, count(*), {sums} FROM (SELECT id FROM ({mine}) a LIMIT {COUNT_CAP + 1}) m"
        " JOIN task t ON t.id = m.id GROUP BY t.process_id ORDER BY t.process_id",
        *given, *(value for branch in branches for value in branch.values),
    )  # fmt: skip
    states = {state: sum(int(row[at]) for row in rows) for at, state in enumerate(STATES, 2)}
    return {row[0]: row[1] for row in rows}, states
