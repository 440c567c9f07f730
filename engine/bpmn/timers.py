"""The texts of BPMN timers: ISO 8601, or FEEL that gives a moment, a date or a duration. Statutory terms are not counted here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel import FeelSyntaxError, Months, compile_expression
from engine.feel.temporal import parse_duration, parse_moment
from engine.feel.values import shift_months

SHANGHAI = ZoneInfo("Asia/Shanghai")
_CYCLE = re.compile(r"R(\d{0,6})/(.+)")


@dataclass(frozen=True)
class Cycle:
    """`R3/PT1H`: how often (None without end) and how far apart."""

    times: int | None
    step: timedelta | Months


def timer_fault(kind: str, text: str) -> str:
    """Why a timer text cannot be used, in Chinese; empty if it can."""
    if not text:
        return "定时没有填写时间"
    if kind == "cycle":
        return "" if parse_cycle(text) else f"循环定时“{text}”应写成 R次数/间隔，如 R3/P1D"
    if parse_duration(text) is not None or parse_moment(text) is not None:
        return ""
    try:
        compile_expression(text)
    except FeelSyntaxError:
        return f"定时“{text}”既不是 ISO 8601 时间，也不是表达式"
    return ""


def parse_cycle(text: str) -> Cycle | None:
    """`R3/P1D` or `R/PT1H`; a cycle shorter than a minute is refused."""
    match = _CYCLE.fullmatch(text)
    step = parse_duration(match[2]) if match else None
    if match is None or step is None or (isinstance(step, timedelta) and step < timedelta(minutes=1)):
        return None
    return Cycle(int(match[1]) if match[1] else None, step)


def after(moment: datetime, step: timedelta | Months) -> datetime:
    """A moment later by a duration; months are counted by the calendar in Asia/Shanghai, clamped to the month's end."""
    if isinstance(step, timedelta):
        return moment + step
    there = moment.astimezone(SHANGHAI)
    return datetime.combine(shift_months(there.date(), step.months), there.timetz()).astimezone(UTC)


def due_moment(kind: str, text: str, now: datetime, evaluate: Callable[[str], Any]) -> datetime | None:
    """When a timer is due, aware and UTC; None when its expression gives nothing (it then waits to be told)."""
    if kind == "cycle":
        cycle = parse_cycle(text)
        return after(now, cycle.step) if cycle else None
    value: Any = parse_duration(text)
    if value is None:
        value = parse_moment(text) if text[:1].isdigit() else evaluate(text)
    return as_moment(value, now)


def as_moment(value: Any, now: datetime) -> datetime | None:
    """A duration counts from now; a date means its first moment in Asia/Shanghai; a naive moment is Beijing time."""
    if isinstance(value, str):
        value = parse_duration(value) or parse_moment(value)
    if isinstance(value, (timedelta, Months)):
        return after(now, value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), SHANGHAI).astimezone(UTC)
    return None
