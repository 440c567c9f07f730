"""The built-in functions of DMN 1.3, chapter 10.3.4. A wrong argument gives null, as the text wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    InvalidOperation,
)
from typing import Any

from engine.feel import temporal
from engine.feel.errors import FeelLimitError
from engine.feel.patterns import is_bearable
from engine.feel.values import CONTEXT, Months, Range, add, compare, equal, kind, plain

TEXT_LIMIT = 100_000


def _flat(args: tuple[Any, ...]) -> list[Any]:
    return list(args[0]) if len(args) == 1 and isinstance(args[0], list) else list(args)


def _numbers(args: tuple[Any, ...]) -> list[Decimal] | None:
    values = _flat(args)
    return values if values and all(isinstance(v, Decimal) for v in values) else None


def _pattern(text: str, length: int, flags: str = "") -> re.Pattern[str]:
    if not is_bearable(text, length):
        raise FeelLimitError("正则表达式过长，或重复过多")
    known = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}
    value = 0
    for flag in flags or "":
        value |= known.get(flag, 0)
    return re.compile(text, value)


def to_string(value: Any) -> str | None:
    """The text of any value, as `string()` gives it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (date, time, timedelta, Months)):
        return temporal.to_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(_quoted(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_quoted(v)}" for k, v in value.items()) + "}"
    return str(value)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else to_string(value) or "null"


def number(text: Any, group: Any = None, point: Any = None) -> Decimal | None:
    """A number from text, with optional grouping and decimal separators."""
    if isinstance(text, Decimal):
        return text
    if not isinstance(text, str) or len(text) > 100:
        return None
    if group:
        text = text.replace(group, "")
    if point:
        text = text.replace(point, ".")
    if not re.fullmatch(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,4})?\s*", text):
        return None
    return CONTEXT.create_decimal(text.strip())


def _date(*args: Any) -> date | None:
    if len(args) == 3 and all(isinstance(a, Decimal) for a in args):
        try:
            return date(int(args[0]), int(args[1]), int(args[2]))
        except ValueError:
            return None
    if len(args) == 1 and isinstance(args[0], datetime):
        return args[0].date()
    if len(args) == 1 and isinstance(args[0], date):
        return args[0]
    return temporal.parse_date(args[0]) if len(args) == 1 and isinstance(args[0], str) else None


def _moment(*args: Any) -> datetime | None:
    if len(args) == 2 and isinstance(args[0], date) and isinstance(args[1], time):
        return datetime.combine(args[0], args[1])
    return temporal.parse_moment(args[0]) if len(args) == 1 and isinstance(args[0], str) else None


def _time(*args: Any) -> time | None:
    if len(args) == 1 and isinstance(args[0], datetime):
        return args[0].timetz()
    if len(args) >= 3 and all(isinstance(a, Decimal) for a in args[:3]):
        try:
            return time(int(args[0]), int(args[1]), int(args[2]))
        except ValueError:
            return None
    return temporal.parse_time(args[0]) if len(args) == 1 and isinstance(args[0], str) else None


def _years_months(start: Any, end: Any) -> Months | None:
    if not isinstance(start, date) or not isinstance(end, date):
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return Months(months)


def _substring(text: Any, start: Any, length: Any = None) -> str | None:
    if not isinstance(text, str) or not isinstance(start, Decimal) or start == 0:
        return None
    begin = int(start) - 1 if start > 0 else len(text) + int(start)
    if begin < 0:
        return None
    return text[begin:] if length is None else text[begin : begin + int(length)]


def _extreme(operator: str) -> Callable[..., Any]:
    def pick(*args: Any) -> Any:
        values = _flat(args)
        best: Any = None
        for value in values:
            if value is None:
                return None
            if best is None or compare(operator, value, best) is True:
                best = value
        return best

    return pick


def _all(*args: Any) -> bool | None:
    values = _flat(args)
    if any(v is False for v in values):
        return False
    return True if all(v is True for v in values) else None


def _any(*args: Any) -> bool | None:
    values = _flat(args)
    if any(v is True for v in values):
        return True
    return False if all(v is False for v in values) else None


def _sum(*args: Any) -> Any:
    values = _flat(args)
    if not values:
        return None
    total = values[0]
    for value in values[1:]:
        total = add(total, value)
    return total


def _mean(*args: Any) -> Decimal | None:
    values = _numbers(args)
    return None if values is None else CONTEXT.divide(sum(values, Decimal(0)), Decimal(len(values)))


def _median(*args: Any) -> Decimal | None:
    values = _numbers(args)
    if values is None:
        return None
    values.sort()
    half = len(values) // 2
    return values[half] if len(values) % 2 else CONTEXT.divide(values[half - 1] + values[half], Decimal(2))


def _rounded(mode: str) -> Callable[..., Decimal | None]:
    def act(value: Any, scale: Any = Decimal(0)) -> Decimal | None:
        if not isinstance(value, Decimal) or not isinstance(scale, Decimal) or abs(scale) > 6000:
            return None
        try:
            return value.quantize(Decimal(1).scaleb(-int(scale)), rounding=mode, context=CONTEXT)
        except InvalidOperation:
            return None

    return act


def _modulo(a: Any, b: Any) -> Decimal | None:
    if not isinstance(a, Decimal) or not isinstance(b, Decimal) or not b:
        return None
    return CONTEXT.subtract(a, CONTEXT.multiply(b, CONTEXT.divide(a, b).to_integral_value(ROUND_FLOOR)))


def _distinct(values: Any) -> list[Any] | None:
    if not isinstance(values, list):
        return None
    kept: list[Any] = []
    for value in values:
        if not any(equal(value, k) is True for k in kept):
            kept.append(value)
    return kept


def _flatten(values: Any) -> list[Any]:
    if not isinstance(values, list):
        return [values]
    return [leaf for value in values for leaf in _flatten(value)]


def _replace(text: Any, pattern: Any, by: Any, flags: Any = "") -> str | None:
    if not all(isinstance(a, str) for a in (text, pattern, by)) or len(text) > TEXT_LIMIT:
        return None
    return _pattern(pattern, len(text), flags).sub(re.sub(r"\$(\d)", r"\\\1", by), text)


def _strings(act: Callable[..., Any]) -> Callable[..., Any]:
    """A function of strings that answers null for anything else."""
    return lambda *args: act(*args) if all(isinstance(a, str) for a in args) else None


def _lists(act: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: act(*args) if args and isinstance(args[0], list) else None


def _sublist(values: list[Any], start: Any, length: Any = None) -> list[Any] | None:
    begin = int(start) - 1 if start > 0 else len(values) + int(start)
    return values[begin:] if length is None else values[begin : begin + int(length)]


def _contains(values: list[Any], wanted: Any) -> bool:
    return any(equal(v, wanted) is True for v in values)


def _count(*args: Any) -> Decimal:
    return Decimal(len(_flat(args)))


def _part(name: str) -> Callable[[Any], Any]:
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    parts: dict[str, Callable[[date], Any]] = {
        "day of week": lambda d: names[d.weekday()],
        "month of year": lambda d: months[d.month - 1],
        "day of year": lambda d: Decimal(d.timetuple().tm_yday),
        "week of year": lambda d: Decimal(d.isocalendar().week),
    }
    return lambda value: parts[name](value) if isinstance(value, date) else None


def _context_put(context: Any, key: Any, value: Any) -> dict[str, Any] | None:
    return {**context, key: value} if isinstance(context, dict) and isinstance(key, str) else None


def _merge(contexts: Any) -> dict[str, Any] | None:
    if not isinstance(contexts, list) or not all(isinstance(c, dict) for c in contexts):
        return None
    return {k: v for c in contexts for k, v in c.items()}


def _bounds(value: Any) -> tuple[Any, Any]:
    return (value.low, value.high) if isinstance(value, Range) else (value, value)


def _join(values: Iterable[Any], delimiter: str = "") -> str:
    return delimiter.join(v for v in values if isinstance(v, str))


BUILTINS: dict[str, Callable[..., Any]] = {
    "number": number,
    "string": to_string,
    "date": _date,
    "time": _time,
    "date and time": _moment,
    "duration": lambda text: temporal.parse_duration(text) if isinstance(text, str) else None,
    "years and months duration": _years_months,
    "not": lambda value: None if not isinstance(value, bool) else not value,
    "is defined": lambda value: value is not None,
    "substring": _substring,
    "string length": _strings(lambda s: Decimal(len(s))),
    "upper case": _strings(str.upper),
    "lower case": _strings(str.lower),
    "trim": _strings(str.strip),
    "substring before": _strings(lambda s, m: s.partition(m)[0] if m in s else ""),
    "substring after": _strings(lambda s, m: s.partition(m)[2] if m in s else ""),
    "contains": _strings(lambda s, m: m in s),
    "starts with": _strings(lambda s, m: s.startswith(m)),
    "ends with": _strings(lambda s, m: s.endswith(m)),
    "matches": _strings(lambda s, p, f="": bool(_pattern(p, len(s), f).search(s[:TEXT_LIMIT]))),
    "replace": _replace,
    "split": _strings(lambda s, p: _pattern(p, len(s)).split(s[:TEXT_LIMIT])),
    "list contains": _lists(_contains),
    "count": _count,
    "min": _extreme("<"),
    "max": _extreme(">"),
    "sum": _sum,
    "mean": _mean,
    "median": _median,
    "product": lambda *a: None if _numbers(a) is None else CONTEXT.create_decimal(_product(_numbers(a) or [])),
    "all": _all,
    "any": _any,
    "and": _all,
    "or": _any,
    "sublist": _lists(_sublist),
    "append": _lists(lambda values, *more: values + list(more)),
    "concatenate": lambda *lists: [v for part in lists for v in (part if isinstance(part, list) else [part])],
    "insert before": _lists(lambda values, at, new: [*values[: int(at) - 1], new, *values[int(at) - 1 :]]),
    "remove": _lists(lambda values, at: [*values[: int(at) - 1], *values[int(at) :]]),
    "reverse": _lists(lambda values: values[::-1]),
    "index of": _lists(lambda values, wanted: [Decimal(i + 1) for i, v in enumerate(values) if equal(v, wanted) is True]),
    "union": lambda *lists: _distinct([v for part in lists for v in part]),
    "distinct values": _distinct,
    "sort": _lists(lambda values: sorted(values, key=lambda value: (kind(value), value))),
    "flatten": _flatten,
    "string join": _lists(_join),
    "floor": _rounded(ROUND_FLOOR),
    "ceiling": _rounded(ROUND_CEILING),
    "decimal": _rounded(ROUND_HALF_EVEN),
    "round up": _rounded(ROUND_UP),
    "round down": _rounded(ROUND_DOWN),
    "round half up": _rounded(ROUND_HALF_UP),
    "round half down": _rounded(ROUND_HALF_DOWN),
    "abs": lambda value: CONTEXT.abs(value) if isinstance(value, Decimal) else abs(value) if isinstance(value, timedelta) else None,
    "modulo": _modulo,
    "sqrt": lambda v: CONTEXT.sqrt(v) if isinstance(v, Decimal) and v >= 0 else None,
    "exp": lambda v: CONTEXT.exp(v) if isinstance(v, Decimal) and v < 14_000 else None,
    "log": lambda v: CONTEXT.ln(v) if isinstance(v, Decimal) and v > 0 else None,
    "odd": lambda v: v % 2 == 1 if isinstance(v, Decimal) else None,
    "even": lambda v: v % 2 == 0 if isinstance(v, Decimal) else None,
    "day of week": _part("day of week"),
    "month of year": _part("month of year"),
    "day of year": _part("day of year"),
    "week of year": _part("week of year"),
    "get value": lambda c, k: plain(c.get(k)) if isinstance(c, dict) else None,
    "get entries": lambda c: [{"key": k, "value": v} for k, v in c.items()] if isinstance(c, dict) else None,
    "context put": _context_put,
    "context merge": _merge,
    "before": lambda a, b: compare("<", _bounds(a)[1], _bounds(b)[0]),
    "after": lambda a, b: compare(">", _bounds(a)[0], _bounds(b)[1]),
    "includes": lambda a, b: a.holds(b) if isinstance(a, Range) and not isinstance(b, Range) else None,
    "during": lambda a, b: b.holds(a) if isinstance(b, Range) and not isinstance(a, Range) else None,
}


def _product(values: list[Decimal]) -> Decimal:
    total = Decimal(1)
    for value in values:
        total = CONTEXT.multiply(total, value)
    return total


def kind_matches(value: Any, name: str) -> bool:
    """`value instance of name`."""
    return name == "Any" or kind(value).replace(" ", "_") == name or kind(value) == name
