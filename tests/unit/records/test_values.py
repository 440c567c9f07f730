"""Numbers on paper: what is taken, what is refused, and with which sentence."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal

import pytest

from records.sentences import SENTENCES, ValueRefused
from records.values import InvoiceCode, InvoiceNumber, TaxpayerId, parse_date, parse_money


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("330203123456789", "330203"),
        ("33020312345678X", "330203"),
        ("33020360010112301", "330203"),
        ("3302036001011230A", "330203"),
        ("330203196001011230", "330203"),
        ("33020319600101123X", "330203"),
        ("33020319600101123X01", "330203"),
        ("91330203MA2AE0AA5X", "330203"),
    ],
)
def test_a_taxpayer_number_tells_its_region(text: str, region: str) -> None:
    assert TaxpayerId(text).region == region


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "taxpayer_length"),
        ("3302031234567", "taxpayer_length"),
        ("3302031234567891", "taxpayer_length"),
        ("33020312345678x", "taxpayer_characters"),
        ("\uff13\uff130203123456789", "taxpayer_characters"),
        ("33020312345678 ", "taxpayer_characters"),
        ("A30203123456789", "taxpayer_shape"),
        ("33020360010112A01", "taxpayer_shape"),
        ("33020319600101123Y", "taxpayer_shape"),
    ],
)
def test_a_taxpayer_number_of_the_wrong_shape_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        TaxpayerId(text)

    assert refused.value.refusal.code == code


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("330203D2143569X", True),
        ("330203D21435690", False),
        ("11010519491231002X", True),
        ("110105194912310021", False),
        ("11010519491231002X01", True),
        ("33020360010112301", None),
        ("91330203MA2AE0AA5X", None),
    ],
)
def test_a_taxpayer_number_bears_its_own_check(text: str, fits: bool | None) -> None:
    assert TaxpayerId(text).check_fits is fits


@pytest.mark.parametrize("text", ["330001214", "33000121400", "330001214O", "\uff13300012140", "3300012140 ", ""])
def test_an_invoice_code_has_ten_digits(text: str) -> None:
    with pytest.raises(ValueRefused, match="应为 10 位数字"):
        InvoiceCode(text)


@pytest.mark.parametrize("text", ["1234567", "123456789", "1234567.", "-1234567", "१२३४५६७८"])
def test_an_invoice_number_has_eight_digits(text: str) -> None:
    with pytest.raises(ValueRefused, match="应为 8 位数字"):
        InvoiceNumber(text)


def test_leading_zeros_of_an_invoice_number_are_kept() -> None:
    assert InvoiceNumber("00000007") == "00000007"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"),
        ("12345.6", "12345.60"),
        ("1,234,567.80", "1234567.80"),
        ("-100000", "-100000"),
        ("1.500", "1.50"),
        ("+5.", "5"),
    ],
)
def test_money_is_exact(text: str, amount: str) -> None:
    assert parse_money(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.005", "money_decimals"),
        ("1e5", "money_shape"),
        ("NaN", "money_shape"),
        ("\uff11\uff12", "money_shape"),
        ("12,34", "money_shape"),
        ("¥5", "money_shape"),
        ("1000000000000", "money_range"),
        ("--1", "money_shape"),
    ],
)
def test_money_of_the_wrong_shape_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        parse_money(text)

    assert refused.value.refusal.code == code


@pytest.mark.parametrize("text", ["2001-07-03", "2001/7/3", "2001-7-3", "20010703", "2001年7月3日"])
def test_a_day_may_be_written_in_four_ways(text: str) -> None:
    assert parse_date(text) == date(2001, 7, 3)


@pytest.mark.parametrize(
    ("text", "code"),
    [("2001-02-29", "date_none"), ("20011301", "date_none"), ("7/3/2001", "date_shape"), ("2001-07/03", "date_shape")],
)
def test_a_day_that_does_not_exist_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        parse_date(text)

    assert refused.value.refusal.code == code


@pytest.mark.parametrize("code", SENTENCES)
def test_both_languages_name_known_figures_only(code: str) -> None:
    zh, en = ({field for _, field, _, _ in string.Formatter().parse(text) if field} for text in SENTENCES[code])

    assert {name.removesuffix("_en") for name in en} == zh
