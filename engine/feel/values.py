"""The values of FEEL and what the operators do with them: three-valued logic, Decimal, dates and the two durations."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

CONTEXT = Context(prec=34, traps=[DivisionByZero, InvalidOperation, Overflow], Emax=6144, Emin=-6143)  # decimal128
STRING_LIMIT = 1_000_000


@dataclass(frozen=True, order=True)
class Months:
    """A duration of years and months, counted in months."""

    months: int

    def __str__(self) -> str:
        sign, rest = ("-", -self.months) if self.months < 0 else ("", self.months)
        years, months = divmod(rest, 12)
        return sign + "P" + (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")


@dataclass(frozen=True)
class Range:
    """From `low` to `high`; None on a side is open-ended."""

    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True

    def holds(self, value: Any) -> bool | None:
        """Whether the value lies inside; None when it cannot be compared."""
        above = True if self.low is None else compare(">=" if self.low_closed else ">", value, self.low)
        below = True if self.high is None else compare("<=" if self.high_closed else "<", value, self.high)
        return None if above is None or below is None else above and below


def plain(value: Any) -> Any:
    """A host value as FEEL sees it: ints and floats become Decimal, tuples lists."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, tuple):
        return list(value)
    return value


def kind(value: Any) -> str:
    """The name of the FEEL type."""
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return "unknown"


_KINDS: list[tuple[Any, str]] = [
    (type(None), "null"),
    (bool, "boolean"),
    ((Decimal, int, float), "number"),
    (str, "string"),
    (datetime, "date and time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "days and time duration"),
    (Months, "years and months duration"),
    (Range, "range"),
    (list, "list"),
    (dict, "context"),
]


def equal(a: Any, b: Any) -> bool | None:
    """FEEL equality: null equals null only; values of different types do not compare."""
    if a is None or b is None:
        return a is b
    if kind(a) != kind(b):
        return None
    if isinstance(a, list):
        return len(a) == len(b) and all(equal(x, y) is True for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) is True for k in a)
    if isinstance(a, datetime) and (a.tzinfo is None) != (b.tzinfo is None):
        return None
    return bool(a == b)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def compare(operator: str, a: Any, b: Any) -> bool | None:
    """One of the six comparisons; None where the types do not allow it."""
    if operator == "=":
        return equal(a, b)
    if operator == "!=":
        same = equal(a, b)
        return None if same is None else not same
    if a is None or b is None or kind(a) != kind(b) or isinstance(a, (bool, list, dict, Range)):
        return None
    if isinstance(a, (datetime, time)) and (a.tzinfo is None) != (b.tzinfo is None):
        return None
    return bool(_ORDER[operator](a, b))


def shift_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def add(a: Any, b: Any) -> Any:
    """Sum of numbers, durations, a moment and a duration; joined strings."""
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return _number(CONTEXT.add, a, b)
    if isinstance(a, str) and isinstance(b, str) and len(a) + len(b) <= STRING_LIMIT:
        return a + b
    if isinstance(a, (Months, timedelta)) and isinstance(b, (date, time)):
        a, b = b, a
    return _shift(a, b, 1)


def sub(a: Any, b: Any) -> Any:
    """Difference of numbers, moments or durations."""
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return _number(CONTEXT.subtract, a, b)
    if kind(a) == kind(b) and isinstance(a, date):
        try:
            return a - b
        except TypeError:
            return None
    return _shift(a, b, -1)


def _shift(a: Any, b: Any, sign: int) -> Any:
    try:
        if isinstance(a, Months) and isinstance(b, Months):
            return Months(a.months + sign * b.months)
        if isinstance(a, timedelta) and isinstance(b, timedelta):
            return a + sign * b
        if isinstance(a, date) and isinstance(b, Months):
            return shift_months(a, sign * b.months)
        if isinstance(a, date) and isinstance(b, timedelta):
            return a + sign * b
    except (OverflowError, ValueError):
        return None
    return None


def mul(a: Any, b: Any) -> Any:
    """Product of numbers, or of a duration and a number."""
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return _number(CONTEXT.multiply, a, b)
    if isinstance(b, (Months, timedelta)):
        a, b = b, a
    if isinstance(a, Months) and isinstance(b, Decimal):
        return Months(int(a.months * b))
    if isinstance(a, timedelta) and isinstance(b, Decimal):
        return _scaled(lambda: a * float(b))
    return None


def div(a: Any, b: Any) -> Any:
    """Quotient; None when dividing by zero."""
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return _number(CONTEXT.divide, a, b)
    if isinstance(a, timedelta) and isinstance(b, Decimal) and b:
        return _scaled(lambda: a / float(b))
    if isinstance(a, Months) and isinstance(b, Decimal) and b:
        return Months(int(a.months / b))
    return None


def power(a: Any, b: Any) -> Any:
    """Power; None where it is not a number of 34 digits within range."""
    if isinstance(a, Decimal) and isinstance(b, Decimal) and abs(b) <= 10_000:
        return _number(CONTEXT.power, a, b)
    return None


def negate(a: Any) -> Any:
    """The negative of a number or duration."""
    if isinstance(a, Decimal):
        return CONTEXT.minus(a)
    if isinstance(a, timedelta):
        return -a
    return Months(-a.months) if isinstance(a, Months) else None


def _scaled(act: Callable[[], timedelta]) -> timedelta | None:
    try:
        return act()
    except (OverflowError, ZeroDivisionError):  # longer than a date can carry, or by what a float takes for nothing
        return None


def _number(act: Callable[[Decimal, Decimal], Decimal], a: Decimal, b: Decimal) -> Decimal | None:
    try:
        return act(a, b)
    except (DivisionByZero, InvalidOperation, Overflow):
        return None
