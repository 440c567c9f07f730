"""A second implementation of the terms, written from the text of the law alone: it walks day by day and knows nothing of the first."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

ONE = timedelta(days=1)


class Reference:
    """Reads the calendar file itself."""

    def __init__(self, file: Path) -> None:
        years = json.loads(file.read_text("utf-8"))["years"]
        self.off = {date.fromisoformat(day) for y in years.values() for day in y["off"]}
        self.made_up = {date.fromisoformat(day) for y in years.values() for day in y["worked"]}

    def rests(self, day: date) -> bool:
        return day in self.off or (day.isoweekday() in (6, 7) and day not in self.made_up)

    def end(self, event: date, count: int, unit: str, counting: str, tax_months: bool = True) -> date:
        day = getattr(self, f"_{unit}")(event, count)
        if counting == "tax" and unit != "working_day" and (tax_months or unit not in ("month", "year")):
            day = self._tax(event, day)
        if counting != "plain" and unit not in ("working_day", "same_day"):
            while self.rests(day):
                day += ONE
        return day

    def _month(self, event: date, count: int) -> date:
        """Walks month ends until `count` have gone by, then to the day of the same number or stays at the end."""
        first = event.replace(day=1)
        for _ in range(count):
            first = (first + 31 * ONE).replace(day=1)
        day = first
        while day.day < event.day and (day + ONE).month == first.month:
            day += ONE
        return day

    def _year(self, event: date, count: int) -> date:
        return self._month(event, count * 12)

    def _day(self, event: date, count: int) -> date:
        day = event
        for _ in range(count):
            day += ONE
        return day

    def _working_day(self, event: date, count: int) -> date:
        day = event
        while count:
            day += ONE
            if not self.rests(day):
                count -= 1
        return day

    def _day_of_month(self, event: date, count: int) -> date:
        day = event
        while True:
            last = (day + ONE).month != day.month
            if day.day == count or (last and day.day < count):
                return day
            day += ONE

    def _end_of_month(self, event: date, count: int) -> date:
        day = event
        while (day + ONE).month == event.month:
            day += ONE
        return day

    def _same_day(self, event: date, count: int) -> date:
        return event

    def _tax(self, event: date, end: date) -> date:
        """Article 109: the holiday days in runs of three or more up to the end are added to the plain end, until that changes nothing."""
        plain, added = end, -1
        while True:
            run, total, day = 0, 0, event + ONE
            while day <= end + ONE:
                if day <= end and day in self.off:
                    run += 1
                else:
                    total += run if run >= 3 else 0
                    run = 0
                day += ONE
            if total == added:
                return end
            added, end = total, plain + total * ONE
