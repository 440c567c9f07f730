"""What a station does with the cards for each topic of `hardware.jobs`. Whose all the cards are is looked at before one is shown a PIN or written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hardware.jobs import CARD_BROKEN, CARD_WRONG
from hardware.layout import HOLDER, INVOICES, SALES, packed, read_file
from hardware.once import answered, finish, seen, write_once
from hardware.ports import IC_CARD, TAX_CARD, Card, CardDamaged, Wanted

SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,39}")  # as records/devices/rules.py has it, which this room does not know; a test holds them together
Given = Mapping[str, Any]
Results = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """A job as the counter sees it; `key` is the same at every attempt."""

    key: str
    topic: str
    given: Given


class ModelledError(Exception):
    """A job ends in an error that the procedure knows. Its text is the sentence for the clerk, `en` the English one."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.code = code
        self.en = en


class UnknownOrder(Exception):
    """A job that no station can do: another topic, or inputs that name no card."""


def wanted(order: Order) -> list[Wanted]:
    """The cards that an order names; raises UnknownOrder."""
    given = order.given
    owner = {"taxpayer_number": str(given.get("taxpayer_number") or ""), "enterprise_name": str(given.get("enterprise_name") or "")}
    if order.topic == "station.issue_cards":
        owner = {}  # blank cards
    if order.topic == "station.reissue_cards" and given.get("former_taxpayer_number"):
        owner["taxpayer_number"] = str(given["former_taxpayer_number"])
    named = [(kind, given.get(kind)) for kind in (TAX_CARD, IC_CARD)] if "kind" not in given else [(given["kind"], given.get("serial"))]
    found = [Wanted(str(kind), str(serial), **owner) for kind, serial in named if serial]
    if order.topic not in _WORK or not found or any(card.kind not in {TAX_CARD, IC_CARD} or not SERIAL.fullmatch(card.serial) for card in found):
        raise UnknownOrder(f"工作站不会办理 {order.topic}，或作业没有写明卡号")
    return found


def misfit(cards: Sequence[Card], order: Order) -> ModelledError | None:
    """What is wrong with the cards in the reader: CARD_WRONG where another card of the kind lies there."""
    for card in wanted(order):
        there = [one.serial for one in cards if one.kind == card.kind]
        if there and card.serial not in there:
            return ModelledError(
                CARD_WRONG, f"读卡器里是 {there[0]}，不是 {card.name}；请换上 {card.name} 后再办",
                f"card {there[0]} lies in the reader, not {card.serial}",
            )  # fmt: skip
    return None


def perform(order: Order, cards: Mapping[str, Card], pin: str, now: datetime) -> Results:
    """Does the work with the cards by their kind; raises CardError, ModelledError."""
    try:
        allowed = _allowed(order)
        for card in cards.values():
            if allowed and answered(card, order.key) is None:
                _require_of(card, allowed)
        for card in cards.values():
            card.verify(pin)
        for card in cards.values():
            finish(card)
        return _WORK[order.topic](order, cards, now)
    except CardDamaged as damaged:
        raise ModelledError(CARD_BROKEN, f"卡不能读写：{damaged}", f"the card cannot be read or written: {damaged.en}") from damaged


# --- whose card it is ------------------------------------------------------------------------------------------------------


def _allowed(order: Order) -> list[str]:
    """Whose cards the order is for, "" for blank ones; nothing where anybody's will do."""
    number = str(order.given.get("taxpayer_number") or "")
    if order.topic == "station.issue_cards":
        return ["", number]
    if order.topic == "station.reissue_cards":
        return [str(order.given.get("former_taxpayer_number") or number), number]
    return ([""] if order.topic == "station.clear_card" else []) + [number] if number else []


def _holder(card: Card) -> Mapping[str, Any]:
    return seen(card, HOLDER) or {}


def _require_of(card: Card, allowed: Sequence[str]) -> None:
    """The card is one of these taxpayers'; "" stands for a blank one."""
    owner = str(_holder(card).get("taxpayer_number", ""))
    if owner in allowed:
        return
    if owner:
        raise ModelledError(
            CARD_WRONG, f"卡 {card.serial} 已发行给纳税人 {owner}，不是 {allowed[-1] or '空白卡'}",
            f"card {card.serial} was issued to taxpayer {owner}",
        )  # fmt: skip
    raise ModelledError(CARD_WRONG, f"卡 {card.serial} 是空白卡或已清除，没有发行给 {allowed[-1]}", f"card {card.serial} is blank or was cleared")


# --- the topics ------------------------------------------------------------------------------------------------------------


def _issue(order: Order, cards: Mapping[str, Card], now: datetime) -> Results:
    """Writes who the enterprise is and what it may do to both cards. A blank one holds nothing else then, whoever had it before; what the
    other card of a pair in use holds, stays.
    """
    holder = {name: order.given.get(name) for name in ("taxpayer_number", "enterprise_name", "machine_no", "version", "per_invoice", "monthly_quantity")}
    check = hashlib.sha256(packed(holder)).hexdigest()[:8].upper()
    files = {kind: {HOLDER: holder, **({} if _holder(card) else _EMPTY[kind])} for kind, card in cards.items()}
    return _write(order, cards, files, {"card_written_at": now, "card_check": check})


def _write_sale(order: Order, cards: Mapping[str, Card], now: datetime) -> Results:
    """Adds what was sold to the IC card, beside what stands there; what was written before and never sold (`numbers_tried`) is taken off."""
    card = cards[IC_CARD]
    sale = {name: order.given.get(name) for name in ("invoice_code", "number_from", "number_to", "count", "sold_on")}
    tried = [_numbers(one) for one in order.given.get("numbers_tried") or ()]
    sales = [*(one for one in read_file(card, SALES) or [] if _numbers(one) not in tried), sale]
    return _write(order, cards, {IC_CARD: {SALES: sales}}, {"card_written_at": now})


def _numbers(sale: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(sale.get(name) for name in ("invoice_code", "number_from", "number_to"))


def _read(_order: Order, cards: Mapping[str, Card], _now: datetime) -> Results:
    """What the card says of itself."""
    (card,) = cards.values()
    holder = dict(_holder(card))
    contents = {**holder, "sales": read_file(card, SALES) or [], "invoices": len(read_file(card, INVOICES) or [])}
    return {"card_serial": card.serial, "card_taxpayer": holder.get("taxpayer_number", ""), "card_contents": contents}


def _save(_order: Order, cards: Mapping[str, Card], _now: datetime) -> Results:
    """The invoices that a golden-tax card keeps."""
    rows = read_file(cards[TAX_CARD], INVOICES) or []
    return {"saved_rows": rows, "saved_count": len(rows), "saved_sha256": hashlib.sha256(packed(rows)).hexdigest()}


def _clear(order: Order, cards: Mapping[str, Card], now: datetime) -> Results:
    """Takes from a card what it was given; the invoices on it stay, unless they were saved."""
    (card,) = cards.values()
    files = {HOLDER: {}, SALES: [], **(_EMPTY[card.kind] if order.given.get("invoices_saved") else {})}
    return _write(order, cards, {card.kind: files}, {"card_written_at": now})


def _write(order: Order, cards: Mapping[str, Card], files: Mapping[str, Mapping[str, Any]], results: Results) -> Results:
    """Writes those of the cards that do not have the job yet, and reads them again."""
    done = {kind: answered(card, order.key) for kind, card in cards.items()}
    answer = next((dict(there) for there in done.values() if there is not None), results)
    for kind, card in cards.items():
        if done[kind] is None:
            write_once(card, order.key, files[kind], answer)
    for kind, card in cards.items():
        if done[kind] is None and any(read_file(card, file) != value for file, value in files[kind].items()):
            raise ModelledError(CARD_BROKEN, f"卡 {card.serial} 写入后读出的内容不符", f"card {card.serial} does not hold what was written")
    return answer


_EMPTY: Mapping[str, Mapping[str, Any]] = {TAX_CARD: {INVOICES: []}, IC_CARD: {SALES: []}}
_WORK: Mapping[str, Callable[[Order, Mapping[str, Card], datetime], Results]] = {
    "station.issue_cards": _issue,
    "station.reissue_cards": _issue,
    "station.write_sale": _write_sale,
    "station.read_card": _read,
    "station.save_card": _save,
    "station.clear_card": _clear,
}
