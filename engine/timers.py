"""Timers as due rows: one per transaction, each fired exactly once, never deleted unfired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.session import after_commit
from engine import incidents
from engine.bpmn.timers import counted_from, due_moment
from engine.case import COLUMNS, Case
from engine.errors import Declined, NotFound
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.tokens import Token


def refresh(case: Case) -> None:
    """Timers that name a deadline ask again for their moment, since the deadline was set, extended or met."""
    for timer_id, token_id, expression in case.link.all(
        "SELECT id, token, expression FROM timer WHERE instance_id = ? AND done_at IS NULL AND expression LIKE '%deadline(%'",
        case.ref.instance_id,
    ):
        token = case.machine.tokens.get(token_id)
        if token is not None:
            due = case.link.moment(_due(case, token, expression))
            case.link.put("UPDATE timer SET due_at = ? WHERE id = ?", due, timer_id)
    for row in case.waiting.timers.values():
        if "deadline(" in row[5]:
            row[7] = case.link.moment(_due(case, case.machine.tokens[row[2]], row[5]))


def _due(case: Case, token: Token, expression: str) -> datetime | None:
    scope = case.machine.scopes[token.scope]
    return due_moment(expression, case.now, lambda text: case.evaluate(text, scope))


@dataclass(frozen=True)
class Due:
    """A due timer, its row and that of its case locked."""

    id: str
    token: int
    occurrence: int
    kind: str
    expression: str
    due_at: datetime | None
    attempts: int
    case: tuple[Any, ...]  # row of `engine.case.COLUMNS`

    @property
    def instance_id(self) -> str:
        return str(self.case[0])


def take_due(link: Link, now: Any) -> Due | None:
    """The oldest due timer; None if none is due.

    The row of the case is locked before that of the timer, as by a step that withdraws the timer, so that the two can never wait for
    each other. A case that is busy is passed over.
    """
    row = link.one(
        f"SELECT t.id, t.token, t.occurrence, t.timer_kind, t.expression, t.due_at, t.attempts, {COLUMNS} FROM timer t JOIN instance i ON i.id = t.instance_id"
        f" WHERE t.done_at IS NULL AND t.stuck = 0 AND t.due_at <= ? ORDER BY t.due_at LIMIT 1{link.skip_locked('i, t')}",
        now,
    )
    return Due(row[0], row[1], row[2], row[3], row[4], link.as_moment(row[5]), row[6], row[7:]) if row else None


def fire(kernel: Kernel, session: Session, link: Link, timer: Due) -> None:
    """Moves the token on, in the transaction that took the timer; a timer whose token is gone counts as withdrawn."""
    case = Case.of_rows(kernel, session, link, [timer.case], timer.instance_id, SYSTEM)
    token = case.machine.tokens.get(timer.token)
    is_waiting = token is not None and token.state == "waiting"
    link.put(
        "UPDATE timer SET done_at = ?, outcome = ? WHERE id = ? AND done_at IS NULL", case.moment, "fired" if is_waiting else "withdrawn", timer.id
    )
    if token is not None and is_waiting:
        _move(case, token, timer)
    if timer.attempts:
        incidents.resolve_job(link, "timer", timer.id, case.now)
    case.flush()


def skip(kernel: Kernel, session: Session, link: Link, timer_id: str, reason: str, actor: Actor) -> None:
    """Passes over a timer at the edge of an activity, which goes on without it.

    Raises Declined for one in the way of the case: it would stand there for ever.
    """
    row = link.one("SELECT instance_id, token FROM timer WHERE id = ? AND done_at IS NULL", timer_id)
    if row is None:
        raise NotFound(id=timer_id)
    case = Case.load(kernel, session, link, row[0], actor)
    token = case.machine.tokens.get(row[1])
    element = case.machine.element(token) if token is not None else None
    if element is not None and element.kind != "boundaryEvent":
        raise Declined("案件停在这个定时上，跳过以后无法继续；请重试，或更正流程", why="way")
    link.put(
        "UPDATE timer SET done_at = ?, outcome = 'skipped', stuck = 0 WHERE id = ? AND done_at IS NULL", case.moment, timer_id
    )
    case.note("skipped", element.id if element else "", element.name if element else "", {"reason": reason})
    case.flush()


def _move(case: Case, token: Token, timer: Due) -> None:
    element = case.machine.element(token)
    case.at_element = element.id
    if timer.due_at is not None:
        late_s = (case.now - timer.due_at).total_seconds()
        after_commit(case.session, lambda: case.kernel.observer.fired(late_s))
    case.note("timer", element.id, element.name)
    scope = case.machine.scopes[token.scope]
    case.machine.complete(token.id)
    if timer.kind == "cycle" and token.id in case.machine.tokens and case.waiting.timers.pop(token.id, None) is not None:
        since = counted_from(timer.expression, timer.occurrence, timer.due_at or case.now)
        case.waiting.open_timer(element, token, scope, timer.occurrence + 1, since)
    case.run()
