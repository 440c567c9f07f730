"""What becomes of work of the pump that failed: an attempt is counted, an incident says why, and it is tried again later or never.

A database that is away, or a case that another step has in hand, is no failure of the work: it waits a moment, and nothing is counted.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.outages import is_outage
from engine import incidents, outbox
from engine.incidents import Failed
from engine.lifecycle import MESSAGE, becomes
from engine.link import Link, hold
from engine.people import SYSTEM
from engine.registry import NeverAgain
from engine.steps import Steps, blamed, detail_of, reason_of

SOON = timedelta(seconds=3)  # how long whatever met a busy case is left alone
NEVER_CAME_BACK = "交办 {attempts} 次都没有结果：每次办理它的进程都在办理中中断，或者到时没有答复"
_LATER = {  # whoever has the row itself in hand is not waited for: he moves it on
    "timer": "UPDATE timer SET due_at = ? WHERE id = (SELECT id FROM timer WHERE id = ? AND done_at IS NULL",
    "message": "UPDATE message SET due_at = ? WHERE id = (SELECT id FROM message WHERE id = ? AND state = 'pending'",
}
log = logging.getLogger("jinshui.pump")


class Failures:
    """Writes them down, each in a transaction of its own."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.kernel = steps.kernel

    def put_off(self, operation: str, row_id: str, instance_id: str | None, error: Exception) -> bool:
        """A message or timer is tried again later; after the last attempt the row waits for a person. It is never dropped.

        False where the database was away or busy, which is no failure. What was done or withdrawn meanwhile is left alone.
        """

        def fail(_session: Session, link: Link) -> bool:
            if operation == "timer":
                return self._timer(link, row_id, instance_id, error)
            return self._message(link, row_id, error)

        def wait(_session: Session, link: Link) -> bool:
            self.wait(link, operation, row_id)
            return False

        busy = error
        if not is_outage(error):
            try:
                self.steps.once(f"{operation}_failed", SYSTEM, "", None, fail)
            except Exception as unwritten:
                if not is_outage(unwritten):
                    raise
                busy = unwritten  # nobody can be told why it failed: it fails once more in a moment
            else:
                return True
        log.warning("%s %s waits, its case or the database is busy: %s", operation, row_id, busy)
        self.steps.once(f"{operation}_failed", SYSTEM, "", None, wait)
        return False

    def wait(self, link: Link, operation: str, row_id: str) -> None:
        """A message or timer is due again in a moment; no attempt is counted."""
        link.put(f"{_LATER[operation]}{link.skip_locked()})", link.moment(self.kernel.clock.now() + SOON), row_id)

    def _timer(self, link: Link, row_id: str, instance_id: str | None, error: Exception) -> bool:
        hold(link, instance_id)
        row = link.one(f"SELECT attempts FROM timer WHERE id = ? AND done_at IS NULL{link.lock}", row_id)
        if row is None:
            return False
        attempts, later, over = self._next_attempt(link, row[0])
        link.put("UPDATE timer SET attempts = ?, due_at = ?, stuck = ? WHERE id = ? AND done_at IS NULL", attempts, later, int(over), row_id)
        self._write(link, "timer", row_id, instance_id, error)
        return True

    def _message(self, link: Link, row_id: str, error: Exception) -> bool:
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

    # --- effects -------------------------------------------------------------------------------------------------------------

    def of_effect(self, job: outbox.Job, error: Exception) -> None:
        """An effect is called for again later; after the last attempt an incident waits for a person.

        An outage that it met itself counts as well: nobody knows what it had done in the world by then, and it is not repeated without end.
        """

        def act(_session: Session, link: Link) -> bool:
            now, wait = self.kernel.clock.now(), outbox.backoff(job.attempts)
            limit = job.attempts if isinstance(error, NeverAgain) else self.kernel.settings.max_attempts
            came_to = outbox.postpone(link, now, job, reason_of(error), limit, wait)
            if came_to == outbox.OVER:
                self._write(link, "effect", job.id, job.instance_id, error, job.element)
            elif came_to == outbox.AGAIN:
                self.kernel.call_for(link, [(job.id, job.topic)], now + wait)
            return came_to != outbox.GONE

        self.steps.once("effect_failed", SYSTEM, "", None, act)

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
