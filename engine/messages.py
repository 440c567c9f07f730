"""Messages between cases: each reaches exactly one waiting token, starts one case, or is parked until somebody waits.

One that is sent `if_awaited` is never parked: whether anybody waits is judged when it is delivered, not when it is sent, and a
later case is not woken by what was meant for an earlier one.
A signal goes to all who wait: it becomes one message per receiver first, so that no step ever holds two cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.ids import new_id
from engine import history, incidents
from engine.case import Case, CaseIsBusy
from engine.codec import decode, encode
from engine.errors import NoOfficeNamed
from engine.kernel import Kernel
from engine.lifecycle import MESSAGE, becomes
from engine.link import Link
from engine.people import SYSTEM

DELIVERED, STARTED, PARKED, UNWANTED = "delivered", "started", "parked", "unwanted"
BUSY = "busy"  # another step has the receiver in hand, and nobody waited for it
_AT_ONCE = 500  # keys in one query
_INSERT = (
    "INSERT INTO message (id, key, kind, name, correlation, payload, sender_id, receiver_id, token, state, attempts, due_at, created_at,"
    " last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, '')"
)


def accept(link: Link, now: datetime, key: str, name: str, correlation: str, payload: Mapping[str, Any]) -> str:
    """Writes a message from outside and returns its id; the same key is written once."""
    known = link.one("SELECT id FROM message WHERE key = ?", f"outside:{key}")
    if known:
        return str(known[0])
    id_, moment = new_id(), link.moment(now)
    content = encode(dict(payload))
    link.put(_INSERT, id_, f"outside:{key}", "message", name, correlation, content, None, None, None, moment, moment)
    return id_


def accepted(link: Link, keys: Sequence[str]) -> set[str]:
    """Those of the keys under which a message from outside was written already."""
    found = set[str]()
    for start in range(0, len(keys), _AT_ONCE):
        asked = [f"outside:{key}" for key in keys[start : start + _AT_ONCE]]
        found |= {row[0].removeprefix("outside:") for row in link.all(f"SELECT key FROM message WHERE key IN ({link.places(asked)})", *asked)}
    return found


def take_due(link: Link, now: datetime) -> str | None:
    """The oldest pending message, its row locked."""
    row = link.one(
        f"SELECT id FROM message WHERE state = 'pending' AND due_at <= ? ORDER BY due_at, id LIMIT 1{link.skip_locked()}",
        link.moment(now),
    )
    return row[0] if row else None


def wake_parked(link: Link) -> int:
    """Makes parked messages due for which somebody waits now.

    A step that begins to wait does this itself; this finds the pair that crossed, each committed before it saw the other.
    """
    return link.run(
        "UPDATE message SET state = 'pending' WHERE state = 'parked' AND EXISTS (SELECT 1 FROM subscription s"
        " WHERE s.kind = 'message' AND s.name = message.name AND s.correlation = message.correlation)"
    )


def deliver(kernel: Kernel, session: Session, link: Link, message_id: str, *, wait: bool = True) -> str:
    """Delivers one message inside the caller's transaction; returns DELIVERED, STARTED, PARKED or UNWANTED.

    Without `wait`, BUSY where another step has the receiver in hand: then nothing has changed, and the message is still pending.
    """
    row = link.one(
        "SELECT kind, name, correlation, payload, key, receiver_id, token, sender_id, attempts, if_awaited FROM message WHERE id = ? AND state = 'pending'"
        + link.lock,
        message_id,
    )
    if row is None:
        return DELIVERED
    kind, name, correlation, content, key, receiver, token, sender, attempts, if_awaited = row
    payload: dict[str, Any] = decode(bytes(content))
    to = _Receivers(kernel, session, link, wait)
    outcome = DELIVERED
    try:
        if kind == "signal" and receiver is None:
            _spread(link, kernel.clock.now(), key, name, bytes(content), sender)
        elif kind == "signal":
            to.try_wake((receiver, token), name, payload)
        else:
            receiver = to.waiting(name, correlation, payload)
            if receiver is None and if_awaited:
                outcome = UNWANTED
                _say_unwanted(link, kernel.clock.now(), name, correlation, sender)
            elif receiver is None:
                outcome, receiver = to.start(name, correlation, payload)
    except CaseIsBusy:
        return BUSY
    link.put(
        "UPDATE message SET state = ?, receiver_id = ?, last_error = '' WHERE id = ? AND state = 'pending'",
        becomes(MESSAGE, "pending", DELIVERED if outcome == STARTED else outcome), receiver, message_id,
    )  # fmt: skip
    if attempts:
        incidents.resolve_job(link, "message", message_id, kernel.clock.now())
    return outcome


def _spread(link: Link, now: datetime, key: str, name: str, content: bytes, sender: str | None) -> None:
    moment = link.moment(now)
    waiting = link.all("SELECT id, instance_id, token FROM subscription WHERE kind = 'signal' AND name = ? ORDER BY id", name)
    link.many(
        _INSERT,
        [
            (new_id(), f"{key}>{subscription}", "signal", name, "", content, sender, instance_id, token, moment, moment)
            for subscription, instance_id, token in waiting
        ],
    )


def _say_unwanted(link: Link, now: datetime, name: str, correlation: str, sender: str | None) -> None:
    if sender is not None:
        history.add(link, now, sender, UNWANTED, SYSTEM, name=name, details={"message": name, "correlation": correlation})


@dataclass(frozen=True)
class _Receivers:
    """Whom a message may reach, within one transaction. Raises CaseIsBusy unless it may `wait` for a case that is in other hands."""

    kernel: Kernel
    session: Session
    link: Link
    wait: bool

    def waiting(self, name: str, correlation: str, payload: dict[str, Any]) -> str | None:
        """Wakes the one that has waited longest; returns its case."""
        for instance_id, token in self.link.all(
            "SELECT instance_id, token FROM subscription WHERE kind = 'message' AND name = ? AND correlation = ? ORDER BY id",
            name, correlation,
        ):  # fmt: skip
            if self.try_wake((instance_id, token), name, payload):
                return str(instance_id)
        return None

    def try_wake(self, waiting: tuple[str, int], name: str, payload: dict[str, Any]) -> bool:
        """Locks the case, then looks again whether it still waits: another message may have been faster."""
        case = Case.load(self.kernel, self.session, self.link, waiting[0], wait=self.wait)
        token = case.machine.tokens.get(waiting[1])
        if token is None or token.state != "waiting":
            case.leave()
            return False
        element, scope = case.machine.element(token), case.machine.scopes[token.scope]
        case.at_element = element.id
        case.note("received", element.id, element.name, {"message": name, "values": payload})
        case.assign(element, scope, payload)
        case.machine.complete(token.id)
        case.run()
        case.flush()
        return True

    def start(self, name: str, correlation: str, payload: dict[str, Any]) -> tuple[str, str | None]:
        """What it came to, and the case that it reached or started.

        Two messages of one correlation may arrive at once: the second waits for the first, and finds the case that it has started.
        """
        found = self.kernel.definitions.of_message(self.link, name)
        if found is None:
            return PARKED, None
        self.link.alone(f"{name}:{correlation}")
        if (receiver := self.waiting(name, correlation, payload)) is not None:
            return DELIVERED, receiver
        procedure, process_id, start = found
        if not payload.get("office_id"):
            raise NoOfficeNamed(name=name)
        case = Case.begin(
            self.kernel, self.session, self.link, procedure, process_id,
            office_id=str(payload["office_id"]), title=str(payload.get("title") or ""), actor=SYSTEM,
            parent_id=payload.get("parent_instance_id"),
        )  # fmt: skip
        case.play_start(payload, at=start)
        case.flush()
        return STARTED, case.ref.instance_id
