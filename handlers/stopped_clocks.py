"""The terms of a case stand and go on with its clock: where the engine's verb meets the ledger of deadlines."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from deadlines.api import DeadlineService
from deadlines.model import Deadline
from handlers.moved_terms import carry


class StoppedClocks:
    """Called by the engine inside the step; the case is locked before its terms, as everywhere."""

    def __init__(self, deadlines: DeadlineService) -> None:
        self.deadlines = deadlines

    def runs(self, session: Session, instance_id: str) -> bool:
        """Whether a term of the case runs."""
        return bool(self._in_state(session, instance_id, "running"))

    def stands(self, session: Session, instance_id: str) -> bool:
        """Whether a term of the case stands."""
        return bool(self._in_state(session, instance_id, "stopped"))

    def stop(self, session: Session, instance_id: str, reason: str, until: date | None) -> None:
        """All terms that run stand from today on; the first that still stands reminds on the day `until`, once for all."""
        today = self.deadlines.clock.today()
        for row in self._in_state(session, instance_id, "running"):
            self.deadlines.stop(session, instance_id, row.key, today, reason, until)

    def resume(self, session: Session, instance_id: str, due_on: date | None, label: str) -> date | None:
        """All terms that stand go on, and the records with them. The case has the day of the term whose day or name it bore, else its own later by the days that it stood."""
        rows, today = self._in_state(session, instance_id, "stopped"), self.deadlines.clock.today()
        bearer = next((row for row in rows if row.due_on == due_on), None) or next((row for row in rows if row.label == label), None)
        stood = today - min((row.stopped_on for row in rows if row.stopped_on), default=today)
        for row in reversed(rows):  # the latest first: days only move on, so that no record follows two terms, one to the former day of the other
            before = row.due_on
            self.deadlines.resume(session, instance_id, row.key, today)
            carry(session, self.deadlines.clock, instance_id, "恢复计时", (before, row.due_on))
        if due_on is None or bearer is None:
            return due_on and due_on + stood
        return bearer.due_on

    def end(self, session: Session, instance_id: str) -> None:
        """The case was terminated: nothing of it is due any more."""
        for state in ("running", "stopped"):
            for row in self._in_state(session, instance_id, state):
                self.deadlines.cancel(session, instance_id, row.key, self.deadlines.clock.today())

    def _in_state(self, session: Session, instance_id: str, state: str) -> list[Deadline]:
        return [row for row in self.deadlines.for_subject(session, instance_id) if row.state == state]
