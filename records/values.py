"""Numbers on paper that have a shape: taxpayer numbers, invoice codes and numbers, amounts, dates of issue.

Checked is the *shape* that every such number had on the paper special invoices of 2001, never whether it is plausible: a
face that came from certification because its numbers are wrong must be kept exactly as it was printed.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Self

from records.sentences import ValueRefused

_CODE = re.compile(r"[0-9]{10}")
_NUMBER = re.compile(r"[0-9]{8}")
_TAXPAYER = re.compile(r"[0-9A-Z]+")
_MONEY = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]*))?")
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|([0-9]{2})([0-9]{2})|年([0-9]{1,2})月([0-9]{1,2})日)"
)
_SHAPES = {
    15: (re.compile(r"[0-9]{6}[0-9A-Z]{9}"), "6 位地区码加 9 位数字或字母", "6 digits of the region and 9 digits or letters"),
    17: (re.compile(r"[0-9]{15}[0-9A-Z]{2}"), "15 位数字加 2 位序号", "15 digits and 2 of sequence"),
    18: (
        re.compile(r"[0-9]{17}[0-9X]|[159ANY][0-9A-Z][0-9]{6}[0-9A-Z]{10}"),
        "身份证号码或统一社会信用代码",
        "an identity card's number or a unified social credit code",
    ),
    20: (re.compile(r"[0-9]{17}[0-9X][0-9A-Z]{2}"), "18 位身份证号码加 2 位序号", "an identity card's number and 2 of sequence"),
}
_CREDIT_CODE = re.compile(r"[9ANY][0-9A-Z]([0-9]{6})[0-9A-Z]{10}")
MONEY_LIMIT = Decimal(10) ** 12  # what a column of the registers can show


class TaxpayerId(str):
    """A 纳税人识别号 of 15, 17, 18 or 20 characters; raises ValueRefused for anything else."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        shape = _SHAPES.get(len(text))
        if shape is None:
            raise ValueRefused("taxpayer_length", value=text, length=len(text))
        if not _TAXPAYER.fullmatch(text):
            raise ValueRefused("taxpayer_characters", value=text)
        if not shape[0].fullmatch(text):
            raise ValueRefused("taxpayer_shape", value=text, length=len(text), shape=shape[1], shape_en=shape[2])
        return str.__new__(cls, text)

    @property
    def region(self) -> str:
        """The six digits of the place of registration."""
        credit = _CREDIT_CODE.fullmatch(self) if len(self) == 18 else None
        return credit[1] if credit else self[:6]

    @property
    def check_fits(self) -> bool | None:
        """Whether the check character is right; None for kinds that bear none (17 characters, social credit codes).

        Source: GB 11714-1997 for the organisation's code in 15 characters, GB 11643-1999 for identity cards.
        """
        if len(self) == 15:
            return _organisation_check(self[6:14]) == self[14]
        if len(self) == 17 or not self[:17].isdecimal():
            return None
        return _identity_check(self[:17]) == self[17]


def _organisation_check(code: str) -> str:
    """The ninth character for eight of an organisation's code, where A counts 10 and Z 35."""
    rest = sum(int(character, 36) * weight for character, weight in zip(code, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return "0X987654321"[rest]


def _identity_check(digits: str) -> str:
    """The eighteenth character for the first seventeen of an identity card's number."""
    rest = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(digits)) % 11
    return "10X98765432"[rest]


class InvoiceCode(str):
    """A 发票代码 of 10 digits; raises ValueRefused for anything else."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _CODE.fullmatch(text):
            raise ValueRefused("invoice_code", value=text, length=len(text))
        return str.__new__(cls, text)


class InvoiceNumber(str):
    """A 发票号码 of 8 digits, leading zeros included; raises ValueRefused for anything else."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _NUMBER.fullmatch(text):
            raise ValueRefused("invoice_number", value=text, length=len(text))
        return str.__new__(cls, text)


def parse_money(text: str) -> Decimal:
    """An amount in yuan with at most two decimals; thousands separators are understood, red (negative) amounts too.

    Raises: ValueRefused.
    """
    found = _MONEY.fullmatch(text)
    if found is None:
        raise ValueRefused("money_shape", value=text)
    if len((found[1] or "").rstrip("0")) > 2:
        raise ValueRefused("money_decimals", value=text)
    amount = Decimal(text.replace(",", ""))
    if abs(amount) >= MONEY_LIMIT:
        raise ValueRefused("money_range", value=text, limit=f"{MONEY_LIMIT:,}")
    return amount.quantize(Decimal("0.01"))


def parse_date(text: str) -> date:
    """A day written as 2001-07-30, 2001/7/30, 20010730 or 2001年7月30日.

    Raises: ValueRefused.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueRefused("date_shape", value=text)
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueRefused("date_none", value=text) from None
