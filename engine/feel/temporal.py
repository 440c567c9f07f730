"""Dates, times and durations from text and back, as ISO 8601 writes them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.feel.values import Months

_DURATION = re.compile(
    r"(-?)P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?"
)


def parse_date(text: str) -> date | None:
    """`2026-03-02`."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """`09:30:00`, with or without offset."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """`2026-03-02T09:30:00+08:00`; a date alone is its midnight."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def parse_duration(text: str) -> Months | timedelta | None:
    """`P1Y2M` or `P3DT4H`; the two kinds do not mix."""
    match = _DURATION.fullmatch(text)
    if not match or text.endswith("T"):
        return None
    sign = -1 if match[1] else 1
    years, months = int(match[2] or 0), int(match[3] or 0)
    try:
        rest = timedelta(
            weeks=int(match[4] or 0),
            days=int(match[5] or 0),
            hours=int(match[6] or 0),
            minutes=int(match[7] or 0),
            seconds=float(match[8] or 0),
        )
    except OverflowError:  # more than a date can carry
        return None
    if match[2] or match[3]:
        return None if rest else Months(sign * (years * 12 + months))
    return sign * rest


def parse_any(text: str) -> Any:
    """What stands in `@"…"`: the first of duration, date, time, date and time that fits."""
    for parse in (parse_duration, parse_date, parse_time, parse_moment):
        value = parse(text)
        if value is not None:
            return value
    return None


def to_text(value: Any) -> str:
    """The ISO text of a temporal value."""
    if isinstance(value, timedelta):
        return _duration_text(value)
    return str(value) if isinstance(value, Months) else str(value.isoformat())


def _duration_text(value: timedelta) -> str:
    if not value:
        return "PT0S"
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    parts = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    if seconds or fraction:
        parts += f"{seconds}{fraction}S"
    return f"{sign}P{f'{value.days}D' if value.days else ''}{f'T{parts}' if parts else ''}"
