"""Effects after commit: taken one at a time, done outside any transaction, answered by a step of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.case import Case
from engine.codec import decode
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM
from engine.tokens.errors import BpmnError

LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Job:
    """One effect to do."""

    id: str
    key: str
    topic: str
    payload: dict[str, Any]
    instance_id: str | None
    token: int | None
    element: str
    attempts: int


def backoff(attempts: int) -> timedelta:
    """5 s, 25 s, 2 min, 10 min, … at most six hours between attempts."""
    return timedelta(seconds=min(5 ** min(attempts, 7), 6 * 3600))


def take_due(link: Link, now: datetime) -> Job | None:
    """The oldest due effect, leased to us: if we die, it becomes due again after the lease."""
    row = link.one(
        "SELECT id, key, topic, payload, instance_id, token, element, attempts FROM outbox"
        f" WHERE state = 'pending' AND external = 0 AND due_at <= ? ORDER BY due_at, id LIMIT 1{link.skip_locked}",
        link.moment(now),
    )
    if row is None:
        return None
    link.run("UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id = ?", link.moment(now + LEASE), row[0])
    return Job(row[0], row[1], row[2], decode(bytes(row[3])), row[4], row[5], row[6], row[7] + 1)


def answer(kernel: Kernel, session: Any, link: Link, job: Job, results: Mapping[str, Any]) -> None:
    """The effect is done; if a token waits for it, the case goes on with the results."""
    if link.run("UPDATE outbox SET state = 'done', last_error = '' WHERE id = ? AND state = 'pending'", job.id) != 1:
        return
    if job.token is not None and job.instance_id is not None:
        _go_on(kernel, session, link, job, lambda case, token, element, scope: _finish(case, token, element, scope, results))


def answer_error(kernel: Kernel, session: Any, link: Link, job: Job, error: BpmnError) -> None:
    """The effect answers with a modelled error."""
    link.run("UPDATE outbox SET state = 'done', last_error = ? WHERE id = ?", str(error), job.id)
    if job.token is not None and job.instance_id is not None:
        _go_on(kernel, session, link, job, lambda case, token, element, scope: case.machine.fail(token.id, error))


def _go_on(kernel: Kernel, session: Any, link: Link, job: Job, act: Any) -> None:
    assert job.instance_id is not None and job.token is not None
    case = Case.load(kernel, session, link, job.instance_id)
    case.actor = SYSTEM
    token = case.machine.tokens.get(job.token)
    if token is None or token.state != "waiting":
        return
    act(case, token, case.machine.element(token), case.machine.scopes[token.scope])
    case.run()
    case.flush()


def _finish(case: Case, token: Any, element: Any, scope: Any, results: Mapping[str, Any]) -> None:
    case.note("done", element.id, element.name)
    case.assign(element, scope, results)
    case.machine.complete(token.id)


def postpone(link: Link, now: datetime, job: Job, error: str, limit: int) -> bool:
    """The effect failed: tries again later, or gives up (True) after the last attempt."""
    over = job.attempts >= limit
    link.run(
        "UPDATE outbox SET state = ?, due_at = ?, last_error = ? WHERE id = ? AND state = 'pending'",
        "failed" if over else "pending", link.moment(now + backoff(job.attempts)), error[:4000], job.id,
    )  # fmt: skip
    return over


def due_again(link: Link, action: Mapping[str, Any], now: datetime) -> None:
    """Makes a failed message, timer or effect due at once."""
    id_ = action["payload"]["id"]
    moment = link.moment(now)
    if action["operation"] == "message":
        link.run("UPDATE message SET state = 'pending', attempts = 0, due_at = ? WHERE id = ?", moment, id_)
    elif action["operation"] == "timer":
        link.run("UPDATE timer SET due_at = ?, attempts = 0 WHERE id = ? AND done_at IS NULL", moment, id_)
    else:
        link.run("UPDATE outbox SET state = 'pending', attempts = 0, due_at = ? WHERE id = ?", moment, id_)
