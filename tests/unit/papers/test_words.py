"""Amounts in capitals, days and terms as official papers write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from jinja2 import Undefined

from papers import words
from papers.chinese_numerals import amount_in_capitals, in_words

CAPITALS = {
    "0": "零元整", "0.00": "零元整", "0.01": "壹分", "0.10": "壹角整", "0.15": "壹角伍分", "0.05": "伍分", "0.99": "玖角玖分", "1": "壹元整",
    "1.01": "壹元零壹分", "1.10": "壹元壹角整", "1.23": "壹元贰角叁分", "10": "壹拾元整", "10.05": "壹拾元零伍分", "11": "壹拾壹元整",
    "20": "贰拾元整", "100": "壹佰元整", "101": "壹佰零壹元整", "110": "壹佰壹拾元整", "115.20": "壹佰壹拾伍元贰角整", "1000": "壹仟元整",
    "1001": "壹仟零壹元整", "1010": "壹仟零壹拾元整", "1100": "壹仟壹佰元整", "1409.50": "壹仟肆佰零玖元伍角整", "6007.14": "陆仟零柒元壹角肆分",
    "1680.32": "壹仟陆佰捌拾元叁角贰分", "107000.53": "壹拾万零柒仟元伍角叁分", "16409.02": "壹万陆仟肆佰零玖元零贰分", "325.04": "叁佰贰拾伍元零肆分",
    "10000": "壹万元整", "10001": "壹万零壹元整", "10100": "壹万零壹佰元整", "11000": "壹万壹仟元整", "100000": "壹拾万元整",
    "100001": "壹拾万零壹元整", "110000": "壹拾壹万元整", "1000000": "壹佰万元整", "1000500.05": "壹佰万零伍佰元零伍分",
    "10000000": "壹仟万元整", "100000000": "壹亿元整", "100000001": "壹亿零壹元整", "100010000": "壹亿零壹万元整",
    "1001000000": "壹拾亿零壹佰万元整", "1000000000000": "壹万亿元整", "1000000000001": "壹万亿零壹元整",
    "12345678901.23": "壹佰贰拾叁亿肆仟伍佰陆拾柒万捌仟玖佰零壹元贰角叁分", "-5.50": "负伍元伍角整",
    "9999999999999999.99": "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
}  # fmt: skip


@pytest.mark.parametrize(("amount", "capitals"), CAPITALS.items())
def test_an_amount_in_capitals(amount: str, capitals: str) -> None:
    assert amount_in_capitals(Decimal(amount)) == capitals


@pytest.mark.parametrize("amount", ["0.001", "10000000000000000", "1.005"])
def test_what_no_paper_can_write_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        amount_in_capitals(Decimal(amount))


def test_counting_words() -> None:
    assert [in_words(n) for n in (0, 1, 9, 10, 11, 20, 21, 31, 99)] == ["零", "一", "九", "十", "十一", "二十", "二十一", "三十一", "九十九"]
    with pytest.raises(ValueError, match="0 to 99"):
        in_words(100)


def test_the_day_of_a_signature_is_written_out() -> None:
    """In figures since GB/T 9704-2012 is in force, in Chinese numerals before."""
    assert words.signing_day("2026-10-31") == "2026年10月31日"
    assert words.signing_day("2012-07-01") == "2012年7月1日"
    assert words.signing_day("2012-06-30") == "二〇一二年六月三十日"
    assert words.signing_day(date(2001, 7, 30)) == "二〇〇一年七月三十日"
    assert words.day("2026-03-02") == "2026年3月2日"


def test_a_term_in_the_words_of_a_letter() -> None:
    assert [words.term(1, "month"), words.term(2, "month"), words.term(12, "month")] == ["一个月", "两个月", "十二个月"]
    assert [words.term(15, "day"), words.term(5, "working_day"), words.term(2, "day_of_month")] == ["15日", "5个工作日", ""]


@pytest.mark.parametrize("nothing", [None, "", Undefined()])
def test_nothing_leaves_its_cell_empty(nothing: object) -> None:
    assert [write(nothing) for write in (words.money, words.capitals, words.day, words.signing_day)] == ["", "", "", ""]
    assert words.plain(None) == ""
    assert words.plain(0) == 0


@pytest.mark.parametrize(("typed", "printed"), [
    ("同意", "同意。"), ("同意。", "同意。"), ("资料齐全；", "资料齐全。"), ("属实.", "属实。"), ("是否属实？", "是否属实？"), (" ", ""), (None, ""), (Undefined(), ""),
])  # fmt: skip
def test_what_somebody_typed_ends_in_a_letter_with_one_full_stop(typed: object, printed: str) -> None:
    assert words.sentence(typed) == printed
