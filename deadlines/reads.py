"""What the ledger knows of a subject, without changing anything: a part of the front door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from deadlines import stopped
from deadlines.ledger import find, last_said, provisional_among
from deadlines.model import Deadline, DeadlineEvent
from deadlines.published import Published
from deadlines.stopped import Stopped


class Reads:
    """Terms of one subject or of many."""

    published: Published

    def find(self, session: Session, subject_id: str, key: str, *, lock: bool = False) -> Deadline | None:
        """The deadline of a subject under a key; locked until the end of the transaction, and read anew, where it will be changed."""
        return find(session, subject_id, key, lock=lock)

    def for_subject(self, session: Session, subject_id: str) -> list[Deadline]:
        """Every deadline of a subject, the first to end first."""
        return list(session.scalars(select(Deadline).where(Deadline.subject_id == subject_id).order_by(Deadline.due_on)))

    def running(self, session: Session, subject_id: str, keys: Sequence[str], *, lock: bool = False) -> Deadline | None:
        """The first of these terms that runs for a subject, or None; `lock` keeps it running until the end of the transaction."""
        rows = (self.find(session, subject_id, key, lock=lock) for key in keys)
        return next((row for row in rows if row is not None and row.state == "running"), None)

    def last_said(self, session: Session, deadline_ids: Sequence[str]) -> dict[str, DeadlineEvent]:
        """Of each of these deadlines the latest that its owners were told; `Deadline.next_on` says when something is said next."""
        return last_said(session, deadline_ids) if deadline_ids else {}

    def open_among(self, session: Session, subject_ids: Sequence[str], *, met: bool = False) -> dict[str, list[Deadline]]:
        """The terms of each of these subjects that are neither met nor cancelled, the first to end first; `met`: those that were met too."""
        states = ("running", "stopped", "met") if met else ("running", "stopped")
        wanted = select(Deadline).where(Deadline.subject_id.in_(subject_ids), Deadline.state.in_(states)).order_by(Deadline.due_on)
        found: dict[str, list[Deadline]] = {}
        for row in session.scalars(wanted):
            found.setdefault(row.subject_id, []).append(row)
        return found

    def provisional_among(self, session: Session, subject_ids: Sequence[str]) -> set[tuple[str, date]]:
        """(subject, last day) of their open terms that rest on a notice that is not published."""
        return provisional_among(session, subject_ids)

    def due_moment(self, session: Session, subject_id: str, key: str) -> datetime | None:
        """The first moment after the term: midnight in Asia/Shanghai; None while no such term runs."""
        row = self.find(session, subject_id, key)
        if row is None or row.state != "running":
            return None
        return datetime.combine(row.due_on + timedelta(days=1), time(), SHANGHAI)

    def stopped(self, session: Session, row: Deadline) -> Stopped | None:
        """Since when and why the clock of a term stands; None for one that does not."""
        return stopped.of(session, row, self.published.in_force(session)) if row.state == "stopped" else None

    def stopped_among(self, session: Session, subject_ids: Sequence[str]) -> dict[str, Stopped]:
        """Of these subjects those whose clock stands, each with its first term that does."""
        return stopped.among(session, subject_ids, self.published.in_force)
