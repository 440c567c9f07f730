"""Works off what is due: messages, timers, effects; one per transaction, so that no two cases are ever locked together.

A failure is written down and tried again later (`engine.failures`); it never stops the pump, and neither does a case that is busy. How
one effect is done says `engine.effects`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine import messages, outbox, timers
from engine.effects import BUSY, DONE, FAILED, EffectWork, GoesOn, always
from engine.failures import Failures
from engine.link import Link
from engine.people import SYSTEM
from engine.steps import Steps

SLICE = 25  # of one kind, before the next has its turn: a flood of messages holds up no timer


@dataclass
class TickReport:
    """How many of each were worked off, how many failed, and how many wait since their case or the database was busy."""

    messages: int = 0
    timers: int = 0
    effects: int = 0
    failures: int = 0
    busy: int = 0

    @property
    def total(self) -> int:
        return self.messages + self.timers + self.effects

    @property
    def handled(self) -> int:
        """Those that failed or were put off included."""
        return self.total + self.failures + self.busy


@dataclass
class _Taken:
    """What the transaction had taken when it failed; `is_busy`: it was put off in the same transaction."""

    id: str = ""
    instance_id: str | None = None
    is_busy: bool = False


class Pump:
    """One turn of `tick` ends when nothing is due or the limit is reached."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.kernel = steps.kernel
        self.failures = Failures(steps)
        self.effects = EffectWork(steps, self.failures)

    def tick(self, limit: int, *, effects: bool = True) -> TickReport:
        """Messages first (they are other people's work), then timers, then effects where they are wanted here; in slices, until nothing is due."""
        report = TickReport()
        with self.kernel.database.write() as session:
            messages.wake_parked(Link(session))
        turns = [self._message, self._timer, *([self._effect] if effects else [])]
        while any([self._some(turn, report, min(report.handled + SLICE, limit)) for turn in turns]):  # noqa: C419 -- every kind has its slice
            pass
        return report

    def work_effects(self, limit: int, goes_on: GoesOn = always, lane: str | None = None) -> TickReport:
        """Effects alone, of one lane or of every one: a paper takes a second, and nobody's message or letter waits for it."""
        report = TickReport()
        self._some(lambda found: self._effect(found, goes_on, lane), report, limit)
        return report

    def work_effect(self, effect_id: str, goes_on: GoesOn = always) -> TickReport:
        """The one effect for which a queue has called; nothing if it is done, withdrawn, or in other hands."""
        report = TickReport()
        with self.kernel.database.write() as session:
            job = outbox.take(Link(session), effect_id, self.kernel.clock.now(), self.kernel.settings.max_attempts)
        if job is not None:
            self._work(job, report, goes_on)
        return report

    def revive(self, limit: int = 500) -> int:
        """Calls again for effects whose worker has died, and for those that nobody was ever called for; returns how many."""
        now, effects = self.kernel.clock.now(), self.kernel.effects
        with self.kernel.database.write() as session:
            link = Link(session)
            lost = effects.lost(link)
            outbox.free(link, lost, now)
            again = outbox.topics(link, sorted({*lost, *effects.uncalled(link, outbox.overdue(link, now, limit))}))
            self.kernel.call_for(link, again)
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
            taken.is_busy = messages.deliver(self.kernel, session, link, found, wait=False) == messages.BUSY
            if taken.is_busy:
                self.failures.wait(link, "message", found)
            return not taken.is_busy

        return self._one("message", report, act)

    def deliver(self, message_id: str) -> str:
        """Delivers one message now; what it came to, or "pending" when its receiver failed or is busy."""

        def act(session: Session, link: Link) -> str:
            return messages.deliver(self.kernel, session, link, message_id)

        try:
            return str(self.steps.once("message", SYSTEM, "", None, act))
        except Exception as error:  # noqa: BLE001 -- outer edge: a message that is kept is never lost to its receiver
            self.failures.put_off("message", message_id, None, error)
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
            nonlocal taken
            taken = _Taken()  # what an earlier attempt had taken may be in other hands by now
            return act(session, link, taken)

        try:
            found: bool = self.steps.once(operation, SYSTEM, "", None, run)
        except Exception as error:
            if not taken.id:
                raise
            if self.failures.put_off(operation, taken.id, taken.instance_id, error):
                report.failures += 1
            else:
                report.busy += 1
            return True
        report.busy += taken.is_busy
        if operation == "message":
            report.messages += found
        else:
            report.timers += found
        return found or taken.is_busy

    # --- effects -------------------------------------------------------------------------------------------------------------

    def _effect(self, report: TickReport, goes_on: GoesOn = always, lane: str | None = None) -> bool:
        kernel = self.kernel
        only, but = kernel.registry.topics(lane) if lane is not None else ([], [])
        with kernel.database.write() as session:
            job = outbox.take_due(Link(session), kernel.clock.now(), kernel.settings.max_attempts, only, but)
        if job is None:
            return False
        self._work(job, report, goes_on)
        return True

    def _work(self, job: outbox.Job, report: TickReport, goes_on: GoesOn) -> None:
        came_to = self.effects.work(job, goes_on)
        report.effects += came_to == DONE
        report.failures += came_to == FAILED
        report.busy += came_to == BUSY
