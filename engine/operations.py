"""What an operator does about work that stands still: has it tried again, or passes over it with a reason. Never anything else in a case.

Every act is a row in the history of the case, and is done in the caller's transaction, so that the caller's own trail stands or
falls with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from db.outages import is_outage
from db.sight import EVERYTHING, seeing
from engine import history, incidents, outbox, timers, troubles
from engine.errors import Declined, EngineError, NotFound, NotYours, StepFailed
from engine.link import Link, hold
from engine.people import Actor
from engine.steps import Steps, reason_of
from engine.troubles import EFFECT, HELD, MESSAGE, OTHER, TIMER, Query, Trouble

BULK = 1_000


class Operations:
    """The front door of operators."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.kernel = steps.kernel

    def listed(self, actor: Actor, query: Query, limit: int = 100) -> tuple[list[Trouble], bool]:
        """What stands still, the oldest first, and whether there is more; cases are named to those who see them."""
        self._require(actor)
        with seeing(EVERYTHING), self.kernel.database.read() as session:
            return troubles.listed(Link(session), actor, query, self.kernel.clock.now(), limit)

    def retry(self, session: Session, kind: str, row_id: str, actor: Actor, key: str) -> bool:
        """Makes a message, timer or effect that stands still due at once; one that was held back is sent. False where the same request did so before."""
        given = {"kind": kind, "id": row_id}
        return self._act(session, "operator_retry", given, actor, key, lambda link: self._retry(link, kind, row_id, actor))

    def skip(self, session: Session, kind: str, row_id: str, reason: str, actor: Actor, key: str) -> bool:
        """Passes over an effect or a boundary timer: the case goes on without results, and its history says why. What failed outside
        any case (a start) is only closed: whoever wanted it has done it otherwise, or wants it no more. False where the same request did so before.

        Raises Declined for an effect that must be done, for a timer without which the case would stand, and for a message.
        """
        if not reason.strip():
            raise Declined("请写明理由", why="reason")
        given = {"kind": kind, "id": row_id, "reason": reason}

        def act(link: Link) -> None:
            if kind == OTHER:
                self._close(link, row_id, reason, actor)
                return
            if kind == EFFECT:
                self._skip_effect(session, link, row_id, reason, actor)
            elif kind == TIMER:
                timers.skip(self.kernel, session, link, row_id, reason, actor)
            else:
                raise Declined("案件之间的消息和人员办理的环节不能跳过，只能重试", why="kind")
            incidents.resolve_job(link, kind, row_id, self.kernel.clock.now())

        return self._act(session, "operator_skip", given, actor, key, act)

    def try_again(self, kind: str, row_id: str, actor: Actor, key: str) -> None:
        """The same as `retry` for whoever sees the case, on its page: the incident stays open until the work is done.

        Raises Declined for an effect that was held back after a restore: only an operator knows whether it has left the house already.
        """

        def act(_session: Session, link: Link) -> None:
            found = _row(link, kind, row_id)
            if found is None:
                raise NotFound(id=row_id)
            if kind != MESSAGE:
                hold(link, found[0])
            held = kind == EFFECT and link.one("SELECT 1 FROM outbox WHERE id = ? AND state = 'held'", row_id)
            if held:
                raise Declined("这项作业在恢复备份后停下，由系统管理员核实后处理", "an operator decides on this after the restore")
            self._due_again(link, kind, row_id, found, actor, "retried", afresh=False)

        self._steps.once("retry", actor, key, {"kind": kind, "id": row_id}, act)

    def bulk(self, actor: Actor, query: Query) -> list[Trouble]:
        """All that an act on many is about: those of a state and kind that an operator may have tried again."""
        found, _more = self.listed(actor, query, BULK)
        return [trouble for trouble in found if trouble.may_be_retried]

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _require(self, actor: Actor) -> None:
        if self.kernel.settings.operator_role not in actor.roles:
            raise NotYours("只有系统管理员可以处理异常")

    def _act(
        self, session: Session, operation: str, given: dict[str, Any], actor: Actor, key: str, act: Callable[[Link], None]
    ) -> bool:
        """Whether it was done now: a request that was done before is only answered again."""
        self._require(actor)
        done = False

        def once(_session: Session, link: Link) -> None:
            nonlocal done
            act(link)
            done = True

        try:
            if key:
                Link(session).alone(f"operator:{key}")  # the twin of a double click waits, and finds the answer
            self._steps.inside(session, operation, actor, key, given, once)
        except EngineError:
            raise
        except Exception as error:  # the outer edge for whatever the case answers that goes on
            if is_outage(error):
                raise
            raise StepFailed("", reason_of(error)) from error
        return done

    def _retry(self, link: Link, kind: str, row_id: str, actor: Actor) -> None:
        found = _row(link, kind, row_id)
        if found is None:
            raise NotFound(id=row_id)
        if kind != MESSAGE:  # which, as in its delivery, is locked before the case
            hold(link, found[0])
        self._due_again(link, kind, row_id, found, actor, "operator_retry", afresh=True)
        incidents.resolve_job(link, kind, row_id, self.kernel.clock.now())

    def _due_again(
        self, link: Link, kind: str, row_id: str, found: tuple[str | None, str], actor: Actor, event: str, *, afresh: bool
    ) -> None:
        outbox.due_again(self.kernel, link, kind, row_id, afresh=afresh)
        instance_id, element = found
        if instance_id:
            history.add(link, self.kernel.clock.now(), instance_id, event, actor, element=element, details={"kind": kind})

    def _close(self, link: Link, incident_id: str, reason: str, actor: Actor) -> None:
        now, row = self.kernel.clock.now(), link.one("SELECT instance_id, element, action FROM incident WHERE id = ?", incident_id)
        if row is None or troubles.kind_of(row[2]) != OTHER:
            raise NotFound(id=incident_id)
        hold(link, row[0])
        if not incidents.resolve(link, incident_id, now):
            raise Declined("这项异常已经处理", "this has been dealt with already", why="gone")
        if row[0]:
            history.add(link, now, row[0], "skipped", actor, element=row[1], details={"reason": reason})

    def _skip_effect(self, session: Session, link: Link, row_id: str, reason: str, actor: Actor) -> None:
        row = link.one(f"SELECT {outbox.COLUMNS}, state FROM outbox WHERE id = ?", row_id)
        if row is None:
            raise NotFound(id=row_id)
        job, state = outbox.as_job(row[:-1], row[8]), row[-1]
        if state != HELD and self.kernel.registry.must_be_done(job.topic):
            raise Declined(f"“{job.topic}”必须办成，不能跳过", why="must")
        if not outbox.skip(self.kernel, session, link, job, reason, actor):
            outbox.refuse_in_hand(link, row_id)
            raise Declined("这项作业已经办成或已撤销", why="gone")


def _row(link: Link, kind: str, row_id: str) -> tuple[str | None, str] | None:
    """(case, element) of a row that stands still."""
    sql = {
        "effect": "SELECT instance_id, element FROM outbox WHERE id = ? AND state IN ('pending', 'failed', 'held')",
        "timer": "SELECT instance_id, element FROM timer WHERE id = ? AND done_at IS NULL",
        "message": "SELECT sender_id, name FROM message WHERE id = ? AND state IN ('pending', 'failed')",
    }.get(kind)
    row = link.one(sql, row_id) if sql else None
    return (row[0], row[1]) if row else None
