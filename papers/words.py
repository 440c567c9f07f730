"""How amounts, days and counts are written on official papers; the filters that templates may use."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import Undefined

from papers.chinese_numerals import amount_in_capitals, in_words

ARABIC_SINCE = date(2012, 7, 1)  # the day from which GB/T 9704-2012 is in force


def money(value: Any) -> str:
    """`1234567.5` → 1,234,567.50; empty for nothing."""
    return "" if _is_nothing(value) else f"{Decimal(str(value)):,.2f}"


def capitals(value: Any) -> str:
    """An amount in 大写; empty for nothing."""
    return "" if _is_nothing(value) else amount_in_capitals(Decimal(str(value)))


def day(value: Any) -> str:
    """`2026-03-02` → 2026年3月2日; empty for nothing."""
    parsed = _day(value)
    return f"{parsed.year}年{parsed.month}月{parsed.day}日" if parsed else ""


def signing_day(value: Any) -> str:
    """The day beneath the office's name, as the standard of that day has it: 2026年3月2日, and until the end of June 2012 二〇〇一年七月三十日.

    Source: GB/T 9704-2012 第7.3.5.4条 (Arabic numerals, in force from 2012-07-01); GB/T 9704-1999 (Chinese ones). Empty for nothing.
    """
    parsed = _day(value)
    if parsed is None or parsed >= ARABIC_SINCE:
        return day(parsed)
    year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(parsed.year))
    return f"{year}年{in_words(parsed.month)}月{in_words(parsed.day)}日"


def term(count: int, unit: str) -> str:
    """A term in the words of a letter: 一个月, 两个月, 15日, 5个工作日; empty for a unit that no letter names."""
    if unit == "month":
        return f"{'两' if count == 2 else in_words(count)}个月"
    return {"day": f"{count}日", "working_day": f"{count}个工作日"}.get(unit, "")


def sentence(value: Any) -> str:
    """What somebody typed as a sentence of a letter: with one full stop at its end; empty for nothing."""
    said = "" if _is_nothing(value) else str(value).rstrip().rstrip("。；;.,，、")
    return said if not said or said.endswith(("！", "？", "：", "”。")) else f"{said}。"


def plain(value: Any) -> Any:
    """What a template prints: an absent value leaves its cell empty."""
    return "" if value is None else value


def _is_nothing(value: Any) -> bool:
    return value in (None, "") or isinstance(value, Undefined)


def _day(value: Any) -> date | None:
    if not value:
        return None
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
