"""A term has moved, by a published calendar or with the clock of its case: the records carry the new day, in the transaction that moves it."""

from __future__ import annotations

from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from db.clock import Clock
from deadlines.recount import Moved, OnMoved, Then
from engine.api import Engine
from records.audit import Who
from records.coinvestigation.store import receipts


def carry(session: Session, clock: Clock, case_id: str, because: str, moved: tuple[date, date]) -> None:
    """The records of a case have the new day where they had the former one."""
    receipts.move_terms(session, Who("", because, clock.now(), case_id), *moved)


def follower(engine: Engine, clock: Clock) -> OnMoved:
    """What `DeadlineService` calls for every date that moves; the case is locked first, as a step of it would, and its timers ask
    again when the new date stands.
    """

    def follow(session: Session, moved: Moved) -> Then:
        engine.move_due(session, moved.subject_id, moved.before, moved.due_on, moved.label)
        carry(session, clock, moved.subject_id, f"节假日安排 {moved.calendar_version}", (moved.before, moved.due_on))
        return partial(engine.refresh_timers, session, moved.subject_id)

    return follow
