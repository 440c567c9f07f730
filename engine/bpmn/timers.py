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
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=36525)
LONGEST_MONTHS = 1200
_CYCLE = re.compile(r"R(\d{0,6})/(.+)")
_SINCE = " since "
_MEANT = re.compile(r"[+-]?PT?\d[\w.]*|\d{4}-\d\d-\d\d.*")  # as FEEL, a name that nobody has, or a subtraction


@dataclass(frozen=True)
class Cycle:
    """`R3/PT1H`: how often (None without end) and how far apart."""

    times: int | None
    step: timedelta | Months

    def turn(self, number: int, since: datetime) -> datetime:
        """The moment of the `number`-th turn; each is counted from the beginning, so that the 31st comes back after February."""
        return after(since, self.step * number if isinstance(self.step, timedelta) else Months(self.step.months * number))


def timer_fault(kind: str, text: str) -> str:
    """Why a timer text cannot be used, in Chinese; empty if it can."""
    if not text:
        return "定时没有填写时间"
    cycle = parse_cycle(text) if kind == "cycle" else None
    if kind == "cycle" and cycle is None:
        return f"循环定时“{text}”应写成 R次数/间隔，如 R3/P1D；次数至少一次，间隔至少一分钟"
    step = cycle.step if cycle else parse_duration(text)
    if step is not None and not _is_within_a_century(step):
        return f"定时“{text}”超过一百年"
    if not is_expression(kind, text):
        return ""
    if _MEANT.fullmatch(text):
        return f"定时“{text}”不是 ISO 8601 的时间或时间段（年月与日时不能混用）"
    try:
        compile_expression(text)
    except FeelSyntaxError:
        return f"定时“{text}”既不是 ISO 8601 时间，也不是表达式"
    return ""


def is_expression(kind: str, text: str) -> bool:
    """Whether a timer text is FEEL, to be evaluated, and says no time by itself."""
    return kind != "cycle" and _written(text) is None


def parse_cycle(text: str) -> Cycle | None:
    """`R3/P1D` or `R/PT1H`; one of no turn is refused, and one that does not move on by a minute or a month at least."""
    match = _CYCLE.fullmatch(text)
    step = parse_duration(match[2]) if match else None
    if match is None or step is None or (match[1] and not int(match[1])) or not _moves_on(step):
        return None
    return Cycle(int(match[1]) if match[1] else None, step)


def _moves_on(step: timedelta | Months) -> bool:
    return step >= SHORTEST if isinstance(step, timedelta) else step.months >= 1


def _is_within_a_century(step: timedelta | Months) -> bool:
    return abs(step) <= LONGEST if isinstance(step, timedelta) else abs(step.months) <= LONGEST_MONTHS


def kept(text: str, since: datetime) -> str:
    """A cycle as the row of a turn keeps it, with its beginning: a turn that a short month has clamped to its end, or that was put off,
    does not tell it any more.
    """
    return f"{text}{_SINCE}{since.isoformat()}"


def counted_from(text: str, turn: int, due_at: datetime) -> datetime:
    """The beginning of a cycle, by the row of one of its turns (see `kept`); older rows of days and hours name none."""
    written, _, since = text.partition(_SINCE)
    if since:
        return datetime.fromisoformat(since)
    cycle = parse_cycle(written)
    return cycle.turn(-turn, due_at) if cycle else due_at


def after(moment: datetime, step: timedelta | Months) -> datetime:
    """A moment later by a duration; months are counted by the calendar in Asia/Shanghai, clamped to the month's end."""
    if isinstance(step, timedelta):
        return moment + step
    there = moment.astimezone(SHANGHAI)
    return datetime.combine(shift_months(there.date(), step.months), there.timetz()).astimezone(UTC)


def due_moment(text: str, now: datetime, evaluate: Callable[[str], Any]) -> datetime | None:
    """When a timer that is no cycle is due, aware and UTC; None when its expression gives nothing (it then waits to be told)."""
    value: Any = _written(text)
    return as_moment(evaluate(text) if value is None else value, now)


def _written(text: str) -> timedelta | Months | datetime | None:
    """The duration or moment that a text says by itself."""
    step = parse_duration(text)
    return parse_moment(text) if step is None else step


def as_moment(value: Any, now: datetime) -> datetime | None:
    """A duration counts from now; a date means its first moment in Asia/Shanghai; a naive moment is Beijing time."""
    if isinstance(value, str):
        value = _written(value)
    if isinstance(value, (timedelta, Months)):
        return after(now, value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), SHANGHAI).astimezone(UTC)
    return None
