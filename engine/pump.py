"""Works off what is due: messages, timers, effects; one per transaction, so that no two cases are ever locked together.

A failure is written down and tried again later; it never stops the pump. The outer edge for whatever an effect may raise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from engine import incidents, messages, outbox, timers
from engine.incidents import Failed
from engine.lifecycle import MESSAGE, becomes
from engine.link import Link, hold
from engine.people import SYSTEM
from engine.registry import EffectContext, NeverAgain
from engine.steps import Steps, blamed, detail_of, reason_of
from engine.tokens.errors import BpmnError

SLICE = 25  # of one kind, before the next has its turn: a flood of messages holds up no timer
NEVER_CAME_BACK = "交办 {attempts} 次都没有结果：每次办理它的进程都在办理中中断，或者到时没有答复"


@dataclass
class TickReport:
    """How many of each were worked off, and how many failed."""

    messages: int = 0
    timers: int = 0
    effects: int = 0
    failures: int = 0

    @property
    def total(self) -> int:
        return self.messages + self.timers + self.effects

    @property
    def handled(self) -> int:
        """Those that failed included."""
        return self.total + self.failures


@dataclass
class _Taken:
    """What the transaction had taken when it failed."""

    id: str = ""
    instance_id: str | None = None


class Pump:
    """One turn of `tick` ends when nothing is due or the limit is reached."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.kernel = steps.kernel

    def tick(self, limit: int, *, effects: bool = True) -> TickReport:
        """Messages first (they are other people's work), then timers, then effects where they are wanted here; in slices, until nothing is due."""
        report = TickReport()
        with self.kernel.database.write() as session:
            messages.wake_parked(Link(session))
        turns = [self._message, self._timer, *([self._effect] if effects else [])]
        while any([self._some(turn, report, min(report.handled + SLICE, limit)) for turn in turns]):  # noqa: C419 -- every kind has its slice
            pass
        return report

    def work_effects(self, limit: int) -> TickReport:
        """Effects alone: a paper takes a second, and nobody's message waits for it."""
        report = TickReport()
        self._some(self._effect, report, limit)
        return report

    def work_effect(self, effect_id: str) -> TickReport:
        """The one effect for which a queue has called; nothing if it is done, withdrawn, or in other hands."""
        report = TickReport()
        with self.kernel.database.write() as session:
            job = outbox.take(Link(session), effect_id, self.kernel.clock.now(), self.kernel.settings.max_attempts)
        if job is not None:
            self._work(job, report)
        return report

    def revive(self, limit: int = 500) -> int:
        """Calls again for effects whose worker has died, and for those that nobody was ever called for; returns how many."""
        now, effects = self.kernel.clock.now(), self.kernel.effects
        with self.kernel.database.write() as session:
            link = Link(session)
            lost = effects.lost(link)
            outbox.free(link, lost, now)
            again = dict.fromkeys([*lost, *effects.uncalled(link, outbox.overdue(link, now, limit))])
            effects.defer(link, [(id_, None) for id_ in again])
        return len(again)

    def _some(self, turn: Callable[[TickReport], bool], report: TickReport, until: int) -> bool:
        """Works off one kind until nothing of it is due or so many things are handled; whether there was anything."""
        before = report.handled
        while report.handled < until and turn(report):
            pass
        return report.handled > before

    # --- messages and timers -------------------------------------------------------------------------------------------------

    def _message(self, report: TickReport) -> bool:
        def act(session: Session, link: Link, taken: _Taken) -> bool:
            found = messages.take_due(link, self.kernel.clock.now())
            if found is None:
                return False
            taken.id = found
            messages.deliver(self.kernel, session, link, found)
            return True

        return self._one("message", report, act)

    def deliver(self, message_id: str) -> str:
        """Delivers one message now; what it came to, or "pending" when its receiver failed."""

        def act(session: Session, link: Link) -> str:
            return messages.deliver(self.kernel, session, link, message_id)

        try:
            return str(self.steps.once("message", SYSTEM, "", None, act))
        except Exception as error:  # noqa: BLE001 -- outer edge: a message that is kept is never lost to its receiver
            self.put_off("message", message_id, None, error)
            return "pending"

    def _timer(self, report: TickReport) -> bool:
        def act(session: Session, link: Link, taken: _Taken) -> bool:
            found = timers.take_due(link, link.moment(self.kernel.clock.now()))
            if found is None:
                return False
            taken.id, taken.instance_id = found.id, found.instance_id
            timers.fire(self.kernel, session, link, found)
            return True

        return self._one("timer", report, act)

    def _one(self, operation: str, report: TickReport, act: Callable[[Session, Link, _Taken], bool]) -> bool:
        """One row in one transaction; whether there was one."""
        taken = _Taken()

        def run(session: Session, link: Link) -> bool:
            return act(session, link, taken)

        try:
            found: bool = self.steps.once(operation, SYSTEM, "", None, run)
        except Exception as error:
            if not taken.id:
                raise
            report.failures += 1
            self.put_off(operation, taken.id, taken.instance_id, error)
            return True
        if operation == "message":
            report.messages += found
        else:
            report.timers += found
        return found

    def put_off(self, operation: str, row_id: str, instance_id: str | None, error: Exception) -> None:
        """Tries again later; after the last attempt the row waits for a person. It is never dropped.

        What was done or withdrawn meanwhile is left alone.
        """

        def act(_session: Session, link: Link) -> bool:
            if operation == "timer":
                return self._put_off_timer(link, row_id, instance_id, error)
            return self._put_off_message(link, row_id, error)

        self.steps.once(f"{operation}_failed", SYSTEM, "", None, act)

    def _put_off_timer(self, link: Link, row_id: str, instance_id: str | None, error: Exception) -> bool:
        hold(link, instance_id)
        row = link.one(f"SELECT attempts FROM timer WHERE id = ? AND done_at IS NULL{link.lock}", row_id)
        if row is None:
            return False
        attempts, later, over = self._next_attempt(link, row[0])
        link.put("UPDATE timer SET attempts = ?, due_at = ?, stuck = ? WHERE id = ? AND done_at IS NULL", attempts, later, int(over), row_id)
        self._write(link, "timer", row_id, instance_id, error)
        return True

    def _put_off_message(self, link: Link, row_id: str, error: Exception) -> bool:
        """A message is locked before its receiver, as it is in its delivery."""
        row = link.one(f"SELECT attempts, sender_id FROM message WHERE id = ? AND state = 'pending'{link.lock}", row_id)
        if row is None:
            return False
        attempts, later, over = self._next_attempt(link, row[0])
        link.put(
            "UPDATE message SET attempts = ?, due_at = ?, state = ?, last_error = ? WHERE id = ? AND state = 'pending'",
            attempts, later, becomes(MESSAGE, "pending", "failed" if over else "pending"), reason_of(error), row_id,
        )  # fmt: skip
        self._write(link, "message", row_id, blamed(error)[0] or row[1], error)
        return True

    def _next_attempt(self, link: Link, before: int) -> tuple[int, Any, bool]:
        """(attempts that failed, when the next one is due, whether there is none)."""
        attempts = before + 1
        later = link.moment(self.kernel.clock.now() + outbox.backoff(attempts))
        return attempts, later, attempts >= self.kernel.settings.max_attempts

    def _write(
        self, link: Link, operation: str, row_id: str, instance_id: str | None, error: Exception, element: str = ""
    ) -> None:
        failed = Failed(operation, SYSTEM.person_id, {"id": row_id}, instance_id, blamed(error)[1] or element)
        incidents.record(link, self.kernel.clock.now(), failed, reason_of(error), detail_of(error))

    def give_up(self, link: Link, job: outbox.Job, reason: str) -> None:
        """Work elsewhere failed for the last time."""
        failed = Failed("effect", SYSTEM.person_id, {"id": job.id}, job.instance_id, job.element)
        incidents.record(link, self.kernel.clock.now(), failed, reason, "")

    def give_up_spent(self, job: outbox.Job) -> None:
        """Whoever takes this job dies of it: nobody takes it again before a person has looked."""

        def act(_session: Session, link: Link) -> bool:
            reason = NEVER_CAME_BACK.format(attempts=job.attempts)
            if not outbox.give_up(link, self.kernel.clock.now(), job, reason):
                return False
            before = incidents.reason(link, "effect", job.id)  # of a case that could not go on from an answer
            self.give_up(link, job, f"{reason}。{before}" if before else reason)
            return True

        self.steps.once("effect_failed", SYSTEM, "", None, act)

    # --- effects -------------------------------------------------------------------------------------------------------------

    def _effect(self, report: TickReport) -> bool:
        with self.kernel.database.write() as session:
            job = outbox.take_due(Link(session), self.kernel.clock.now(), self.kernel.settings.max_attempts)
        if job is None:
            return False
        self._work(job, report)
        return True

    def _work(self, job: outbox.Job, report: TickReport) -> None:
        if job.is_spent:
            report.failures += 1
            self.give_up_spent(job)
            return
        try:
            self._do(job)
            report.effects += 1
        except Exception as error:  # noqa: BLE001 -- outer edge: whatever the world, or the case that goes on, answers
            report.failures += 1
            self._effect_failed(job, error)

    def _do(self, job: outbox.Job) -> None:
        try:
            results = self._perform(job)
        except BpmnError as error:
            known = error  # the name of an except clause is gone when the answer is written
            self._answer(lambda s, link: outbox.answer_error(self.kernel, s, link, job, known))
        else:
            self._answer(lambda s, link: outbox.answer(self.kernel, s, link, job, results))

    def _answer(self, act: Callable[[Session, Link], Any]) -> None:
        self.steps.once("effect", SYSTEM, "", None, act)

    def _perform(self, job: outbox.Job) -> dict[str, Any]:
        handler = self.kernel.registry.handlers[job.topic]
        context = EffectContext(job.key, job.payload, job.instance_id, job.attempts, self.kernel.clock, self.kernel.database)
        return dict(handler.function(context) or {})

    def _effect_failed(self, job: outbox.Job, error: Exception) -> None:
        def act(_session: Session, link: Link) -> bool:
            now, wait = self.kernel.clock.now(), outbox.backoff(job.attempts)
            limit = job.attempts if isinstance(error, NeverAgain) else self.kernel.settings.max_attempts
            came_to = outbox.postpone(link, now, job, reason_of(error), limit, wait)
            if came_to == outbox.OVER:
                self._write(link, "effect", job.id, job.instance_id, error, job.element)
            elif came_to == outbox.AGAIN:
                self.kernel.effects.defer(link, [(job.id, now + wait)])
            return came_to != outbox.GONE

        self.steps.once("effect_failed", SYSTEM, "", None, act)
