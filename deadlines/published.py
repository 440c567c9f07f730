"""The calendar in force: the built-in one with every loaded version on top. Loading is for good; a mistake is put right by a newer version."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deadlines.calendar import BadCalendar, Calendar, built_in, extended, read_calendar
from deadlines.model import CalendarVersion


class Published:
    """What this process knows of the calendar; read again as soon as a newer version is stored."""

    def __init__(self, base: Calendar | None = None) -> None:
        self.latest = self._base = base or built_in()
        self._seen = ""

    def in_force(self, session: Session) -> Calendar:
        """The calendar as it is stored now."""
        newest = session.scalar(select(CalendarVersion.version).order_by(CalendarVersion.number.desc()).limit(1)) or ""
        if newest != self._seen:
            contents = session.scalars(select(CalendarVersion.content).order_by(CalendarVersion.number))
            self.latest, self._seen = reduce(extended, map(read_calendar, contents), self._base), newest
        return self.latest

    def add(self, session: Session, content: Any, *, by: str, at: datetime) -> Calendar:
        """Stores a new version and returns what it brings; the same file a second time is no new one.

        Raises BadCalendar, also for a version that is known with another content.
        """
        addition = read_calendar(content)
        stored = session.execute(select(CalendarVersion.version, CalendarVersion.content).order_by(CalendarVersion.number)).all()
        if (addition.version, dict(content)) in [(version, said) for version, said in stored]:
            return addition
        known = [self._base.version, *(version for version, _said in stored)]
        if addition.version in known:
            raise BadCalendar([f"版本 {addition.version} 已经载入过，请换一个版本号（version）"])
        session.add(
            CalendarVersion(number=len(known), version=addition.version, content=dict(content), loaded_by=by, loaded_at=at)
        )
        session.flush()
        return addition
