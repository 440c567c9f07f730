"""Timers as due rows: one per transaction, each fired exactly once, never deleted unfired."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import incidents
from engine.bpmn.timers import due_moment
from engine.case import Case
from engine.kernel import Kernel
from engine.link import Link
from engine.tokens import Token


def refresh(case: Case) -> None:
    """Timers that name a deadline ask again for their moment, since the deadline was set, extended or met."""
    for timer_id, token_id, kind, expression in case.link.all(
        "SELECT id, token, timer_kind, expression FROM timer WHERE instance_id = ? AND done_at IS NULL AND expression LIKE '%deadline(%'",
        case.ref.instance_id,
    ):
        token = case.machine.tokens.get(token_id)
        if token is not None:
            due = case.link.moment(_due(case, token, kind, expression))
            case.link.run("UPDATE timer SET due_at = ? WHERE id = ?", due, timer_id)
    for row in case.waiting.timers.values():
        if "deadline(" in row[5]:
            row[7] = case.link.moment(_due(case, case.machine.tokens[row[2]], row[4], row[5]))


def _due(case: Case, token: Token, kind: str, expression: str) -> datetime | None:
    scope = case.machine.scopes[token.scope]
    return due_moment(kind, expression, case.now, lambda text: case.evaluate(text, scope))


def take_due(link: Link, now: Any) -> tuple[str, str] | None:
    """(timer, case) of the oldest due timer; None if none is due.

    The row of the case is locked, not that of the timer: a step that withdraws the timer holds the case first too, so the two
    can never wait for each other. A case that is busy is passed over.
    """
    row = link.one(
        "SELECT t.id, t.instance_id FROM timer t JOIN instance i ON i.id = t.instance_id"
        f" WHERE t.done_at IS NULL AND t.stuck = 0 AND t.due_at <= ? ORDER BY t.due_at LIMIT 1{link.skip_locked('i')}",
        now,
    )
    return (row[0], row[1]) if row else None


def fire(kernel: Kernel, session: Session, link: Link, timer_id: str, instance_id: str) -> None:
    """Moves the token on, in the caller's transaction; a timer whose token is gone counts as withdrawn."""
    case = Case.load(kernel, session, link, instance_id)
    row = link.one(
        "SELECT token, element, occurrence, timer_kind, due_at, attempts FROM timer WHERE id = ? AND done_at IS NULL", timer_id
    )
    if row is None:  # somebody else was faster
        case.leave()
        return
    token = case.machine.tokens.get(row[0])
    is_waiting = token is not None and token.state == "waiting"
    link.run(
        "UPDATE timer SET done_at = ?, outcome = ? WHERE id = ? AND done_at IS NULL",
        case.moment, "fired" if is_waiting else "withdrawn", timer_id,
    )  # fmt: skip
    if token is not None and is_waiting:
        _move(case, token, row)
    if row[5]:
        incidents.resolve_job(link, "timer", timer_id, case.now)
    case.flush()


def _move(case: Case, token: Token, row: tuple[Any, ...]) -> None:
    element, kind, due = case.machine.element(token), row[3], case.link.as_moment(row[4])
    case.at_element = element.id
    if due is not None:
        case.kernel.observer.fired((case.now - due).total_seconds())
    case.note("timer", element.id, element.name)
    scope = case.machine.scopes[token.scope]
    case.machine.complete(token.id)
    if kind == "cycle" and token.id in case.machine.tokens and case.waiting.timers.pop(token.id, None):
        case.waiting.open_timer(element, token, scope, row[2] + 1, due)
    case.run()
