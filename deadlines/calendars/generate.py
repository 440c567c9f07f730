"""Writes the calendar file from the maintained packages; run when they publish a new year, and commit the result.

    python -m deadlines.calendars.generate

2004 to 2026 come from `chinesecalendar`, 2002 and 2003 (which it lacks) from `holidays`. Where both know a year they are
compared as working day or not, and every difference is written into the file: `chinesecalendar` wins, since it is transcribed from
the notices of the State Council day by day, while `holidays` leaves out weekends inside a holiday. Where a package is wrong,
`corrections.json` says so with the notice; a test counts that each year rests as many days as the law gives.
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar.constants as notices
import holidays

FOLDER = Path(__file__).parent
TARGET = FOLDER / "cn-2026.2.json"
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def from_notices(year: int) -> tuple[dict[str, str], list[str]]:
    """(days off → name, weekend days worked) of a year that chinesecalendar knows."""
    off = {d.isoformat(): NAMES.get(name, name) for d, name in notices.holidays.items() if d.year == year}
    return off, [d.isoformat() for d in notices.workdays if d.year == year]


def from_holidays(year: int) -> tuple[dict[str, str], list[str]]:
    """The same from `holidays`; weekends between two days off belong to the holiday."""
    known = holidays.country_holidays("CN", years=[year, year + 1], language="zh_CN")
    off = {d: name.split("（", maxsplit=1)[0] for d, name in known.items() if d.year == year}
    worked = set(known.weekend_workdays)
    name, filled = "", {}
    for offset in range(366):
        day = date(year, 1, 1) + timedelta(offset)
        if day in off:
            name = off[day] if off[day] != "休息日" else name
            filled[day.isoformat()] = name
        elif day.weekday() >= 5 and day not in worked and (day - timedelta(1)).isoformat() in filled:
            filled[day.isoformat()] = name
        elif day.weekday() < 5:
            name = ""
    return filled, [d.isoformat() for d in worked if d.year == year]


def correct(years: dict[str, dict[str, Any]], corrections: list[dict[str, Any]]) -> None:
    """Puts right what a package has wrong: days that were worked, weekends that were not, days that the notice lists as free."""
    for correction in corrections:
        for day in correction.get("works", []):
            days = years[day[:4]]
            days["off"].pop(day, None)
            if date.fromisoformat(day).weekday() >= 5:
                days["worked"] = sorted({*days["worked"], day})
        for day in correction.get("rests", []):
            years[day[:4]]["worked"].remove(day)
        for day, name in correction.get("off", {}).items():
            years[day[:4]]["off"] = dict(sorted({**years[day[:4]]["off"], day: name}.items()))


def main() -> None:
    """Writes the file and says what differs."""
    years: dict[str, dict[str, Any]] = {}
    differences: list[str] = []
    for year in range(2002, 2027):
        off, worked = from_notices(year) if year >= 2004 else from_holidays(year)
        years[str(year)] = {"off": dict(sorted(off.items())), "worked": sorted(worked)}
        if year >= 2004:
            differences += _compare(year, off, worked)
    corrections = json.loads((FOLDER / "corrections.json").read_text("utf-8"))
    correct(years, corrections)
    content = {
        "version": TARGET.stem,
        "source": "国务院办公厅关于部分节假日安排的通知（2002-2026），取自 chinesecalendar 1.11.0 与 holidays 0.109",
        "differences_between_packages": differences,
        "corrections": corrections,
        "years": years,
    }
    TARGET.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{len(years)} years, {len(differences)} differences between the packages\n")


def _compare(year: int, off: dict[str, str], worked: list[str]) -> list[str]:
    known = holidays.country_holidays("CN", years=[year, year + 1], language="zh_CN")
    found = []
    for offset in range(366):
        day = date(year, 1, 1) + timedelta(offset)
        if day.year != year:
            continue
        ours = day.isoformat() in worked or (day.weekday() < 5 and day.isoformat() not in off)
        theirs = day in known.weekend_workdays or (day.weekday() < 5 and day not in known)
        if ours != theirs:
            found.append(
                f"{day.isoformat()}: chinesecalendar {'works' if ours else 'rests'}, holidays {'works' if theirs else 'rests'}"
            )
    return found


if __name__ == "__main__":
    main()
