"""Paper against card: figures exact to the hundredth, stock invoice by invoice. Source: Xicheng, 三(二)2, 三(二)4, 三(三), 三(七)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.forms.comparison import headline
from engine.registry import Declined
from handlers.upgrade_comparing import all_agree, ranges, rows

CODE = "1100034140"


def volume(first: int, last: int, *, code: str = CODE, count: int | None = None) -> dict[str, Any]:
    return {"code": code, "number_from": f"{first:08}", "number_to": f"{last:08}", "count": last - first + 1 if count is None else count}


@pytest.mark.parametrize(("paper", "card", "kept", "agrees", "difference"), [
    (Decimal("25"), 25, (25, 25), True, None),  # what a form took and what a card said
    (25, 23, (25, 23), False, 2),
    (Decimal("1200"), "1200.00", (Decimal("1200.00"), Decimal("1200.00")), True, None),
    ("12,345.60", Decimal("12345.61"), (Decimal("12345.60"), Decimal("12345.61")), False, Decimal("-0.01")),
    (Decimal("0.1") + Decimal("0.2"), "0.3", (Decimal("0.30"), Decimal("0.30")), True, None),
    (Decimal("1.005"), "1.00", (Decimal("1.005"), Decimal("1.00")), False, Decimal("0.005")),  # never rounded into agreement
    (Decimal("-100.00"), "-100.00", (Decimal("-100.00"), Decimal("-100.00")), True, None),
    (0, None, (0, None), False, None),
    (None, None, (None, None), False, None),
    ("00000012", "12", ("00000012", "12"), False, None),  # numbers of invoices are no figures
    (" 2026-03 ", "2026-03", ("2026-03", "2026-03"), True, None),
    ("已抄报", "", ("已抄报", None), False, None),
    (True, True, (True, True), True, None),
])  # fmt: skip
def test_a_pair_agrees_exactly_or_not_at_all(paper: Any, card: Any, kept: tuple[Any, Any], agrees: bool, difference: Any) -> None:
    [row] = rows([("份数", "count", paper, card)])

    assert (row["what"], row["what_en"]) == ("份数", "count")
    assert (row["paper"], row["card"]) == kept
    assert (str(row["paper"]), str(row["card"])) == tuple(map(str, kept))  # two places are kept, not only equal
    assert (row["agrees"], row["difference"]) == (agrees, difference)


def test_a_float_is_no_figure() -> None:
    with pytest.raises(TypeError, match="no exact figure"):
        rows([("金额", "amount", 0.3, "0.30")])


def test_ranges_name_what_is_on_one_side_only() -> None:
    found = ranges([volume(1, 25), volume(26, 30), volume(7, 7, code="1100053140")], [volume(11, 40)])

    assert [(row["what"], row["paper"], row["card"], row["agrees"], row["difference"]) for row in found] == [
        (f"代码 {CODE}，号码 00000001–00000010", 10, None, False, 10),
        (f"代码 {CODE}，号码 00000011–00000030", 20, 20, True, None),
        (f"代码 {CODE}，号码 00000031–00000040", None, 10, False, -10),
        ("代码 1100053140，号码 00000007", 1, None, False, 1),
        ("合计份数", 31, 30, False, 1),
    ]
    assert found[0]["what_en"] == f"code {CODE}, no. 00000001–00000010"
    assert not all_agree(found)
    assert (headline(found), headline(found, "en")) == ("1 项相符，4 项不符", "1 agree, 4 differ")


def test_the_same_stock_in_other_pieces_agrees() -> None:
    found = ranges([volume(1, 10), volume(11, 25)], [volume(1, 25)])

    assert [row["agrees"] for row in found] == [True, True]
    assert all_agree(found)
    assert (headline(found), headline(found, "en")) == ("2 项全部相符", "all 2 agree")


def test_a_range_twice_on_one_side_differs() -> None:
    found = ranges([volume(1, 10), volume(6, 10)], [volume(1, 10)])

    assert [(row["paper"], row["card"], row["agrees"]) for row in found] == [(5, 5, True), (10, 5, False), (15, 10, False)]


def test_a_count_against_its_own_numbers_shows_in_the_sum() -> None:
    found = ranges([volume(1, 10, count=9)], [volume(1, 10)])

    assert [(row["paper"], row["card"], row["agrees"]) for row in found] == [(10, 10, True), (9, 10, False)]


def test_nothing_on_both_sides_is_said_and_agrees() -> None:
    found = ranges(None, [])

    assert [(row["what"], row["paper"], row["card"]) for row in found] == [("发票份数", 0, 0)]
    assert all_agree(found)
    assert not all_agree([])
    assert headline([]) == "尚未核对"


@pytest.mark.parametrize(("first", "last", "said"), [("00000009", "00000008", "小于起号"), ("A", "00000008", "不是数字"), ("", "", "不是数字")])
def test_what_is_no_range_is_declined(first: str, last: str, said: str) -> None:
    with pytest.raises(Declined, match=said):
        ranges([{"code": CODE, "number_from": first, "number_to": last, "count": 1}], [])


pieces = st.lists(st.tuples(st.sampled_from([CODE, "1100053140"]), st.integers(1, 30), st.integers(0, 8)), max_size=5)


@given(pieces, pieces)
def test_ranges_as_counting_each_invoice_finds_them(paper: list[tuple[str, int, int]], card: list[tuple[str, int, int]]) -> None:
    def single(given_pieces: list[tuple[str, int, int]]) -> list[tuple[str, int]]:
        return sorted((code, number) for code, first, more in given_pieces for number in range(first, first + more + 1))

    found = ranges(*([volume(first, first + more, code=code) for code, first, more in side] for side in (paper, card)))

    assert all_agree(found) == (single(paper) == single(card))
    assert sum(row["paper"] or 0 for row in found[:-1]) == len(single(paper)) == found[-1]["paper"]
    assert sum(row["card"] or 0 for row in found[:-1]) == len(single(card)) == found[-1]["card"]
