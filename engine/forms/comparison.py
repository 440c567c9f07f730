"""A comparison, as a form shows it: what stands on one side, what on the other, and where they differ. Nothing of it is entered.

The component has the type `comparison`; its key names the variable of the case, a list of
`{what, what_en, paper, card, agrees, difference}`; the properties `paper`, `paper_en`, `card`, `card_en` are the heads of the two columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

KIND = "comparison"
HEADS = ("paper", "card")


@dataclass(frozen=True)
class Line:
    """One row as it is read; `said` is how far apart the sides are, in words, or empty."""

    what: str
    paper: str
    card: str
    is_number: bool
    agrees: bool
    said: str


@dataclass(frozen=True)
class Compared:
    """A comparison in the language of the page."""

    paper: str
    card: str
    headline: str
    agrees: bool
    lines: tuple[Line, ...]


def headline(rows: Sequence[Mapping[str, Any]], locale: str = "zh") -> str:
    """The result in a few words: “3 项相符，1 项不符”."""
    english, right = locale.startswith("en"), sum(1 for row in rows if row.get("agrees") is True)
    wrong = len(rows) - right
    if not rows:
        return "nothing compared yet" if english else "尚未核对"
    if not wrong:
        return f"all {right} agree" if english else f"{right} 项全部相符"
    if not right:
        return f"all {wrong} differ" if english else f"{wrong} 项全部不符"
    return f"{right} agree, {wrong} differ" if english else f"{right} 项相符，{wrong} 项不符"


def rows_of(value: Any) -> list[Mapping[str, Any]]:
    """The rows of a variable; none where the case holds no comparison under its name."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, (list, tuple)) else []


def read(heads: Mapping[str, str], value: Any, locale: str = "zh") -> Compared:
    """A comparison ready to be drawn; `heads` are the properties of the component."""
    rows = rows_of(value)
    paper, card = (_in(locale, heads.get(head), heads.get(f"{head}_en")) for head in HEADS)
    lines = tuple(_line(row, paper, card, locale) for row in rows)
    return Compared(paper, card, headline(rows, locale), bool(lines) and all(line.agrees for line in lines), lines)


def _in(locale: str, zh: Any, en: Any) -> str:
    return str(en or zh or "") if locale.startswith("en") else str(zh or "")


def _line(row: Mapping[str, Any], paper: str, card: str, locale: str) -> Line:
    left, right, apart = row.get("paper"), row.get("card"), row.get("difference")
    is_number = all(one is None or (isinstance(one, (int, Decimal)) and not isinstance(one, bool)) for one in (left, right))
    said = ""
    if isinstance(apart, (int, Decimal)) and apart:
        more, by = (paper if apart > 0 else card), _text(abs(apart), locale)
        said = f"{more}: {by} more" if locale.startswith("en") else f"{more}多 {by}"
    return Line(_in(locale, row.get("what"), row.get("what_en")), _text(left, locale), _text(right, locale), is_number, row.get("agrees") is True, said)


def _text(value: Any, locale: str) -> str:
    if value is None or value == "":
        return "none" if locale.startswith("en") else "无"
    if isinstance(value, bool):
        return ("yes" if value else "no") if locale.startswith("en") else "是" if value else "否"
    if isinstance(value, (int, Decimal)):
        return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    return value.isoformat() if isinstance(value, date) else str(value)
