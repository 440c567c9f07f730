"""Effects after commit: taken one at a time, done outside any transaction, answered by a step of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from engine import history, incidents
from engine.case import Case
from engine.codec import decode
from engine.errors import Declined
from engine.kernel import Kernel
from engine.lifecycle import EFFECT, becomes
from engine.link import Link, hold
from engine.people import SYSTEM, Actor
from engine.tokens import Element, Scope, Token
from engine.tokens.errors import BpmnError

LEASE = timedelta(minutes=5)
OVERDUE = timedelta(minutes=1)
HERE = "engine"  # the worker of an effect that is being done, until `due_at`
AGAIN, OVER, GONE = "again", "over", "gone"  # what a failure comes to
Act = Callable[[Case, Token, Element, Scope], None]


@dataclass(frozen=True)
class Job:
    """One piece of work whose answer comes back as a step. `key` is the same at every attempt.

    `is_spent`: as many times as it may be tried it was taken, and whoever took it last never came back.
    """

    id: str
    key: str
    topic: str
    payload: dict[str, Any]
    instance_id: str | None
    token: int | None
    element: str
    opened_version: int
    attempts: int
    is_spent: bool = False


COLUMNS = "id, key, topic, payload, instance_id, token, element, opened_version, attempts"
_DONE = "UPDATE outbox SET state = 'done', worker = '', last_error = ? WHERE id = ? AND state = 'pending'"
_SKIPPED = (
    "UPDATE outbox SET state = 'skipped', worker = '', last_error = ? WHERE id = ? AND state IN ('pending', 'failed', 'held')"
    " AND NOT (state = 'pending' AND worker <> '' AND due_at > ?)"  # somebody has it in hand
)


def as_job(row: tuple[Any, ...], attempts: int) -> Job:
    """A row of COLUMNS."""
    return Job(row[0], row[1], row[2], decode(bytes(row[3])), row[4], row[5], row[6], row[7], attempts)


def backoff(attempts: int) -> timedelta:
    """5 s, 25 s, 2 min, 10 min, … at most six hours between attempts."""
    return timedelta(seconds=min(5 ** min(attempts, 7), 6 * 3600))


def take_due(link: Link, now: datetime, limit: int, only: Sequence[str] = (), but: Sequence[str] = ()) -> Job | None:
    """The oldest due effect, of these topics or of all but those, leased to us: if we die, it becomes due again after the lease. One that is
    spent is not leased.
    """
    among = f" AND topic{'' if only else ' NOT'} IN ({link.places(only or but)})" if only or but else ""
    row = link.one(
        f"SELECT {COLUMNS}, worker FROM outbox WHERE state = 'pending' AND external = 0 AND due_at <= ?{among}"
        f" ORDER BY due_at, id LIMIT 1{link.skip_locked()}",
        link.moment(now), *(only or but),
    )  # fmt: skip
    return _leased(link, row, now, limit) if row else None


def take(link: Link, effect_id: str, now: datetime, limit: int) -> Job | None:
    """The effect for which a worker is called, as `take_due`; None when it is done, withdrawn, held, or another has it in hand."""
    row = link.one(
        f"SELECT {COLUMNS}, worker FROM outbox WHERE id = ? AND state = 'pending' AND external = 0 AND (worker = '' OR due_at <= ?)"
        + link.skip_locked(),
        effect_id, link.moment(now),
    )  # fmt: skip
    return _leased(link, row, now, limit) if row else None


def _leased(link: Link, row: tuple[Any, ...], now: datetime, limit: int) -> Job:
    if is_spent(row, limit):
        return replace(as_job(row, row[8]), is_spent=True)
    link.put(
        "UPDATE outbox SET attempts = attempts + 1, worker = ?, due_at = ? WHERE id = ?", HERE, link.moment(now + LEASE), row[0]
    )
    return as_job(row, row[8] + 1)


def is_spent(row: tuple[Any, ...], limit: int) -> bool:
    """Whether a row of COLUMNS and `worker` was taken as often as it may be, the last time by one who never came back.

    Whoever fails gives the row back, and after the last attempt it is no longer pending; whoever is killed by the work says nothing.
    """
    return bool(row[9]) and row[8] >= limit


def give_up(link: Link, now: datetime, job: Job, error: str) -> bool:
    """A spent job waits for a person; False where it was answered, withdrawn or taken meanwhile."""
    hold(link, job.instance_id)
    return link.run(
        "UPDATE outbox SET state = 'failed', worker = '', last_error = ? WHERE id = ? AND state = 'pending' AND attempts = ?"
        " AND worker <> '' AND due_at <= ?",
        error[:4000], job.id, job.attempts, link.moment(now),
    ) == 1  # fmt: skip


def free(link: Link, ids: Sequence[str], now: datetime) -> None:
    """Ends the lease of effects whose worker has died. Its name stays: nobody has given the work back.

    They were due a lease ago, so that a node whose clock is a little behind takes them at once as well.
    """
    link.many(
        "UPDATE outbox SET due_at = ? WHERE id = ? AND state = 'pending' AND external = 0",
        [(link.moment(now - LEASE), id_) for id_ in ids],
    )


def overdue(link: Link, now: datetime, limit: int) -> list[str]:
    """Effects that should have been taken a while ago."""
    rows = link.all(
        "SELECT id FROM outbox WHERE state = 'pending' AND external = 0 AND due_at <= ? ORDER BY due_at, id LIMIT ?",
        link.moment(now - OVERDUE), limit,
    )  # fmt: skip
    return [row[0] for row in rows]


def topics(link: Link, ids: Sequence[str]) -> list[tuple[str, str]]:
    """(id, topic) of those of the effects that there are."""
    rows = link.all(f"SELECT id, topic FROM outbox WHERE id IN ({link.places(ids)}) ORDER BY id", *ids) if ids else []
    return [(row[0], row[1]) for row in rows]


def answer(kernel: Kernel, session: Session, link: Link, job: Job, results: Mapping[str, Any]) -> bool:
    """The work is done; if a token waits for it, the case goes on with the results. False if nobody waits any more."""

    def act(case: Case, token: Token, element: Element, scope: Scope) -> None:
        case.note("done", element.id, element.name, {"values": results} if results else None)
        case.assign(element, scope, results, since=job.opened_version)
        case.machine.complete(token.id)

    return _conclude(kernel, session, link, job, act, "")


def answer_error(kernel: Kernel, session: Session, link: Link, job: Job, error: BpmnError) -> bool:
    """The work answers with a modelled error."""

    def act(case: Case, token: Token, element: Element, scope: Scope) -> None:
        case.note("error", element.id, element.name, {"code": error.code, "message": error.message, **({"message_en": error.en} if error.en else {})})
        case.machine.fail(token.id, error)

    return _conclude(kernel, session, link, job, act, str(error))


def skip(kernel: Kernel, session: Session, link: Link, job: Job, reason: str, actor: Actor) -> bool:
    """The work is not done; its token goes on without results. False if nobody waits for it, or it is being done."""

    def act(case: Case, token: Token, element: Element, scope: Scope) -> None:
        case.note("skipped", element.id, element.name, {"topic": job.topic, "reason": reason})
        case.machine.complete(token.id)

    now = link.moment(kernel.clock.now())
    done = _conclude(kernel, session, link, job, act, reason, actor=actor, closing=(_SKIPPED, now))
    if done and job.token is None and job.instance_id:
        given = {"topic": job.topic, "reason": reason}
        history.add(link, kernel.clock.now(), job.instance_id, "skipped", actor, element=job.element, details=given)
    return done


def _conclude(
    kernel: Kernel, session: Session, link: Link, job: Job, act: Act, error: str, *, actor: Actor = SYSTEM,
    closing: tuple[Any, ...] = (_DONE,),
) -> bool:  # fmt: skip
    """The case is locked before the row of the job, as in every step."""
    case = Case.load(kernel, session, link, job.instance_id, actor) if job.token is not None and job.instance_id else None
    if case is None and job.attempts > 1:  # there may be an incident to resolve, which is counted in the case
        hold(link, job.instance_id)
    statement, *more = closing
    closed = link.run(statement, error[:4000], job.id, *more)
    token = case.machine.tokens.get(job.token) if case is not None and job.token is not None else None
    if closed and case is not None and token is not None and token.state == "waiting":
        element, scope = case.machine.element(token), case.machine.scopes[token.scope]
        case.at_element = element.id
        act(case, token, element, scope)
        case.run()
        case.flush()
    elif case is not None:
        case.leave()
    # Work elsewhere may have failed at its first attempt already: it was done, and the case could not go on from it.
    if closed and (job.attempts > 1 or (case is not None and case.incidents)):
        incidents.resolve_job(link, "effect", job.id, kernel.clock.now())
    return closed == 1


def postpone(link: Link, now: datetime, job: Job, error: str, limit: int, wait: timedelta | None = None) -> str:
    """The work failed: it is tried AGAIN later, or given up (OVER) after the last attempt.

    GONE: it was done or withdrawn meanwhile, or another has it in hand; then the failure says nothing any more.
    """
    hold(link, job.instance_id)
    over = job.attempts >= limit
    touched = link.run(
        "UPDATE outbox SET state = ?, due_at = ?, worker = '', last_error = ? WHERE id = ? AND state = 'pending' AND attempts = ?",
        becomes(EFFECT, "pending", "failed" if over else "pending"), link.moment(now + (wait or backoff(job.attempts))), error[:4000],
        job.id, job.attempts,
    )  # fmt: skip
    if not touched:
        return GONE
    return OVER if over else AGAIN


def refuse_in_hand(link: Link, effect_id: str) -> None:
    """Raises Declined where an effect that could not be touched is pending: somebody has it in hand, and it would be done twice."""
    if link.one("SELECT 1 FROM outbox WHERE id = ? AND state = 'pending'", effect_id) is not None:
        raise Declined("这项作业正在办理，请稍后再看", "This effect is being done just now; please look again later", why="hand")


def due_again(kernel: Kernel, link: Link, operation: str, id_: str, *, afresh: bool) -> None:
    """Makes a message, timer or effect that failed, or an effect that was held, due at once: for as many attempts as at first where it
    begins `afresh`, else for one more.

    Raises Declined for an effect that somebody has in hand.
    """
    moment, attempts = link.moment(kernel.clock.now()), "attempts = 0, " if afresh else ""
    if operation == "timer":
        link.put(f"UPDATE timer SET {attempts}due_at = ?, stuck = 0 WHERE id = ? AND done_at IS NULL", moment, id_)
        return
    if operation == "message":
        link.put(f"UPDATE message SET state = 'pending', {attempts}due_at = ? WHERE id = ? AND state IN ('pending', 'failed')", moment, id_)
        return
    freed = link.run(
        f"UPDATE outbox SET state = 'pending', {attempts}due_at = ?, worker = '' WHERE id = ? AND state IN ('pending', 'failed', 'held')"
        " AND NOT (state = 'pending' AND worker <> '' AND due_at > ?)",
        moment, id_, moment,
    )  # fmt: skip
    if not freed:
        refuse_in_hand(link, id_)
    if operation == "effect":
        kernel.call_for(link, topics(link, [id_]))
