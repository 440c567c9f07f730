"""Tasks by a condition of their own, a rare text or a state that few are in: read from there, and only then held against scope and filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from engine import search
from engine.link import Link
from engine.people import Actor, Stead
from engine.rights import may_claim, seats_of
from engine.worklist.branches import in_hand_of, outermost
from engine.worklist.model import WorklistQuery
from engine.worklist.narrowing import bounds, in_state
from engine.worklist.rows import COLUMNS

_Condition = tuple[str, list[Any]]


def among(link: Link, actor: Actor, query: WorklistQuery, hits: list[str]) -> list[tuple[Any, ...]]:
    """As the branches give them, for the few tasks that hold a rare text; all of them."""
    return _matching(link, actor, query, f"t.id IN ({link.places(hits)})", hits) if hits else []


def in_few(link: Link, actor: Actor, query: WorklistQuery) -> list[tuple[Any, ...]]:
    """As the branches give them, on the way through the tasks of a state that few are in."""
    condition, values = search.matches(query.text) if query.text else ("", [])
    also = f" AND {condition}" if condition else ""
    return _matching(link, actor, query, f"t.state = 'open'{also}", values, query.limit + 1)


def _matching(link: Link, actor: Actor, query: WorklistQuery, which: str, given: list[str], limit: int | None = None) -> list[tuple[Any, ...]]:
    """Tasks by a condition of their own, within scope and filters."""
    conditions = [(which, list[Any](given)), *_filters(link, query), IN_SCOPE[query.scope](link, actor)]
    if query.after:
        due, _, id_ = query.after.partition("_")
        conditions.append(("(t.due_on, t.id) > (?, ?)", [link.day(date.fromisoformat(due)), id_]))
    where, values = " AND ".join(condition for condition, _ in conditions), [value for _, values in conditions for value in values]
    end = f" LIMIT {limit}" if limit else ""
    return link.all(f"SELECT {COLUMNS} FROM task t WHERE {where} ORDER BY t.due_on, t.id{end}", *values)


def _filters(link: Link, query: WorklistQuery) -> list[_Condition]:
    low, high = bounds(query, query.term)
    plain = (("t.due_on >= ?", link.day(low)), ("t.due_on <= ?", link.day(high)), ("t.procedure = ?", query.procedure), ("t.process_id = ?", query.process_id))
    state, values = in_state(query, query.state)
    return [*((condition, [value]) for condition, value in plain if value), *([(state, values)] if state else [])]


def _of_office(link: Link, actor: Actor) -> _Condition:
    parts, values, sights = [], list[Any](), actor.sights
    for path in outermost(actor.scopes, sights):
        processes = sorted(sights[path])
        parts.append(f"(substr(t.scope, 1, ?) = ?{_only('t', link, processes)})")
        values += [len(path), path, *processes]
    return f"({' OR '.join(parts) or '1 = 0'})", values


def _of_person(_link: Link, actor: Actor) -> _Condition:
    asked = [seats_of(one) for one in (Stead(actor.person_id, actor.name, actor.post_ids), *actor.steads)]
    seats = " OR ".join(condition for condition, _ in asked)
    is_asked = f"EXISTS (SELECT 1 FROM task_party p WHERE p.task_id = t.id AND p.state = 'open' AND ({seats}))"
    return f"(t.assignee_id = ? OR {is_asked})", [actor.person_id, *(value for _, given in asked for value in given)]


def _claimable(link: Link, actor: Actor) -> _Condition:
    condition, given = may_claim(actor)
    parts, values = [f"EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id AND c.claimable = 1 AND {condition})"], list[Any](given)
    for stead in actor.steads:
        if stead.post_ids:
            held, of_stead = in_hand_of(stead)
            processes = sorted(stead.processes)
            parts.append(f"EXISTS (SELECT 1 FROM task x WHERE x.id = t.id AND {held}{_only('x', link, processes)})")
            values += [*of_stead, *processes]
    return f"({' OR '.join(parts)})", values


def _only(table: str, link: Link, processes: list[str]) -> str:
    return f" AND {table}.process_id IN ({link.places(processes)})" if processes else ""


IN_SCOPE: Mapping[str, Callable[[Link, Actor], _Condition]] = {"office": _of_office, "mine": _of_person, "claimable": _claimable}
