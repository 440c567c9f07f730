"""Amounts in capital numerals (大写), as the standard for bank notes and official papers writes them (支付结算办法 附一)."""

from __future__ import annotations

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
SMALL = ("", "拾", "佰", "仟")
LARGE = ((10**8, "亿"), (10**4, "万"))
COUNTING = "零一二三四五六七八九"


def amount_in_capitals(amount: Decimal) -> str:
    """`1409.50` → 壹仟肆佰零玖元伍角整. Units: yuan, two decimals, below 10^16; raises ValueError beyond."""
    fen = int((abs(amount) * 100).to_integral_value())
    if Decimal(fen) != abs(amount) * 100 or fen >= 10**18:
        raise ValueError(f"expected an amount with two decimals below 10^16, but got {amount}")
    yuan, rest = divmod(fen, 100)
    jiao, cent = divmod(rest, 10)
    sign = "负" if amount < 0 else ""
    text = f"{_whole(yuan)}元" if yuan or not rest else ""
    if jiao:
        text += f"{DIGITS[jiao]}角"
    elif cent and yuan:
        text += "零"
    return sign + text + (f"{DIGITS[cent]}分" if cent else "整")


def in_words(number: int) -> str:
    """`12` → 十二, for days and for terms; raises ValueError outside 0 to 99."""
    if not 0 <= number <= 99:
        raise ValueError(f"expected a number from 0 to 99, but got {number}")
    tens, ones = divmod(number, 10)
    if not tens:
        return COUNTING[ones]
    return ("" if tens == 1 else COUNTING[tens]) + "十" + (COUNTING[ones] if ones else "")


def _whole(number: int) -> str:
    """Read in steps of 亿 and 万; a 零 stands where digits are left out, and behind a unit whose last digit is 0 (附一, 三)."""
    for unit, word in LARGE:
        if number >= unit:
            high, low = divmod(number, unit)
            gap = low and (low < unit // 10 or high % 10 == 0)
            return _whole(high) + word + ("零" if gap else "") + (_whole(low) if low else "")
    return _group(number) or "零"


def _group(group: int) -> str:
    text, gap = "", False
    for position in (3, 2, 1, 0):
        digit = group // 10**position % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + SMALL[position]
            gap = False
        else:
            gap = True
    return text
