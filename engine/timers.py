"""Timers as due rows: one per transaction, each fired exactly once, never deleted unfired."""

from __future__ import annotations

from engine.bpmn.timers import due_moment
from engine.case import Case
from engine.link import Link
from engine.tokens.errors import NotWaiting


def refresh(case: Case) -> None:
    """Timers that name a deadline ask again for their moment, since the deadline was set, extended or met."""
    link = case.link
    for timer_id, token_id, kind, expression in link.all(
        "SELECT id, token, timer_kind, expression FROM timer WHERE instance_id = ? AND done_at IS NULL AND expression LIKE '%deadline(%'",
        case.ref.instance_id,
    ):
        token = case.machine.tokens.get(token_id)
        if token is None:
            continue
        scope = case.machine.scopes[token.scope]
        due = due_moment(kind, expression, case.now, lambda text, scope=scope: case.evaluate(text, scope))  # type: ignore[misc]
        link.run("UPDATE timer SET due_at = ? WHERE id = ?", link.moment(due), timer_id)
    for row in case.waiting.timers.values():
        if "deadline(" in row[5]:
            token = case.machine.tokens[row[2]]
            scope = case.machine.scopes[token.scope]
            row[7] = link.moment(due_moment(row[4], row[5], case.now, lambda text, scope=scope: case.evaluate(text, scope)))  # type: ignore[misc]


def take_due(link: Link, now: object) -> tuple[str, str] | None:
    """(timer, case) of the oldest due timer, its row locked; None if none is due."""
    row = link.one(
        f"SELECT id, instance_id FROM timer WHERE done_at IS NULL AND due_at <= ? ORDER BY due_at LIMIT 1{link.skip_locked}",
        now,
    )
    return (row[0], row[1]) if row else None


def fire(case: Case, timer_id: str) -> None:
    """Moves the token on; a timer whose token is gone counts as withdrawn."""
    link = case.link
    row = link.one("SELECT token, element, occurrence, timer_kind FROM timer WHERE id = ? AND done_at IS NULL", timer_id)
    if row is None:
        return
    token_id, element_id, occurrence, kind = row
    token = case.machine.tokens.get(token_id)
    outcome = "fired" if token is not None and token.state == "waiting" else "withdrawn"
    link.run("UPDATE timer SET done_at = ?, outcome = ? WHERE id = ?", link.moment(case.now), outcome, timer_id)
    if token is None or outcome == "withdrawn":
        return
    element = case.machine.element(token)
    case.note("timer", element_id, element.name)
    try:
        case.machine.complete(token_id)
    except NotWaiting:
        return
    if kind == "cycle" and token_id in case.machine.tokens and (fresh := case.waiting.timers.get(token_id)):
        case.waiting.timers.pop(token_id)
        case.waiting.again(element, token, case.machine.scopes[token.scope], occurrence + 1)
        assert fresh
    case.run()
