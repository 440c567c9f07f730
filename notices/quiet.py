"""Quiet hours: when no mail goes. Pure functions of a moment, the hours, and the calendar, all in Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from db.clock import SHANGHAI

LONGEST = timedelta(days=60)  # no run of days off is longer; mail must not wait for ever because a calendar is wrong
IsWorked = Callable[[date], bool]


@dataclass(frozen=True)
class Quiet:
    """From an hour until an hour, over midnight where the first is the later one; equal hours are none. `days_off`: days that are not worked, whole."""

    start: time
    until: time
    days_off: bool = True

    def holds(self, at: time) -> bool:
        """Whether an hour of the day is quiet."""
        if self.start <= self.until:
            return self.start <= at < self.until
        return at >= self.start or at < self.until

    def end_after(self, moment: datetime, is_worked: IsWorked) -> datetime:
        """The first moment from this one on at which mail may go."""
        local, last = moment.astimezone(SHANGHAI), moment + LONGEST
        while local < last:
            if self.days_off and not is_worked(local.date()):
                local = datetime.combine(local.date() + timedelta(days=1), time(), SHANGHAI)
            elif self.holds(local.timetz().replace(tzinfo=None)):
                day = local.date() + timedelta(days=local.time() >= self.until)
                local = datetime.combine(day, self.until, SHANGHAI)
            else:
                return local.astimezone(moment.tzinfo)
        return last
