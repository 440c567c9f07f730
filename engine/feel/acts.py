"""What a compiled expression does while it is evaluated: calls, loops, filters, parts of values."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel.errors import FeelLimitError
from engine.feel.evaluation import Environment
from engine.feel.functions import BUILTINS
from engine.feel.parameters import PARAMETERS
from engine.feel.values import Months, Range, equal, plain

Node = Callable[[Environment], Any]


def passes(value: Any, test: Any, *, asks: bool) -> bool | None:
    """Whether a value passes a test of a cell, or one of a list; one that `asks` has looked at `?` by itself."""
    if asks:
        return test is True
    if isinstance(test, Range):
        return test.holds(value)
    if isinstance(test, list):
        return any(passes(value, t, asks=False) for t in test)
    return equal(value, test)


def call(env: Environment, name: str, positional: list[Any], named: dict[str, Any]) -> Any:
    """The answer of a function of the host or of DMN; raises FeelLimitError for one that is not there."""
    given = [*positional, *named.values()]
    env.spend(1 + sum(len(a) for a in given if isinstance(a, (list, str))) // 16)
    if name in env.context.functions:
        return plain(env.context.functions[name](*positional, **named))
    if name in {"now", "today"} and not given and env.context.now is not None:
        return env.context.now if name == "now" else env.context.now.date()
    function = BUILTINS.get(name)
    if function is None:
        raise FeelLimitError(f"没有名为 {name} 的函数")
    try:
        return function(*_by_place(name, named) if named else positional)
    except (TypeError, ValueError, IndexError, AttributeError, ArithmeticError, re.error):
        return None  # a wrong argument gives null (DMN 1.3, 10.3.2.13)


def _by_place(name: str, named: dict[str, Any]) -> list[Any]:
    """Named arguments in the order of the parameters; one that is left out before another is null."""
    order = PARAMETERS.get(name, tuple(named))
    last = max((place for place, parameter in enumerate(order) if parameter in named), default=-1)
    return [named.get(parameter) for parameter in order[: last + 1]]


def each(env: Environment, iterators: list[tuple[str, Node]], depth: int, act: Callable[[], object]) -> None:
    """Acts once for every combination of what the iterators give, the last one turning fastest."""
    if depth == len(iterators):
        env.spend()
        act()
        return
    name, source = iterators[depth]
    values = source(env)
    if values is None:
        return
    hidden = env.locals.get(name)
    for value in values if isinstance(values, (list, range)) else [values]:
        env.locals[name] = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else plain(value)
        each(env, iterators, depth + 1, act)
    if hidden is None:
        env.locals.pop(name, None)
    else:
        env.locals[name] = hidden


def counting(low: Any, high: Any) -> Any:
    """The whole numbers from one to the other, upwards or downwards."""
    if not isinstance(low, Decimal) or not isinstance(high, Decimal) or abs(low) > 10**15 or abs(high) > 10**15:
        return None
    return range(int(low), int(high) + 1) if low <= high else range(int(low), int(high) - 1, -1)


_PARTS: dict[str, Callable[[Any], Any]] = {
    "year": lambda d: Decimal(d.year),
    "month": lambda d: Decimal(d.month),
    "day": lambda d: Decimal(d.day),
    "weekday": lambda d: Decimal(d.isoweekday()),
}
_CLOCK_PARTS: dict[str, Callable[[Any], Any]] = {
    "hour": lambda t: Decimal(t.hour),
    "minute": lambda t: Decimal(t.minute),
    "second": lambda t: Decimal(t.second),
}


def part_of(value: Any, name: str) -> Any:
    """An entry of a context, a part of a date, time or duration; of a list, that of each."""
    if isinstance(value, dict):
        return plain(value.get(name))
    if isinstance(value, list):
        return [part_of(v, name) for v in value]
    if isinstance(value, date) and name in _PARTS:
        return _PARTS[name](value)
    if isinstance(value, (datetime, time)) and name in _CLOCK_PARTS:
        return _CLOCK_PARTS[name](value)
    return _duration_part(value, name)


def _duration_part(value: Any, name: str) -> Any:
    if isinstance(value, Months) and name in {"years", "months"}:
        return Decimal(int(value.months / 12)) if name == "years" else Decimal(value.months % 12)
    if isinstance(value, timedelta):
        parts = {
            "days": value.days,
            "hours": value.seconds // 3600,
            "minutes": value.seconds // 60 % 60,
            "seconds": value.seconds % 60,
        }
        return Decimal(parts[name]) if name in parts else None
    return None


def filtered(env: Environment, source: Any, condition: Node) -> Any:
    """What of a list the condition keeps, or the one at its number; fields of a context are names in it."""
    values = source if isinstance(source, list) else [] if source is None else [source]
    if not values or not any(isinstance(v, dict) for v in values):
        index = condition(env)
        if isinstance(index, Decimal):
            return _indexed(values, index)
    kept, before = [], dict(env.locals)
    for _position, value in enumerate(values):
        env.spend()
        env.locals = {
            **before,
            **({k: plain(v) for k, v in value.items()} if isinstance(value, dict) else {}),
            "item": plain(value),
        }
        hit = condition(env)
        env.locals = before
        if isinstance(hit, Decimal):
            return _indexed(values, hit)
        if hit is True:
            kept.append(value)
    return kept


def _indexed(values: list[Any], index: Decimal) -> Any:
    position = int(index)
    if position > 0:
        return plain(values[position - 1]) if position <= len(values) else None
    return plain(values[position]) if position and -position <= len(values) else None
