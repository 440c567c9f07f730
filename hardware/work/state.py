"""What a golden-tax card says of itself and of a month: state, stock, invoices.

Source: Xicheng, 三(二)1, 三(二)2, 三(二)4.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hardware import volumes
from hardware.jobs import CARD_WRONG
from hardware.layout import INVOICES, read_file
from hardware.ports import IC_CARD, Card, TaxCard, WrongState
from hardware.work.order import Bench, ModelledError, Results, row_of


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


def settle(tax: TaxCard, ic: Card) -> None:
    """Ends a move that was cut off; CARD_WRONG where another IC card has the other part of it."""
    try:
        volumes.settle(tax, ic)
    except WrongState as other:
        raise ModelledError(CARD_WRONG, str(other), other.en, may_pass=True) from other


def rows_on(ic: Card) -> list[Results]:
    """The volumes on an IC card as rows of a result."""
    return [row_of(one) for one in sorted(volumes.on_card(ic))]


def read_state(bench: Bench) -> Results:
    """State, stock, and what was billed in the month; with an IC card beside it what stands on that one, so that no volume between the two is missed.

    A move that was cut off is ended first: with the IC card, or without one that is kept unreadable (`withheld`).
    """
    card, month, beside = bench.tax_card, bench.text("month"), bench.cards.get(IC_CARD)
    if beside is not None:
        settle(card, beside)
    if withheld := bench.text("withheld"):
        volumes.settle_without(card, withheld)
    state, (count, amount, tax) = card.state(), totals(invoices_of(card, month))
    return {
        **authority_of(card), "card_is_locked": state.is_locked, "card_outside_period": state.outside_period, **stock_of(card),
        "card_issued": count, "card_amount": amount, "card_tax": tax, "state_read_at": bench.now,
        "ic_stock": rows_on(beside) if beside is not None else [],
    }  # fmt: skip
