"""How values look on a page: moments in Shanghai, money with separators, sizes, readable variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from db.clock import SHANGHAI
from engine import standstill
from records.coinvestigation.rules import told_apart
from web.languages import is_english
from web.names import office_name
from web.tasks.drawing import lines, runs

KB = 1024
BOTH = {"zh", "en"}  # a variable that says the same in both languages


def moment(value: datetime | None) -> str:
    """`2026-03-02 09:00` in Shanghai; empty for None."""
    return "" if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def short_moment(value: datetime | None) -> str:
    """`03-02 09:00` in Shanghai, for lists where the year is plain."""
    return "" if value is None else value.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def day(value: date | None) -> str:
    """`2026-03-02`; a moment counts as the day it is in Shanghai. The date of a clock that stands is no day."""
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).date()
    return "" if value is None or standstill.stands(value) else value.isoformat()


def money(value: Decimal | int | str | None) -> str:
    """`1,234,567.80`, always with two decimals; empty for None."""
    if value is None or value == "":
        return ""
    return f"{Decimal(str(value)):,.2f}"


def count(value: Decimal | int | None) -> str:
    """`12,345`, with only the decimals that are there."""
    if value is None:
        return ""
    number = Decimal(str(value))
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,f}"


def size(value: int) -> str:
    """`12 kB`, `3.4 MB`: the size of a file."""
    if value < KB:
        return f"{value} B"
    return f"{value / KB:.0f} kB" if value < KB * KB else f"{value / KB / KB:.1f} MB"


def value_text(value: Any) -> str:
    """Any case variable as a person would write it; structures become short lists, and what was said in both languages (zh, en) the one of the page."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, (int, Decimal)):
        return count(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Mapping) and value.keys() == BOTH:
        return value_text(value["en" if is_english() else "zh"])
    if isinstance(value, Mapping):
        return "；".join(f"{k}：{value_text(v)}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        rows = bool(value) and isinstance(value[0], Mapping)
        return str(_("%(n)s 项", n=len(value))) if rows else "、".join(value_text(v) for v in value)
    return str(value)


def fact(value: Any, kind: str) -> str:
    """A value of the case header in the format that procedure.yaml asks for: text, money, date, count or office."""
    if value is None or value == "":
        return "—"
    if kind == "money" and isinstance(value, (int, str, Decimal)):
        return str(_("%(amount)s 元", amount=money(value)))
    if kind == "office":
        return office_name(str(value))
    if kind == "count" and isinstance(value, (int, Decimal)):
        return count(value)
    return value_text(value)


def initial(name: str) -> str:
    """The first character of a name, for the round badge beside it."""
    return name[:1] or "?"


FILTERS = {
    "runs": runs,
    "lines": lines,
    "moment": moment,
    "short_moment": short_moment,
    "day": day,
    "money": money,
    "count": count,
    "size": size,
    "value_text": value_text,
    "fact": fact,
    "initial": initial,
    "told_apart": told_apart,
}
