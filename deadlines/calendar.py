"""Which days are worked, as versioned data: weekends, the State Council's holidays, and the weekends worked in their stead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "calendars"
BUILT_IN = "cn-2026.2"
DAY = timedelta(days=1)


class BadCalendar(Exception):
    """A calendar file cannot be used; `faults` has one sentence per place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("；".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Calendar:
    """`off` holds days off by name (weekend days inside a holiday included), `worked` weekend days that are worked.

    A year outside `years` is not published: only its weekends are known, and dates that fall into it are provisional.
    """

    version: str
    years: frozenset[int]
    off: Mapping[date, str]
    worked: frozenset[date]

    def is_published(self, day: date) -> bool:
        """Whether the notice for the year of this day is known."""
        return day.year in self.years

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday but holidays, and weekends that the notice makes working days."""
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def holiday(self, day: date) -> str:
        """The name of the holiday on a day off of the notice; empty for a plain weekend."""
        return self.off.get(day, "")

    def next_working_day(self, day: date) -> date:
        """The day itself if it is worked, else the first working day after."""
        while not self.is_working_day(day):
            day += DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after a day (before it for a negative count); the day itself is not counted."""
        step = DAY if count >= 0 else -DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` lies before."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(start + DAY * n) for n in range(1, (end - start).days + 1))


def read_calendar(content: Mapping[str, Any]) -> Calendar:
    """A calendar from its file; raises BadCalendar naming every bad entry."""
    faults: list[str] = []
    off: dict[date, str] = {}
    worked: set[date] = set()
    for year, days in content.get("years", {}).items():
        for text, name in days.get("off", {}).items():
            if (day := _day(text, year, faults)) is not None:
                off[day] = str(name)
        for text in days.get("worked", []):
            day = _day(text, year, faults)
            if day is None:
                continue
            if day.weekday() < 5:
                faults.append(f"{year} 年：{text} 不是周末，不能列为调休上班日")
            if day in off:
                faults.append(f"{year} 年：{text} 同时列为放假和上班")
            worked.add(day)
    version = str(content.get("version", ""))
    if not version:
        faults.append("日历没有版本号（version）")
    if faults:
        raise BadCalendar(faults)
    return Calendar(version, frozenset(int(y) for y in content["years"]), off, frozenset(worked))


def _day(text: str, year: str, faults: list[str]) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        faults.append(f"{year} 年：“{text}”不是日期")
        return None
    if str(day.year) != str(year):
        faults.append(f"{year} 年：{text} 不在这一年")
        return None
    return day


@lru_cache(maxsize=1)
def built_in() -> Calendar:
    """The calendar that comes with the product (2002 to 2026)."""
    return read_calendar(json.loads((FOLDER / f"{BUILT_IN}.json").read_text("utf-8")))


def extended(base: Calendar, addition: Calendar) -> Calendar:
    """A newer version: the years of `addition` take the place of those of `base`."""
    off = {d: n for d, n in base.off.items() if d.year not in addition.years} | dict(addition.off)
    worked = frozenset(d for d in base.worked if d.year not in addition.years) | addition.worked
    return Calendar(addition.version, base.years | addition.years, off, worked)
