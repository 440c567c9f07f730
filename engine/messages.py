"""Messages between cases: each reaches exactly one waiting token, starts one case, or is parked until somebody waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.ids import new_id
from engine.case import Case
from engine.codec import decode, encode
from engine.errors import EngineError
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM


class NoOfficeNamed(EngineError):
    """启动流程的消息没有指明办理机关（office_id）"""


def accept(link: Link, now: datetime, key: str, name: str, correlation: str, payload: Mapping[str, Any]) -> None:
    """Writes a message from outside; the same key is written once."""
    moment = link.moment(now)
    link.run(
        "INSERT INTO message (id, key, kind, name, correlation, payload, state, attempts, due_at, created_at, last_error)"
        " VALUES (?, ?, 'message', ?, ?, ?, 'pending', 0, ?, ?, '') ON CONFLICT (key) DO NOTHING",
        new_id(), f"outside:{key}", name, correlation, encode(dict(payload)), moment, moment,
    )  # fmt: skip


def take_due(link: Link, now: datetime) -> str | None:
    """The oldest pending message, its row locked."""
    row = link.one(
        f"SELECT id FROM message WHERE state = 'pending' AND due_at <= ? ORDER BY due_at, id LIMIT 1{link.skip_locked}",
        link.moment(now),
    )
    return row[0] if row else None


def deliver(kernel: Kernel, session: Session, link: Link, message_id: str) -> str:
    """Delivers one message inside the caller's transaction; returns "delivered" or "parked"."""
    row = link.one("SELECT kind, name, correlation, payload FROM message WHERE id = ? AND state = 'pending'", message_id)
    if row is None:
        return "delivered"
    kind, name, correlation, content = row
    payload: dict[str, Any] = decode(bytes(content))
    waiting = _waiting(link, kind, name, correlation)
    receivers = waiting if kind == "signal" else waiting[:1]
    for instance_id, token in receivers:
        _wake(kernel, session, link, instance_id, token, payload, name)
    receiver = receivers[0][0] if receivers else _start(kernel, session, link, name, payload) if kind == "message" else None
    state = "delivered" if receiver or kind == "signal" else "parked"
    link.run("UPDATE message SET state = ?, receiver_id = ? WHERE id = ?", state, receiver, message_id)
    return state


def _waiting(link: Link, kind: str, name: str, correlation: str) -> list[tuple[str, int]]:
    rows = link.all(
        "SELECT instance_id, token FROM subscription WHERE kind = ? AND name = ? AND (correlation = ? OR ? = 'signal') ORDER BY id",
        kind, name, correlation, kind,
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def _wake(
    kernel: Kernel, session: Session, link: Link, instance_id: str, token_id: int, payload: dict[str, Any], name: str
) -> None:
    case = Case.load(kernel, session, link, instance_id)
    case.actor = SYSTEM
    token = case.machine.tokens[token_id]
    element, scope = case.machine.element(token), case.machine.scopes[token.scope]
    case.note("received", element.id, element.name, {"message": name})
    case.assign(element, scope, payload)
    case.machine.complete(token_id)
    case.run()
    case.flush()


def _start(kernel: Kernel, session: Session, link: Link, name: str, payload: dict[str, Any]) -> str | None:
    found = kernel.definitions.of_message(link, name)
    if found is None:
        return None
    procedure, process_id, start = found
    if not payload.get("office_id"):
        raise NoOfficeNamed(message=name)
    case = Case.begin(
        kernel, session, link, procedure, process_id,
        office_id=str(payload["office_id"]), title=str(payload.get("title") or procedure.models[process_id].name), actor=SYSTEM,
        parent_id=payload.get("parent_instance_id"),
    )  # fmt: skip
    case.play_start(payload, at=start)
    case.flush()
    return case.ref.instance_id
