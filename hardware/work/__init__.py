"""What a station does for each topic of `hardware.jobs`. Whose all the cards are is looked at before one is shown a PIN or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hardware.jobs import CARD_BROKEN, CARD_WRONG
from hardware.once import answered, finish
from hardware.ports import PIN_TRIES, Card, CardDamaged, CardMute, CardRemoved, WrongPin
from hardware.work import cards, disks, keys, moves, printing, state
from hardware.work.cards import holder_of
from hardware.work.order import (
    SERIAL,
    Bench,
    ModelledError,
    Order,
    PaperNotMade,
    Results,
    UnknownOrder,
    Withdrawn,
    awaited,
    misfit,
    wanted,
)

_WORK: Mapping[str, Callable[[Bench], Results]] = {
    "station.issue_cards": cards.issue,
    "station.reissue_cards": cards.issue,
    "station.write_sale": cards.write_sale,
    "station.read_card": cards.read,
    "station.save_card": cards.save,
    "station.clear_card": cards.clear,
    "station.read_state": state.read_state,
    "station.export_month": disks.export_month,
    "station.back_up_data": disks.back_up,
    "station.give_back": moves.give_back,
    "station.read_refund": moves.read_refund,
    "station.take_refund": moves.take_refund,
    "station.load_card": keys.load,
    "station.upgrade_cards": keys.upgrade,
    "station.put_on": moves.put_on,
    "station.read_in": moves.read_in,
    "station.print_label": printing.print_label,
    "station.print_paper": printing.print_paper,
}
_BEFORE_THE_PIN: Mapping[str, Callable[[Bench], None]] = {"station.upgrade_cards": keys.unlock_ic}
__all__ = ["SERIAL", "Bench", "ModelledError", "Order", "PaperNotMade", "UnknownOrder", "Withdrawn", "awaited", "misfit", "perform", "wanted"]


def perform(bench: Bench) -> Results:
    """Does the work with what lies on the bench; raises DeviceError, ModelledError, UnknownOrder."""
    order = bench.order
    try:
        allowed = _allowed(order)
        for card in bench.cards.values():
            if allowed and answered(card, order.key) is None:
                _require_of(card, allowed)
        if order.topic in _BEFORE_THE_PIN:
            _BEFORE_THE_PIN[order.topic](bench)
        left = {card: card.tries_left() for card in bench.cards.values()}
        for card in sorted(left, key=lambda one: -left[one]):  # one with all its tries shows whether the PIN fits
            _open(bench, card, left[card])
        for card in bench.cards.values():
            finish(card)
        return _WORK[order.topic](bench)
    except CardDamaged as damaged:
        raise ModelledError(CARD_BROKEN, f"卡不能读写：{damaged}", f"the card cannot be read or written: {damaged.en}") from damaged


def _open(bench: Bench, card: Card, left: int) -> None:
    """Shows the PIN, unless this card has refused it before: another try could only block it. The card itself remembers what other stations, or this
    one before it was started anew, have shown to it: with tries missing it is shown a PIN only that another card has taken, and never the last time.
    """
    desk, mark = bench.desk, ("pin", card.serial)
    if mark in desk.refused:
        raise ModelledError(
            CARD_WRONG, f"卡 {card.serial} 刚才口令不符，不再重试；请换卡，或用正确的口令重新启动工作站",
            f"card {card.serial} refused the PIN before and is not tried again: put another in, or start the station with the right PIN",
        )  # fmt: skip
    if left == 1:
        raise ModelledError(
            CARD_WRONG, f"卡 {card.serial} 的口令只剩 1 次，最后一次不由工作站试；请由企业发行岗解锁，或换卡",
            f"card {card.serial} takes one more PIN, and no station tries the last time: have it unlocked, or put another in",
        )  # fmt: skip
    if 0 < left < PIN_TRIES and not desk.pin_fits and card.serial not in desk.unanswered:
        raise ModelledError(
            CARD_WRONG, f"卡 {card.serial} 的口令试错过，只剩 {left} 次，而本工作站的口令还没有被哪张卡接受过，不再试；请核对口令，先办另一张卡，或解锁、换卡",
            f"a wrong PIN was shown to card {card.serial}, {left} tries left, and no card has taken the PIN of this station yet: check it, work another card first, or have this one unlocked",
        )  # fmt: skip
    try:
        card.verify(desk.pin)
    except WrongPin:
        desk.refused.add(mark)
        raise
    except (CardRemoved, CardMute):
        desk.unanswered.add(card.serial)  # it may have cost a try, which the next answer gives back
        raise
    desk.pin_fits = True


# --- whose card it is ------------------------------------------------------------------------------------------------------


def _allowed(order: Order) -> list[str]:
    """Whose cards the order is for, "" for blank ones; nothing where anybody's will do."""
    number = str(order.given.get("taxpayer_number") or "")
    if order.topic == "station.issue_cards":
        return ["", number]
    if order.topic == "station.reissue_cards":
        return [str(order.given.get("former_taxpayer_number") or number), number]
    return ([""] if order.topic == "station.clear_card" else []) + [number] if number else []


def _require_of(card: Card, allowed: Sequence[str]) -> None:
    """The card is one of these taxpayers'; "" stands for a blank one."""
    owner = str(holder_of(card).get("taxpayer_number", ""))
    if owner in allowed:
        return
    if owner:
        raise ModelledError(
            CARD_WRONG, f"卡 {card.serial} 已发行给纳税人 {owner}，不是 {allowed[-1] or '空白卡'}",
            f"card {card.serial} was issued to taxpayer {owner}", may_pass=True,
        )  # fmt: skip
    raise ModelledError(CARD_WRONG, f"卡 {card.serial} 是空白卡或已清除，没有发行给 {allowed[-1]}", f"card {card.serial} is blank or was cleared", may_pass=True)
