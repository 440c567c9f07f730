"""The space of what a table may be asked, cut into cells: within one, every rule says the same of every value.

A number has each value that a cell of the table names, and what lies beneath, between and above them; so have dates, times and durations. A
text has each that is named, and any other. Null is a value of its own, unless the allowed values of the column keep it out (`not(null)`, or
any list without null) or its expression always has a value. Allowed values bound the space. Two columns with the same expression are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from itertools import pairwise
from typing import Any

from engine.dmn.decide import is_allowed
from engine.dmn.read import Decision, Input
from engine.feel.landmarks import Landmark, Opaque, asks_yes_or_no, landmarks, never_null
from engine.feel.temporal import to_text
from engine.feel.values import Months, kind

_KINDS = {
    "string": "string", "boolean": "boolean", "number": "number", "integer": "number", "long": "number", "double": "number", "date": "date",
    "time": "time", "datetime": "date and time", "dateandtime": "date and time",
    "daysandtimeduration": "days and time duration", "daytimeduration": "days and time duration",
    "yearsandmonthsduration": "years and months duration", "yearmonthduration": "years and months duration",
}  # fmt: skip
_WHOLE = {"integer", "long"}
_EXACT = Context(prec=11_000)  # longer than an expression may be
_EPOCH, _MICROSECOND = datetime(1, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
ANYTHING, OTHER = ("任意值", "any value"), ("其他文字", "any other text")


@dataclass(frozen=True)
class Cell:
    """Values of which the table says the same; `value` is one of them."""

    value: Any
    zh: str
    en: str


@dataclass(frozen=True)
class Dimension:
    """One expression that the table asks, in one or several columns, and the cells of its values."""

    text: str
    label: str
    columns: tuple[int, ...]
    cells: tuple[Cell, ...]


def dimensions(decision: Decision) -> list[Dimension]:
    """What the table asks, in the order of its columns; raises Opaque, with a sentence, where that cannot be told from its text."""
    places: dict[str, list[int]] = {}
    for place, column in enumerate(decision.inputs):
        places.setdefault(" ".join(column.expression.text.split()), []).append(place)
    return [_dimension(decision, columns) for columns in places.values()]


def marks_of(decision: Decision, place: int) -> list[Landmark]:
    """The values with which the cells of a column, and its allowed values, compare; raises Opaque as `dimensions`."""
    column, marks = decision.inputs[place], list[Landmark]()
    for where, tests in [*((rule.id, rule.tests[place]) for rule in decision.rules), ("", column.values)]:
        try:
            marks += landmarks(tests.text) if tests is not None else ()
        except Opaque as error:
            zh, en = (f"规则 {where} ", f"in rule {where} ") if where else ("允许取值", "in the allowed values ")
            raise Opaque(f"输入“{column.label}”{zh}的条件无法分析：{error.zh}", f"the test of {column.expression.text} {en}cannot be analysed: {error.en}") from None
    return marks


def shown(value: Any) -> str:
    """A value as it is written in a cell."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Decimal):
        return f"{value:f}" if "." not in f"{value:f}" else f"{value:f}".rstrip("0").rstrip(".")
    return f'"{value}"' if isinstance(value, str) else to_text(value)


def _plain_type(column: Input) -> str:
    return column.type.rpartition(":")[2].replace(" ", "").lower()


def _dimension(decision: Decision, places: list[int]) -> Dimension:
    columns, marks = [decision.inputs[p] for p in places], [mark for p in places for mark in marks_of(decision, p)]
    first = columns[0]
    named, found = _KINDS.get(_plain_type(first), ""), {kind(mark.value) for mark in marks}
    if named and found - {named}:
        others = "、".join(sorted(found - {named}))
        raise Opaque(f"输入“{first.label}”是 {named}，条件却与 {others} 比较，永远不会命中", f"{first.expression.text} is {named} and is compared with {others}: never hit")
    kinds = {named} if named else found or ({"boolean"} if asks_yes_or_no(first.expression.text) else set())
    cells = [cell for one in sorted(kinds) for cell in _cells(one, [m for m in marks if kind(m.value) == one], whole=_plain_type(first) in _WHOLE)]
    cells = cells or [Cell("?", *ANYTHING)]
    if not never_null(first.expression.text):
        cells.append(Cell(None, "空（null）", "null"))
    allowed = tuple(cell for cell in cells if all(is_allowed(column, cell.value, {}) for column in columns))
    if not allowed:
        raise Opaque(f"输入“{first.label}”的允许取值是空的", f"no value of {first.expression.text} is allowed")
    return Dimension(first.expression.text, first.label, tuple(places), allowed)


def _cells(one: str, marks: list[Landmark], *, whole: bool) -> Iterator[Cell]:
    if one == "boolean":
        yield from (Cell(True, "true", "true"), Cell(False, "false", "false"))
    elif one == "string" and not any(mark.ordered for mark in marks):
        named = list(dict.fromkeys(mark.value for mark in marks))
        yield from (_point(text) for text in named)
        yield Cell(_other(named), *OTHER)
    elif one in _LINES:
        yield from _along(_LINES[one] if not whole else _WHOLE_NUMBERS, _sorted(marks))
    else:
        raise Opaque(f"不能分析 {one} 类型的条件", f"tests of the type {one} cannot be analysed")


def _sorted(marks: list[Landmark]) -> list[Any]:
    if any(isinstance(mark.value, time) and mark.value.tzinfo for mark in marks):
        raise Opaque("与带时区的钟点比较", "it compares with a time of day in a zone")
    try:
        return sorted({mark.value for mark in marks})
    except TypeError:
        raise Opaque("与带时区和不带时区的时间混合比较", "it compares with times of a zone and without one") from None


def _point(value: Any) -> Cell:
    return Cell(value, shown(value), shown(value))


def _other(named: list[str]) -> str:
    """A text that nobody names."""
    return next(text for n in range(len(named) + 1) if (text := f"其他{n or ''}") not in named)


@dataclass(frozen=True)
class _Line:
    """An ordered kind of values: some value below one, between two, above one; None where there is none."""

    below: Callable[[Any], Any]
    between: Callable[[Any, Any], Any]
    above: Callable[[Any], Any]
    anywhere: Any
    holds: Callable[[Any], bool] = lambda _value: True


def _along(line: _Line, marks: list[Any]) -> Iterator[Cell]:
    if not marks:
        yield Cell(line.anywhere, *ANYTHING)
        return
    yield from _stretch(line.below(marks[0]), f"< {shown(marks[0])}")
    for mark, following in pairwise([*marks, None]):
        if line.holds(mark):
            yield _point(mark)
        if following is not None:
            yield from _stretch(line.between(mark, following), f"({shown(mark)}..{shown(following)})")
    yield from _stretch(line.above(marks[-1]), f"> {shown(marks[-1])}")


def _stretch(value: Any, text: str) -> Iterator[Cell]:
    if value is not None:
        yield Cell(value, text, text)


def _counted(count: Callable[[Any], int], back: Callable[[int, Any], Any], anywhere: Any) -> _Line:
    """A kind whose values can be counted; `back` gives the value of a count, like another value."""

    def at(number: int, like: Any) -> Any:
        try:
            return back(number, like)
        except (OverflowError, ValueError):  # before the first or after the last
            return None

    def between(a: Any, b: Any) -> Any:
        middle = (count(a) + count(b)) // 2
        return at(middle, a) if count(a) < middle < count(b) else None

    return _Line(lambda v: at(count(v) - 1, v), between, lambda v: at(count(v) + 1, v), anywhere)


def _whole_between(a: Decimal, b: Decimal) -> Decimal | None:
    after = a.to_integral_value(ROUND_FLOOR) + 1
    return after if after < b else None


def _text_between(a: str, b: str) -> str | None:
    return next((text for text in (a + "0", a + "\0") if text < b), None)


_NUMBERS = _Line(lambda v: _EXACT.subtract(v, Decimal(1)), lambda a, b: _EXACT.divide(_EXACT.add(a, b), Decimal(2)), lambda v: _EXACT.add(v, Decimal(1)), Decimal(1))
_WHOLE_NUMBERS = _Line(
    lambda v: v.to_integral_value(ROUND_CEILING) - 1, _whole_between, lambda v: v.to_integral_value(ROUND_FLOOR) + 1, Decimal(1), lambda v: v == v.to_integral_value()
)
_LINES: dict[str, _Line] = {
    "number": _NUMBERS,
    "string": _Line(lambda v: "" if v else None, _text_between, lambda v: v + "0", "?"),
    "date": _counted(date.toordinal, lambda n, _like: date.fromordinal(n), date(2001, 1, 1)),
    "time": _counted(
        lambda v: (v.hour * 3600 + v.minute * 60 + v.second) * 1_000_000 + v.microsecond,
        lambda n, _like: (_EPOCH + n * _MICROSECOND).time() if 0 <= n < 86_400_000_000 else None,
        time(12, 0),
    ),
    "date and time": _counted(
        lambda v: (v - _EPOCH.replace(tzinfo=v.tzinfo and UTC)) // _MICROSECOND,
        lambda n, like: _EPOCH.replace(tzinfo=like.tzinfo and UTC) + n * _MICROSECOND,
        datetime(2001, 1, 1, tzinfo=UTC),
    ),
    "days and time duration": _counted(lambda v: v // _MICROSECOND, lambda n, _like: n * _MICROSECOND, timedelta(days=1)),
    "years and months duration": _counted(lambda v: v.months, lambda n, _like: Months(n), Months(1)),
}
