"""By which calendar days are counted, how a newer one comes in, and what it moves: a part of the front door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from db.clock import Clock
from db.session import Database
from deadlines.calendar import Calendar
from deadlines.published import Published
from deadlines.recount import Moved, OnMoved, recount, untouched
from deadlines.turns import each, raise_all


class Counting:
    """The calendar in force, for whoever counts days."""

    clock: Clock
    published: Published
    on_moved: OnMoved | None

    @property
    def calendar(self) -> Calendar:
        """The calendar as this process last read it."""
        return self.published.latest

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`."""
        return self.calendar.working_days_between(start, end)

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after a day."""
        return self.calendar.add_working_days(day, count)

    def working_day_from(self, day: date) -> date:
        """The day itself if it is worked, else the first working day after."""
        return self.calendar.next_working_day(day)

    def load_calendar(self, session: Session, content: Any, *, by: str) -> Calendar:
        """Stores a calendar file as the newest version; `tick` or `recount` then moves what it touches. Raises BadCalendar."""
        return self.published.add(session, content, by=by, at=self.clock.now())

    def recount(self, database: Database) -> list[Moved]:
        """Counts every deadline again that a new calendar touches, one per transaction; returns those that moved."""
        moved, failures = self.recounted(database)
        raise_all(failures)
        return moved

    def recounted(self, database: Database) -> tuple[list[Moved], list[Exception]]:
        """As `recount`; what failed is handed back instead of raised, for whoever has more to do."""

        def find(session: Session, leave_out: Sequence[str]) -> str | None:
            return untouched(session, self.published.in_force(session), leave_out)

        def act(session: Session, row_id: str) -> Moved | None:
            return recount(session, row_id, self.published.in_force(session), self.clock, self.on_moved)

        return each(database, find, act)
