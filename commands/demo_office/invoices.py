"""Invoice faces for demonstration cases: made up, the same at every run, with numbers that have the right shape."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from string import digits
from typing import Any

from records.values import TaxpayerId

VAT_RATE = Decimal("0.17")
_CENT = Decimal("0.01")


def taxpayer_number(region: str, serial: int) -> str:
    """A number of 15 characters in a region, with the check character that belongs to it."""
    code = f"{region}{serial % 10**8:08d}"
    return next(code + last for last in digits + "X" if TaxpayerId(code + last).check_fits)


def faces(seller: str, buyer: str, count: int, total: Decimal, begun: date, seed: int) -> list[dict[str, str]]:
    """`count` faces whose amounts add up to `total` yuan without tax, issued in the half year before."""
    chance = random.Random(seed)  # noqa: S311 -- a demonstration, not a secret
    code = f"{seller[:2]}00{begun.year % 100 - 1:02d}1{10 + seed % 80}0"
    first = 10_000 + seed * 137
    return [
        {
            "invoice_code": code, "invoice_number": f"{first + n:08d}", "copy": "deduction", "amount": str(amount),
            "tax": str((amount * VAT_RATE).quantize(_CENT)), "issued_on": (begun - timedelta(days=chance.randint(40, 180))).isoformat(),
            "seller_id": seller, "buyer_id": buyer,
        }
        for n, amount in enumerate(_split(total, count, chance))
    ]  # fmt: skip


def _split(total: Decimal, count: int, chance: random.Random) -> list[Decimal]:
    weights = [chance.randint(60, 140) for _ in range(count)]
    parts = [(total * weight / sum(weights)).quantize(_CENT) for weight in weights[:-1]]
    return [*parts, total - sum(parts, Decimal(0))]


def listed(rows: Sequence[dict[str, str]], **columns: str) -> list[dict[str, Any]]:
    """The same faces as rows of a list that certification or audit hands over."""
    return [{"seller_name": "", "buyer_name": "", **row, "copy": "抵扣联", **columns} for row in rows]
