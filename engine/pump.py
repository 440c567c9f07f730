"""Works off what is due: messages, timers, effects; one per transaction, so that no two cases are ever locked together.

A failure is written down and tried again later; it never stops the pump. The outer edge for whatever an effect may raise.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine import incidents, messages, outbox, timers
from engine.case import Case
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM
from engine.registry import EffectContext
from engine.tokens.errors import BpmnError

if TYPE_CHECKING:
    from engine.api import Engine


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


class Pump:
    """One turn of `tick` ends when nothing is due or the limit is reached."""

    def __init__(self, engine: Engine, kernel: Kernel) -> None:
        self.engine = engine
        self.kernel = kernel

    def tick(self, limit: int) -> TickReport:
        """Messages first (they are other people's work), then timers, then effects."""
        report = TickReport()
        while report.total + report.failures < limit:
            if not (self._message(report) or self._timer(report) or self._effect(report)):
                break
        return report

    def _message(self, report: TickReport) -> bool:
        taken = ""
        try:
            with self.kernel.database.write() as session:
                link = Link(session)
                found = messages.take_due(link, self.kernel.clock.now())
                if found is None:
                    return False
                taken = found
                messages.deliver(self.kernel, session, link, found)
            report.messages += 1
        except Exception as error:  # noqa: BLE001 -- outer edge
            self._failed("message", taken, error, report)
        return True

    def _timer(self, report: TickReport) -> bool:
        taken = ""
        try:
            with self.kernel.database.write() as session:
                link = Link(session)
                found = timers.take_due(link, link.moment(self.kernel.clock.now()))
                if found is None:
                    return False
                taken = found[0]
                case = Case.load(self.kernel, session, link, found[1])
                case.actor = SYSTEM
                timers.fire(case, found[0])
                case.flush()
            report.timers += 1
        except Exception as error:  # noqa: BLE001 -- outer edge
            self._failed("timer", taken, error, report)
        return True

    def _failed(self, operation: str, row_id: str, error: Exception, report: TickReport) -> None:
        """Puts the row off; after the last attempt it waits for a person."""
        report.failures += 1
        if not row_id:
            raise error
        with self.kernel.database.write() as session:
            link = Link(session)
            column, table = ("sender_id", "message") if operation == "message" else ("instance_id", "timer")
            row = link.one(f"SELECT attempts, {column} FROM {table} WHERE id = ?", row_id)
            attempts = (row[0] if row else 0) + 1
            over = attempts >= self.kernel.settings.max_attempts
            later = self.kernel.clock.now() + (timedelta(days=36500) if over else outbox.backoff(attempts))
            link.run(f"UPDATE {table} SET attempts = ?, due_at = ? WHERE id = ?", attempts, link.moment(later), row_id)
            self._write(link, operation, row_id, row[1] if row else None, error)

    def _write(
        self, link: Link, operation: str, row_id: str, instance_id: str | None, error: Exception, element: str = ""
    ) -> None:
        action: dict[str, Any] = {"operation": operation, "person_id": SYSTEM.person_id, "payload": {"id": row_id}}
        detail = "".join(traceback.format_exception(error))[-8000:]
        incidents.record(link, self.kernel.clock.now(), instance_id, element, action, str(error) or type(error).__name__, detail)

    def _effect(self, report: TickReport) -> bool:
        with self.kernel.database.write() as session:
            job = outbox.take_due(Link(session), self.kernel.clock.now())
        if job is None:
            return False
        try:
            results = self._perform(job)
        except BpmnError as error:
            with self.kernel.database.write() as session:
                outbox.answer_error(self.kernel, session, Link(session), job, error)
            report.effects += 1
        except Exception as error:  # noqa: BLE001 -- outer edge: whatever the world answers
            report.failures += 1
            with self.kernel.database.write() as session:
                link = Link(session)
                if outbox.postpone(link, self.kernel.clock.now(), job, str(error), self.kernel.settings.max_attempts):
                    self._write(link, "effect", job.id, job.instance_id, error, job.element)
        else:
            with self.kernel.database.write() as session:
                outbox.answer(self.kernel, session, Link(session), job, results)
            report.effects += 1
        return True

    def _perform(self, job: outbox.Job) -> dict[str, Any]:
        handler = self.kernel.registry.handlers[job.topic]
        context = EffectContext(job.key, job.payload, job.instance_id, job.attempts, self.kernel.clock, self.kernel.database)
        return dict(handler.function(context) or {})
