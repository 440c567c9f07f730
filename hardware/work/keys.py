"""What the office may do with cards because it has the issuer key: 加载, 解锁, 升级发行, 授权. The state is asked first, so that nothing is done twice.

A card takes few wrong keys: one that was refused is not shown to it again as long as the station runs.

Source: Xicheng, 三(四), 三(五).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hardware.jobs import CARD_BROKEN, KEY_REFUSED, STOCK_DIFFERS
from hardware.keys.ports import KeyMachineAway, KeyMachineError
from hardware.layout import HOLDER
from hardware.once import answered
from hardware.ports import IC_CARD, ORDINARY, TAX_CARD, Authority, Card, KeyBlocked, WrongKey, WrongState
from hardware.work.cards import holder_of, write
from hardware.work.order import Bench, ModelledError, Results, UnknownOrder, said
from hardware.work.state import authority_of, settle

BEFORE = {"ordinary_per_invoice": "per_invoice", "ordinary_quantity": "monthly_quantity"}  # what jobs of models of before call them


def unlock_ic(bench: Bench) -> None:
    """税控IC卡解锁: its PIN is that of the counter again, with all its tries, before it is shown."""
    ic = bench.ic_card
    if answered(ic, bench.order.key) is None:
        with _proving(bench, ic) as authority:
            ic.unlock_pin(authority, bench.desk.pin)
        bench.desk.refused.discard(("pin", ic.serial))
        bench.say("税控IC卡已解锁", "the IC card is unlocked")


def load(bench: Bench) -> Results:
    """金税卡加载: how often it may bill outside the tax period."""
    tax, times = bench.tax_card, int(bench.given["outside_period"])
    if tax.state().outside_period != times:
        with _proving(bench, tax) as authority:
            tax.load(authority, times)
    return write(bench, {TAX_CARD: {}}, {"card_outside_period": tax.state().outside_period, "loaded_at": bench.now})


def upgrade(bench: Bench) -> Results:
    """金税卡升级发行、授权 (the IC card was unlocked before): its new version, limit and quantity of ordinary invoices, and the same on both cards' records
    of their holder. What was granted for special invoices stays as it is.
    """
    tax, ic = bench.tax_card, bench.ic_card
    version, per_invoice, quantity = bench.text("card_version"), _ordinary(bench, "ordinary_per_invoice"), _ordinary(bench, "ordinary_quantity")
    settle(tax, ic)
    state = tax.state()
    if state.is_locked:
        with _proving(bench, tax) as authority:
            tax.unlock(authority)
    if state.version != version:
        _reissue(bench, version)
    if (state.ordinary_per_invoice, state.ordinary_quantity) != (per_invoice, quantity):
        with _proving(bench, tax) as authority:
            tax.authorise(authority, per_invoice, quantity, invoices=ORDINARY)
        bench.say("金税卡已授权开具普通发票", "the golden-tax card is authorised for ordinary invoices")
    files = {
        kind: {HOLDER: {**holder_of(card), "ordinary_per_invoice": per_invoice, "ordinary_quantity": quantity}}
        for kind, card in ((TAX_CARD, tax), (IC_CARD, ic))
    }  # fmt: skip
    return write(bench, files, {**authority_of(tax), "upgraded_at": bench.now})


def _ordinary(bench: Bench, name: str) -> int:
    """Limit or quantity of ordinary invoices; a job of before names it as if it were that of special ones."""
    return int(bench.given[name] if name in bench.given else bench.given[BEFORE[name]])


def _reissue(bench: Bench, version: str) -> None:
    tax = bench.tax_card
    if stock := tax.stock():
        text = said(sorted(stock))
        raise ModelledError(STOCK_DIFFERS, f"金税卡里还有发票 {text}，须先退票才能升级发行", f"the golden-tax card still holds {text}: they are given back first")
    try:
        with _proving(bench, tax) as authority:
            tax.reissue(authority, version)
    except WrongState as error:
        raise ModelledError(CARD_BROKEN, str(error), error.en) from error
    bench.say(f"金税卡已升级发行为 {version}", f"the golden-tax card is issued as {version}")


@contextmanager
def _proving(bench: Bench, card: Card) -> Iterator[Authority]:
    """The key machine's answers, for one act on this card."""
    machine, mark = bench.desk.keys, ("key", card.serial)
    if machine is None:
        raise UnknownOrder("这个工作站没有密钥机")
    if mark in bench.desk.refused:
        raise ModelledError(
            KEY_REFUSED, f"卡 {card.serial} 刚才没有接受密钥机的密钥，不再重试；查明后重新启动工作站",
            f"card {card.serial} did not take the key before and is not asked again: find out why, then start the station anew",
        )  # fmt: skip
    try:
        yield machine.authority
    except (WrongKey, KeyBlocked) as error:
        bench.desk.refused.add(mark)
        raise ModelledError(KEY_REFUSED, str(error), error.en) from error
    except KeyMachineAway:
        raise  # it may come back: the counter waits for it
    except KeyMachineError as error:
        raise ModelledError(KEY_REFUSED, str(error), error.en) from error
