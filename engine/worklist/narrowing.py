"""The filters of a worklist as conditions: term, state, procedure, text."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from engine import search, standstill
from engine.link import NEVER, Link
from engine.worklist.branches import Branch
from engine.worklist.model import WorklistQuery


def bounds(query: WorklistQuery, term: str) -> tuple[date | None, date | None]:
    """First and last day of a term, each None where it has no end; `NEVER` is the day of what has no term."""
    soon, day = query.soon_until or query.today + timedelta(days=3), timedelta(days=1)
    return {
        "overdue": (None, query.today - day),
        "today": (query.today, query.today),
        "soon": (query.today + day, soon),
        "ample": (soon + day, standstill.LATE - day),
        "stopped": (standstill.LATE, standstill.IN_TIME),
        "none": (NEVER, None),
    }.get(term, (None, None))


def in_state(query: WorklistQuery, state: str) -> tuple[str, list[Any]]:
    """A condition on `t`, and its values; none for no state."""
    if state == "returned":
        steps = sorted(query.returns)
        if not steps:
            return "t.again = 1 AND t.returned = 1", []
        which = " OR ".join("t.process_id = ? AND t.element = ?" for _ in steps)
        return f"t.again = 1 AND (t.returned = 1 OR {which})", [part for step in steps for part in step]
    plain = {"unclaimed": "t.assignee_id IS NULL", "claimed": "t.assignee_id IS NOT NULL", "draft": "t.draft IS NOT NULL"}
    return plain.get(state, ""), []


def narrowed(link: Link, branch: Branch, query: WorklistQuery, term: str) -> tuple[str, list[Any]]:
    """The rows of a branch within the filters, without order: FROM … WHERE …"""
    source, where, values = f"{branch.table} x", [branch.where], list(branch.values)
    low, high = bounds(query, term)
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
        for condition, given in (search.matches(query.text) if query.text else ("", []), in_state(query, query.state)):
            if condition:
                where.append(condition)
                values += given
    return f"FROM {source} WHERE {' AND '.join(where)}", values
