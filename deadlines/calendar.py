"""Which days are worked, as versioned data: weekends, the State Council's holidays, and the weekends worked in their stead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "calendars"
BUILT_IN = "cn-2026.2"
DAY = timedelta(days=1)
VERSION_LENGTH = 32


class BadCalendar(Exception):
    """A calendar file cannot be used; `faults` has one sentence per place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("；".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Calendar:
    """`off` holds days off by name (weekend days inside a holiday included), `worked` weekend days that are worked.

    A year outside `years` is not published: only its weekends are known, and dates that fall into it are provisional.
    `fresh` are the years that this version brought, where it lies on top of another.
    """

    version: str
    years: frozenset[int]
    off: Mapping[date, str]
    worked: frozenset[date]
    fresh: frozenset[int] = frozenset()

    def is_published(self, day: date) -> bool:
        """Whether the notice for the year of this day is known."""
        return day.year in self.years

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday but holidays, and weekends that the notice makes working days."""
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def holiday(self, day: date) -> str:
        """The name of the holiday on a day off of the notice; empty for a plain weekend."""
        return self.off.get(day, "")

    @cached_property
    def runs(self) -> tuple[tuple[date, ...], ...]:
        """The days off of the notices in runs without a gap, whatever their names."""
        runs: list[list[date]] = []
        for day in sorted(self.off):
            if runs and runs[-1][-1] + DAY == day:
                runs[-1].append(day)
            else:
                runs.append([day])
        return tuple(map(tuple, runs))

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


def read_calendar(content: Any) -> Calendar:
    """A calendar from its file; raises BadCalendar with a sentence for every bad entry.

    {version, years: {"2027": {off: {"2027-01-01": name, …}, worked: ["2027-01-03", …]}}}
    """
    content = content if isinstance(content, Mapping) else {}
    faults: list[str] = []
    version = content.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= VERSION_LENGTH:
        faults.append(f"日历没有版本号（version），或版本号超过 {VERSION_LENGTH} 个字符")
    years = content.get("years")
    if not isinstance(years, Mapping) or not years:
        faults.append("日历没有写明年份（years）")
    off: dict[date, str] = {}
    worked: set[date] = set()
    for year, days in years.items() if isinstance(years, Mapping) else ():
        _read_year(str(year), days, off, worked, faults)
    if faults or not isinstance(years, Mapping):
        raise BadCalendar(faults)
    return Calendar(str(version), frozenset(int(year) for year in years), off, frozenset(worked))


def _read_year(year: str, days: Any, off: dict[date, str], worked: set[date], faults: list[str]) -> None:
    names = days.get("off") if isinstance(days, Mapping) else None
    made_up = days.get("worked") if isinstance(days, Mapping) else None
    if not (len(year) == 4 and year.isdecimal() and isinstance(names, Mapping) and names and isinstance(made_up, list)):
        faults.append(f"“{year}”：应为四位年份，写明放假日期及名称（off）和调休上班日期（worked，可以为空）")
        return
    for text, name in names.items():
        if (day := _day(text, year, faults)) is None:
            continue
        if not isinstance(name, str) or not name:
            faults.append(f"{year} 年：{text} 没有节日名称")
        off[day] = str(name)
    for text in made_up:
        if (day := _day(text, year, faults)) is None:
            continue
        if day.weekday() < 5:
            faults.append(f"{year} 年：{text} 不是周末，不能列为调休上班日")
        if day in off:
            faults.append(f"{year} 年：{text} 同时列为放假和上班")
        worked.add(day)


def _day(text: Any, year: str, faults: list[str]) -> date | None:
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError):
        faults.append(f"{year} 年：“{text}”不是日期")
        return None
    if str(day.year) != year:
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
    return Calendar(addition.version, base.years | addition.years, off, worked, addition.years)
