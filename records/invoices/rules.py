"""The rules of invoices sold and handed in, as pure functions.

Source of all: Xi'an 2002-119 (市国税发〔2002〕119号).
"""

from __future__ import annotations

import re

Sentence = tuple[str, str]
OLD_KINDS: dict[str, tuple[str, str]] = {"handwritten": ("手写版", "handwritten"), "unencrypted": ("未加密电脑版", "unencrypted")}
UNUSED = "unused"  # invoices of the system itself that are left when a registration ends
ORDINARY = "ordinary"  # blank ordinary invoices of an enterprise that is upgraded (Xicheng, 三(一)3)
RETURN_KINDS: dict[str, tuple[str, str]] = {**OLD_KINDS, UNUSED: ("防伪税控（剩余）", "of the system, unused"), ORDINARY: ("普通发票（空白）", "ordinary, blank")}
_CODE, _NUMBER = re.compile(r"[0-9]{10}"), re.compile(r"[0-9]{8}")
_CODE_ON_CARD = re.compile(r"[0-9]{10}|[0-9]{12}")


def count_of(number_from: str, number_to: str) -> int:
    """How many invoices a range holds, both ends included."""
    return int(number_to) - int(number_from) + 1


def range_refusal(code: str, number_from: str, number_to: str) -> Sentence | None:
    """Why a range is none: its code or numbers have another shape, or it runs backwards."""
    fault = range_fault(code, number_from, number_to)
    return fault[1] if fault is not None else None


def range_fault(code: str, number_from: str, number_to: str, *, on_card: bool = False) -> tuple[str, Sentence] | None:
    """(the entry that is wrong, why) of a range that is none; a code that stands `on_card` has 10 or 12 digits."""
    if on_card and not _CODE_ON_CARD.fullmatch(code):
        return "code", (f"发票代码应为 10 位或 12 位数字，但填写的是“{code}”", f"an invoice code has 10 or 12 digits, but this is “{code}”")
    if not on_card and not _CODE.fullmatch(code):
        return "code", (f"发票代码应为 10 位数字，但填写的是“{code}”", f"an invoice code has 10 digits, but this is “{code}”")
    for entry, number in (("number_from", number_from), ("number_to", number_to)):
        if not _NUMBER.fullmatch(number):
            return entry, (f"发票号码应为 8 位数字，但填写的是“{number}”", f"an invoice number has 8 digits, but this is “{number}”")
    if number_from > number_to:
        return "number_to", (f"起始号码 {number_from} 大于终止号码 {number_to}", f"the first number, {number_from}, is above the last, {number_to}")
    return None


def quantity_refusal(name: str, before: int, count: int, most: int) -> Sentence | None:
    """Why so many are more than the taxpayer may buy in the month.

    Source: Xi'an 2002-119, 二(一)1 (4).
    """
    if before + count <= most:
        return None
    return (
        f"“{name}”每月限购 {most} 份，本月已购 {before} 份，不能再购 {count} 份（市国税发〔2002〕119号二(一)1(4)）",
        f"{name} may buy {most} invoices a month and has bought {before}: {count} more are too many (Xi'an 2002-119, 二(一)1(4))",
    )


def spoiled_refusal(count: int, spoiled: int) -> Sentence | None:
    """Why the number of spoiled ones cannot be. Source: Xi'an 2002-119, 二(一)8."""
    if 0 <= spoiled <= count:
        return None
    return f"误填作废 {spoiled} 份应在 0 至 {count} 份之间（二(一)8）", f"the spoiled ones, {spoiled}, must be between 0 and {count} (二(一)8)"
