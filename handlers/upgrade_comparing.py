"""Compares figures of the upgrade day, paper against card: what agrees, what differs and by how much. Pure; exact to the hundredth.

A figure is a whole number (count) or a Decimal (money), as texts too; everything else is compared as text. Whatever was compared stays a row
`{what, what_en, paper, card, agrees, difference}`, so that page, history and paper show the same.

Source: Xicheng, 三(一)2, 三(一)3, 三(二)2, 三(二)4, 三(三), 三(七).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from engine.registry import Declined

Pair = tuple[str, str, Any, Any]  # what, what_en, on paper, on the card
Row = dict[str, Any]

_WRITTEN = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?")
_CENT = Decimal("0.01")
_NONE = ("发票份数", "invoices")


def rows(pairs: Iterable[Pair]) -> list[Row]:
    """A row of each pair, in their order. Money has two places, a count has none; what one side does not have at all differs.

    Source: Xicheng, 三(二)2.
    """
    return [_row(*pair) for pair in pairs]


def ranges(paper_rows: Iterable[Mapping[str, Any]] | None, card_rows: Iterable[Mapping[str, Any]] | None) -> list[Row]:
    """Two lists of {code, number_from, number_to, count} invoice by invoice: each range that is on paper only, on the card only, on both or twice on one.

    At the end the sums of the counts as they are written, where a count that contradicts its own numbers shows. Raises Declined for numbers that are none.

    Source: Xicheng, 三(二)4, 三(三), 三(七).
    """
    paper, card = list(paper_rows or ()), list(card_rows or ())
    found = [_range(code, first, last, *times) for code, first, last, times in _stretches(paper, card)]
    return [*found, _row(*(("合计份数", "invoices in all") if found else _NONE), _sum(paper), _sum(card))]


def all_agree(compared: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every row agrees; where nothing was compared, nothing agrees."""
    return bool(compared) and all(row["agrees"] for row in compared)


def _row(what: str, what_en: str, paper: Any, card: Any) -> Row:
    of_paper, of_card = _figure(paper), _figure(card)
    both = of_paper is not None and of_card is not None and not (isinstance(paper, str) and isinstance(card, str) and not _is_money(of_paper, of_card))
    if not both:  # two texts of digits are numbers of something, not figures: 00000012 is not 12
        left, right = _alone(paper), _alone(card)
        return {"what": what, "what_en": what_en, "paper": left, "card": right, "agrees": left is not None and left == right, "difference": None}
    assert of_paper is not None
    assert of_card is not None
    money, agrees = _is_money(of_paper, of_card), of_paper == of_card
    difference = None if agrees else _kept(of_paper - of_card, money=money)
    return {"what": what, "what_en": what_en, "paper": _kept(of_paper, money=money), "card": _kept(of_card, money=money), "agrees": agrees, "difference": difference}


def _figure(value: Any) -> Decimal | None:
    """A value as an exact number; None for a text or nothing. Raises TypeError for a float, which is never exact."""
    if isinstance(value, float):
        raise TypeError(f"{value!r} is no exact figure: take a Decimal")
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    text = str(value).strip()
    return Decimal(text.replace(",", "")) if _WRITTEN.fullmatch(text) else None


def _is_money(*figures: Decimal) -> bool:
    return any(int(figure.as_tuple().exponent) < 0 for figure in figures)


def _kept(figure: Decimal, *, money: bool) -> int | Decimal:
    """A figure as it is kept: money with two places (more only where there are more), a count whole."""
    if not money:
        return int(figure)
    cents = figure.quantize(_CENT)
    return cents if cents == figure else figure


def _alone(value: Any) -> Any:
    """One side of what is no pair of figures."""
    if isinstance(value, str):
        return value.strip() or None
    figure = _figure(value)
    return value if figure is None else _kept(figure, money=_is_money(figure))


def _range(code: str, first: str, last: str, on_paper: int, on_card: int) -> Row:
    numbers = first if first == last else f"{first}–{last}"
    count = int(last) - int(first) + 1
    return _row(f"代码 {code}，号码 {numbers}", f"code {code}, no. {numbers}", on_paper * count or None, on_card * count or None) | {
        "difference": (on_paper - on_card) * count or None
    }


Stretch = tuple[str, str, str, tuple[int, int]]  # code, from, to, how many times on paper and on the card


def _stretches(paper: Sequence[Mapping[str, Any]], card: Sequence[Mapping[str, Any]]) -> Iterator[Stretch]:
    """The numbers of every code, cut wherever a list begins or ends; neighbours that stand alike on both sides are one."""
    turns: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    width = 0
    for side, given in enumerate((paper, card)):
        for one in given:
            first, last = _bounds(one)
            code = str(one.get("code") or "").strip()
            turns[code][first][side] += 1
            turns[code][last + 1][side] -= 1
            width = max(width, len(str(one["number_from"]).strip()))
    for code in sorted(turns):
        places, times = sorted(turns[code]), [0, 0]
        cut = []
        for place, following in pairwise(places):
            times = [now + turn for now, turn in zip(times, turns[code][place], strict=True)]
            cut.append((place, following - 1, (times[0], times[1])))
        for both, together in groupby(cut, key=lambda stretch: stretch[2]):
            alike = list(together)
            if both != (0, 0):
                yield code, str(alike[0][0]).zfill(width), str(alike[-1][1]).zfill(width), both


def _bounds(one: Mapping[str, Any]) -> tuple[int, int]:
    first, last = str(one.get("number_from") or "").strip(), str(one.get("number_to") or "").strip()
    if not (first.isascii() and first.isdecimal() and last.isascii() and last.isdecimal()):
        raise Declined(f"发票号码“{first}”至“{last}”不是数字", f"invoice numbers {first!r} to {last!r} are no numbers")
    if int(last) < int(first):
        raise Declined(f"发票止号 {last} 小于起号 {first}", f"the last invoice number {last} is before the first, {first}")
    return int(first), int(last)


def _sum(given: Sequence[Mapping[str, Any]]) -> int:
    """The counts as they are written; where none is written, as the numbers have it."""
    total = 0
    for one in given:
        first, last = _bounds(one)
        stated = _figure(one.get("count"))
        total += last - first + 1 if stated is None else int(stated)
    return total
