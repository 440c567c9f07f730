"""What is done with the files of cards: issuing, sales, reading, saving, clearing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from hardware.jobs import CARD_BROKEN
from hardware.layout import HOLDER, INVOICES, SALES, packed, read_file
from hardware.once import answered, seen, write_once
from hardware.ports import IC_CARD, TAX_CARD, Card
from hardware.work.order import Bench, ModelledError, Results

EMPTY: Mapping[str, Mapping[str, Any]] = {TAX_CARD: {INVOICES: []}, IC_CARD: {SALES: []}}


def holder_of(card: Card) -> Mapping[str, Any]:
    """Who the card says it was issued to; nothing for a blank one."""
    return seen(card, HOLDER) or {}


def issue(bench: Bench) -> Results:
    """Writes who the enterprise is and what it may do to both cards. A blank one holds nothing else then, whoever had it before; what the
    other card of a pair in use holds, stays, and so does the limit of ordinary invoices of a pair that was upgraded.
    """
    holder = {name: bench.given.get(name) for name in ("taxpayer_number", "enterprise_name", "machine_no", "version", "per_invoice", "monthly_quantity")}
    check = hashlib.sha256(packed(holder)).hexdigest()[:8].upper()
    before = {kind: holder_of(card) for kind, card in bench.cards.items()}
    files = {kind: {HOLDER: {**holder, **_ordinary(there)}, **({} if there else EMPTY[kind])} for kind, there in before.items()}
    return write(bench, files, {"card_written_at": bench.now, "card_check": check})


def _ordinary(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: holder[name] for name in ("ordinary_per_invoice", "ordinary_quantity") if name in holder}


def write_sale(bench: Bench) -> Results:
    """Adds what was sold to the IC card, beside what stands there; what was written before and never sold (`numbers_tried`) is taken off."""
    sale = {name: bench.given.get(name) for name in ("invoice_code", "number_from", "number_to", "count", "sold_on")}
    tried = [_numbers(one) for one in bench.given.get("numbers_tried") or ()]
    sales = [*(one for one in read_file(bench.ic_card, SALES) or [] if _numbers(one) not in tried), sale]
    return write(bench, {IC_CARD: {SALES: sales}}, {"card_written_at": bench.now})


def _numbers(sale: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(sale.get(name) for name in ("invoice_code", "number_from", "number_to"))


def read(bench: Bench) -> Results:
    """What the card says of itself."""
    (card,) = bench.cards.values()
    holder = dict(holder_of(card))
    contents = {**holder, "sales": read_file(card, SALES) or [], "invoices": len(read_file(card, INVOICES) or [])}
    return {"card_serial": card.serial, "card_taxpayer": holder.get("taxpayer_number", ""), "card_contents": contents}


def save(bench: Bench) -> Results:
    """The invoices that a golden-tax card keeps."""
    rows = read_file(bench.tax_card, INVOICES) or []
    return {"saved_rows": rows, "saved_count": len(rows), "saved_sha256": hashlib.sha256(packed(rows)).hexdigest()}


def clear(bench: Bench) -> Results:
    """Takes from a card what it was given; the invoices on it stay, unless they were saved."""
    (card,) = bench.cards.values()
    files = {HOLDER: {}, SALES: [], **(EMPTY[card.kind] if bench.given.get("invoices_saved") else {})}
    return write(bench, {card.kind: files}, {"card_written_at": bench.now})


def write(bench: Bench, files: Mapping[str, Mapping[str, Any]], results: Results) -> Results:
    """Writes those of the cards that do not have the job yet, and reads them again."""
    cards = {kind: bench.cards[kind] for kind in files}
    done = {kind: answered(card, bench.order.key) for kind, card in cards.items()}
    answer = next((dict(there) for there in done.values() if there is not None), results)
    for kind, card in cards.items():
        if done[kind] is None:
            write_once(card, bench.order.key, files[kind], answer)
    for kind, card in cards.items():
        if done[kind] is None and any(read_file(card, file) != value for file, value in files[kind].items()):
            raise ModelledError(CARD_BROKEN, f"卡 {card.serial} 写入后读出的内容不符", f"card {card.serial} does not hold what was written")
    return answer
