"""Does one effect that was taken from the outbox: it acts on the world outside any transaction, and its answer is a step of its case.

What was done is not done again because its answer met a busy case or a database that is away: the answer alone is tried again. The
outer edge for whatever an effect may raise.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep

from db.outages import is_outage
from engine import outbox
from engine.failures import Failures
from engine.people import SYSTEM
from engine.registry import EffectContext
from engine.steps import Act, Steps
from engine.tokens.errors import BpmnError

DONE, FAILED, BUSY = "done", "failed", "busy"  # what the work came to
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0  # before an answer is tried again
MARGIN_S = 10.0  # before the end of the lease nobody begins to answer any more
GoesOn = Callable[[], bool]  # asked before each pause
log = logging.getLogger("jinshui.pump")


class Unanswered(Exception):
    """The database was away or busy for as long as an effect was on lease to this process, or until the process was told to end."""


def always() -> bool:
    """Of a process that nobody tells to end."""
    return True


class EffectWork:
    """Done, given up, or left as by a worker that has died."""

    def __init__(self, steps: Steps, failures: Failures) -> None:
        self.steps = steps
        self.kernel = steps.kernel
        self.failures = failures

    def work(self, job: outbox.Job, goes_on: GoesOn = always) -> str:
        """DONE, FAILED (which is written down), or BUSY: the lease ends, and then it is done again, with the same key."""
        lease = _Lease(monotonic() + outbox.LEASE.total_seconds() - MARGIN_S, goes_on)
        try:
            return self._give_up(job, lease) if job.is_spent else self._do(job, lease)
        except Unanswered:
            log.exception("effect %s could not be answered", job.id)
            return BUSY

    def _give_up(self, job: outbox.Job, lease: _Lease) -> str:
        lease.insist(lambda: self.failures.give_up_spent(job))
        return FAILED

    def _do(self, job: outbox.Job, lease: _Lease) -> str:
        try:
            answer = self._perform(job)
            lease.insist(lambda: self.steps.once("effect", SYSTEM, "", None, answer))
        except Unanswered:
            raise
        except Exception as error:  # noqa: BLE001 -- outer edge: whatever the world, or the case that goes on, answers
            failure = error  # the name of an except clause is gone when the failure is written
            lease.insist(lambda: self.failures.of_effect(job, failure))
            return FAILED
        return DONE

    def _perform(self, job: outbox.Job) -> Act:
        """Does it, and returns the step by which it is answered."""
        handler = self.kernel.registry.handlers[job.topic]
        context = EffectContext(job.key, job.payload, job.instance_id, job.attempts, self.kernel.clock, self.kernel.database)
        try:
            results = dict(handler.function(context) or {})
        except BpmnError as error:
            known = error
            return lambda s, link: outbox.answer_error(self.kernel, s, link, job, known)
        return lambda s, link: outbox.answer(self.kernel, s, link, job, results)


@dataclass(frozen=True)
class _Lease:
    """How long the answer to what was done may wait: `until` (monotonic), and while the process `goes_on`."""

    until: float
    goes_on: GoesOn

    def insist(self, act: Callable[[], object]) -> None:
        """Asks a database that is away or busy again and again; raises Unanswered at the end."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                act()
            except Exception as error:
                if not is_outage(error):
                    raise
                if monotonic() + pause >= self.until or not self.goes_on():
                    raise Unanswered from error
                log.warning("the answer of an effect waits: %s", error)
            else:
                return
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
