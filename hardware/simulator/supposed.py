"""What is supposed of a golden-tax card that is on no shelf yet: the stock and the month of an enterprise before its upgrade, the same for the same card.

With `n` the last four digits of the serial (1 where there are none) and `base` = n × 1000:

- three invoices of the month, code 1100053140, numbers base+10 to base+12, on its first three days, of 1000.00, 2000.00 and 3000.00 with 17 % tax:
  3 issued, 6000.00, 1020.00;
- unused: numbers base+13 to base+25 (13 left of a volume) and a whole volume base+26 to base+50 (25): 38 invoices.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hardware.ports import Volume

CODE = "1100053140"
RATE, CENT = Decimal("0.17"), Decimal("0.01")
AMOUNTS = (Decimal("1000.00"), Decimal("2000.00"), Decimal("3000.00"))


def _base(serial: str) -> int:
    return int("".join(c for c in serial if c.isdigit())[-4:] or "1") * 1000


def supposed_stock(serial: str) -> list[Volume]:
    """The unused invoices in the card: what is left of a volume, and a whole one."""
    base = _base(serial)
    return [Volume(CODE, f"{base + 13:08d}", 13), Volume(CODE, f"{base + 26:08d}", 25)]


def supposed_month(serial: str, month: str) -> list[dict[str, Any]]:
    """The invoices of a month (`2006-03`) on the card."""
    base, (year, number) = _base(serial), map(int, month.split("-"))
    return [
        {
            "code": CODE, "number": f"{base + 10 + n:08d}", "date": date(year, number, n + 1), "amount": amount, "tax": (amount * RATE).quantize(CENT), "declared": False,
        }
        for n, amount in enumerate(AMOUNTS)
    ]  # fmt: skip
