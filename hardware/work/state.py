"""What a golden-tax card says of itself and of a month: state, stock, invoices.

Source: Xicheng, 三(二)1, 三(二)2, 三(二)4.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hardware.layout import INVOICES, read_file
from hardware.ports import TaxCard
from hardware.work.order import Bench, Results, row_of


def invoices_of(card: TaxCard, month: str) -> Sequence[dict[str, Any]]:
    """The invoices of a month (`2006-03`) on the card, by their numbers."""
    found = [row for row in read_file(card, INVOICES) or [] if row["date"].isoformat()[:7] == month]
    return sorted(found, key=lambda row: (row["code"], row["number"]))


def totals(rows: Sequence[dict[str, Any]]) -> tuple[int, Decimal, Decimal]:
    """How many, their amount and their tax."""
    return len(rows), sum((Decimal(row["amount"]) for row in rows), Decimal(0)), sum((Decimal(row["tax"]) for row in rows), Decimal(0))


def stock_of(card: TaxCard) -> Results:
    """The stock as results of a job."""
    stock = sorted(card.stock())
    return {"card_stock": [row_of(one) for one in stock], "card_unused": sum(one.count for one in stock)}


def authority_of(card: TaxCard) -> Results:
    """What the card may do, as results of a job."""
    state = card.state()
    return {
        "card_version": state.version, "card_per_invoice": state.per_invoice, "card_monthly_quantity": state.monthly_quantity,
        "card_ordinary_per_invoice": state.ordinary_per_invoice, "card_ordinary_quantity": state.ordinary_quantity,
    }  # fmt: skip


def read_state(bench: Bench) -> Results:
    """State, stock, and what was billed in the month."""
    card, month = bench.tax_card, bench.text("month")
    state, (count, amount, tax) = card.state(), totals(invoices_of(card, month))
    return {
        **authority_of(card), "card_is_locked": state.is_locked, "card_outside_period": state.outside_period, **stock_of(card),
        "card_issued": count, "card_amount": amount, "card_tax": tax, "state_read_at": bench.now,
    }  # fmt: skip
