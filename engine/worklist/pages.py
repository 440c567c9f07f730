"""A page of a list: the first rows of each branch, merged, with the numbers beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine import search
from engine.link import Link
from engine.people import Actor, Stead
from engine.worklist.branches import Branch, branches_of
from engine.worklist.counting import counts, counts_among
from engine.worklist.matching import among, in_few
from engine.worklist.model import FEW, SCOPES, Seats, WorklistPage, WorklistQuery
from engine.worklist.narrowing import narrowed
from engine.worklist.rows import COLUMNS, as_row


def page(link: Link, actor: Actor, query: WorklistQuery) -> WorklistPage:
    """The first rows of each branch, merged; the cursor is (legal date, id) of the last row."""
    branches = {scope: branches_of(link, actor, scope) for scope in SCOPES}
    hits = search.rare(link, "task", query.text) if query.text else None
    rows = _found(link, actor, query, branches[query.scope], hits)
    shown = rows[: query.limit]
    cursor = f"{shown[-1][16]}_{shown[-1][0]}" if len(rows) > query.limit else ""
    numbers = counts(link, branches, query) if not query.text else counts_among(link, actor, query, hits) if hits is not None else {}
    return WorklistPage([as_row(link, row) for row in shown], cursor, **numbers, seats=_seats(link, actor, {row[0]: row[7] for row in shown if row[19]}))


def _seats(link: Link, actor: Actor, tasks: Mapping[str, str]) -> dict[str, Seats]:
    """Of the tasks (id → process) at which others were asked, how they stand."""
    if not tasks:
        return {}
    found: dict[str, Seats] = {}
    for task, kind, person, post, blocks in link.all(
        "SELECT task_id, kind, person_id, post_id, blocks FROM task_party WHERE state = 'open'"
        f" AND task_id IN ({link.places(tasks)}) ORDER BY number DESC",
        *tasks,
    ):
        before = found.get(task, Seats())
        sitters: list[Actor | Stead] = [actor, *(stead for stead in actor.steads if stead.covers(tasks[task]))]
        is_mine = any(person == one.person_id or (person is None and post in one.post_ids) for one in sitters)
        found[task] = Seats(kind if is_mine else before.asked, before.waits or bool(blocks))
    return found


def _found(link: Link, actor: Actor, query: WorklistQuery, branches: list[Branch], hits: list[str] | None) -> list[tuple[Any, ...]]:
    """By whichever way reads least: the tasks of a rare text, those in a rare state, or the branches."""
    if hits is not None:
        return among(link, actor, query, hits)[: query.limit + 1]
    return in_few(link, actor, query) if query.state in FEW else _rows(link, branches, query)


def _rows(link: Link, branches: list[Branch], query: WorklistQuery) -> list[tuple[Any, ...]]:
    parts, values = [], list[Any]()
    for branch in branches:
        if query.process_id and branch.process and branch.process != query.process_id:
            continue
        source, given = narrowed(link, branch, query, query.term)
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
        f"SELECT {COLUMNS} FROM ({first}) k JOIN task t ON t.id = k.id ORDER BY t.due_on, t.id", *values, query.limit + 1
    )
