"""How every change runs: one transaction, one key, one answer; a refusal into the trail, a failure into an incident.

The outer edge for whatever a handler may raise.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from db.outages import is_outage
from engine import history, idempotency, incidents
from engine.case import Case, at_work, written
from engine.errors import EngineError, Refusal, StepFailed
from engine.incidents import Failed
from engine.kernel import Kernel
from engine.link import Link, is_collision, is_duplicate
from engine.observer import observed
from engine.people import Actor
from engine.tokens.errors import TokenError

Act = Callable[[Session, Link], Any]
Recall = Callable[
    [Link, str], idempotency.Known
]  # reads what is stored under a key, and perhaps what the act needs along with it
ATTEMPTS = 4


class Steps:
    """Runs acts on a kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    @observed
    def once(self, operation: str, actor: Actor, key: str, payload: Any, act: Act, recall: Recall = idempotency.recall) -> Any:
        """Runs `act` in one transaction, once per key; what the database gave up for another transaction is tried again."""
        for attempt in range(1, ATTEMPTS + 1):
            session: Session | None = None
            try:
                with self.kernel.database.write() as session:
                    return self._inside_or_twin(session, operation, actor, key, payload, act, recall)
            except Exception as error:
                _blame(session, error)
                if attempt < ATTEMPTS and (is_collision(error) or self._was_done_by_twin(key, error)):
                    continue
                raise
        raise AssertionError

    def _was_done_by_twin(self, key: str, error: Exception) -> bool:
        """Whether what is there already was written by the same request at the same moment: the next attempt then finds its answer."""
        if not key or not is_duplicate(error):
            return False
        with self.kernel.database.read() as session:
            return idempotency.recall(Link(session), key) is not None

    def _inside_or_twin(self, session: Session, operation: str, actor: Actor, key: str, payload: Any, act: Act, recall: Recall) -> Any:
        """As `inside`. The same request may have been done at the same moment: this one then finds the door closed, and the answer is there."""
        try:
            return self.inside(session, operation, actor, key, payload, act, recall)
        except Refusal as refusal:
            twin = idempotency.MISSING
            if key and not refusal.is_first_answer:
                wanted = idempotency.digest(operation, actor.person_id, payload)
                twin = idempotency.answer_of(idempotency.undo_and_recall(session, key), key, wanted)
            if twin is idempotency.MISSING:
                raise
            return twin

    def inside(
        self,
        session: Session,
        operation: str,
        actor: Actor,
        key: str,
        payload: Any,
        act: Act,
        recall: Recall = idempotency.recall,
    ) -> Any:
        """The same in the transaction of the caller."""
        link = Link(session)
        wanted = idempotency.digest(operation, actor.person_id, payload) if key else ""
        if key or recall is not idempotency.recall:
            answer = idempotency.answer_of(recall(link, key), key, wanted)
            if answer is not idempotency.MISSING:
                return answer
        answer = act(session, link)
        if key:
            idempotency.remember(link, key, wanted, answer, link.moment(self.kernel.clock.now()))
        return answer

    def told(self, operation: str, actor: Actor, key: str, payload: dict[str, Any], act: Act, recall: Recall = idempotency.recall) -> Any:
        """As `once`; a refusal of what somebody may not goes into the trail."""
        try:
            return self.once(operation, actor, key, payload, act, recall)
        except Refusal as refusal:
            if refusal.is_told:
                self._trail(operation, actor, payload, refusal)
            raise

    def step(
        self, operation: str, actor: Actor, key: str, payload: dict[str, Any], act: Act, *,
        task_id: str = "", recall: Recall = idempotency.recall,
    ) -> Any:  # fmt: skip
        """As `told`; any other failure becomes an incident and StepFailed."""
        try:
            return self.told(operation, actor, key, payload, act, recall)
        except Refusal:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            raise self._incident(operation, actor, payload, error, task_id) from error

    def in_case(self, instance_id: str, actor: Actor, act: Callable[[Case], Any]) -> Act:
        """An act on one case: loaded and locked before, written after."""

        def run(session: Session, link: Link) -> Any:
            case = Case.load(self.kernel, session, link, instance_id, actor)
            answer = act(case)
            case.flush()
            return answer

        return run

    def _trail(self, operation: str, actor: Actor, payload: Mapping[str, Any], refusal: EngineError) -> None:
        instance = str(refusal.values.get("instance") or payload.get("instance_id") or "")
        details = {"operation": operation, "task": payload.get("task_id", ""), "why": type(refusal).__name__}
        with self.kernel.database.write() as session:
            history.add(Link(session), self.kernel.clock.now(), instance, "refused", actor, name=str(refusal), details=details)

    def _incident(self, operation: str, actor: Actor, payload: dict[str, Any], error: Exception, task_id: str = "") -> StepFailed:
        where, element = blamed(error)
        instance = payload.get("instance_id") or where
        failed = Failed(operation, actor.person_id, payload, instance, element, task_id or None)
        with self.kernel.database.write() as session:
            id_ = incidents.record(Link(session), self.kernel.clock.now(), failed, reason_of(error), detail_of(error))
        return StepFailed(id_, reason_of(error))


def _blame(session: Session | None, error: Exception) -> None:
    """Notes on the error which case was at work and where; a case that this very transaction began does not count."""
    cases = [*written(session), *at_work(session).values()] if session is not None else []
    for case in reversed(cases):
        if not case.is_new:
            error.engine_place = (case.ref.instance_id, case.at_element)  # type: ignore[attr-defined]
            return
    error.engine_place = (None, cases[-1].at_element if cases else "")  # type: ignore[attr-defined]


def blamed(error: Exception) -> tuple[str | None, str]:
    """(case, element) where an error arose, as far as that is known."""
    instance, element = getattr(error, "engine_place", (None, ""))
    return instance, error.element if isinstance(error, TokenError) and error.element else element


def reason_of(error: Exception) -> str:
    """The sentence that people read."""
    return (str(error) or type(error).__name__)[:2000]


def detail_of(error: Exception) -> str:
    """The end of the traceback, for whoever maintains the handler."""
    return "".join(traceback.format_exception(error))[-8000:]
