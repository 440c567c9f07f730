"""Volumes of invoices between the cards of an enterprise, each once for a job (`hardware.volumes`). What does not agree is seen before the first is moved.

Source: Xicheng, 三(二)4, 三(三), 三(七), 三(八)1.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from hardware import volumes
from hardware.jobs import CARD_BROKEN, CARD_WRONG, STOCK_DIFFERS
from hardware.once import answered, write_once
from hardware.ports import Card, NotInStock, StockFull, TaxCard, Volume, VolumeTwice, WrongState
from hardware.work.order import Bench, ModelledError, Results, row_of, said
from hardware.work.state import stock_of


def give_back(bench: Bench) -> Results:
    """IC卡退票: every volume of the job out of the golden-tax card onto the IC card."""
    tax, ic = bench.tax_card, bench.ic_card
    if (done := _settled(bench, tax, ic)) is not None:
        return done
    with _agreeing():
        left = _left(bench, ic)
        _require_there(left, tax.stock(), "金税卡", "the golden-tax card")
        _require_apart(left, volumes.on_card(ic), "税控IC卡", "the IC card")
        _each(bench, ic, lambda key, volume: volumes.give_back(tax, ic, key, volume), "退票到税控IC卡", "given back to the IC card")
    rows = [row_of(one) for one in bench.volumes()]
    return _answer(bench, ic, {"given_back": rows, "given_back_count": _count(bench), "given_back_at": bench.now})


def read_in(bench: Bench) -> Results:
    """读入: every volume of the job off the IC card into the golden-tax card."""
    tax, ic = bench.tax_card, bench.ic_card
    if (done := _settled(bench, tax, ic)) is not None:
        return done
    with _agreeing():
        left = _left(bench, ic)
        _require_there(left, volumes.on_card(ic), "税控IC卡", "the IC card")
        _require_apart(left, tax.stock(), "金税卡", "the golden-tax card")
        _each(bench, ic, lambda key, volume: volumes.read_in(tax, ic, key, volume), "读入金税卡", "read into the golden-tax card")
    return _answer(bench, ic, {**stock_of(tax), "read_in_at": bench.now})


def put_on(bench: Bench) -> Results:
    """回购: every volume of the job onto the IC card."""
    ic = bench.ic_card
    if (done := answered(ic, bench.order.key)) is not None:
        return dict(done)
    with _agreeing():
        _require_apart(_left(bench, ic), volumes.on_card(ic), "税控IC卡", "the IC card")
        _each(bench, ic, lambda key, volume: volumes.put_on(ic, key, volume), "写入税控IC卡", "written to the IC card")
    return _answer(bench, ic, {"bought_back_on_card": _rows_on(ic), "bought_back_at": bench.now})


def take_refund(bench: Bench) -> Results:
    """发票退回: every volume of the job off the IC card, to the office."""
    ic = bench.ic_card
    if (done := answered(ic, bench.order.key)) is not None:
        return dict(done)
    with _agreeing():
        _require_there(_left(bench, ic), volumes.on_card(ic), "税控IC卡", "the IC card")
        _each(bench, ic, lambda key, volume: volumes.take_off(ic, key, volume), "从税控IC卡收回", "taken off the IC card")
    return _answer(bench, ic, {"refund_taken_at": bench.now})


def read_refund(bench: Bench) -> Results:
    """What stands on the IC card."""
    found = volumes.on_card(bench.ic_card)
    return {"refund_on_card": _rows_on(bench.ic_card), "refund_count": sum(one.count for one in found), "refund_read_at": bench.now}


def settle(tax: TaxCard, ic: Card) -> None:
    """Ends a move that was cut off; CARD_WRONG where another IC card has the other part of it."""
    try:
        volumes.settle(tax, ic)
    except WrongState as other:
        raise ModelledError(CARD_WRONG, str(other), other.en, may_pass=True) from other


# --- one by one ------------------------------------------------------------------------------------------------------------


def _settled(bench: Bench, tax: TaxCard, ic: Card) -> Results | None:
    """What was answered for the job, once nothing that was cut off is open any more."""
    settle(tax, ic)
    done = answered(ic, bench.order.key)
    return None if done is None else dict(done)


def _key(bench: Bench, number: int) -> str:
    return f"{bench.order.key}:{number}"


def _left(bench: Bench, ic: Card) -> list[Volume]:
    """The volumes of the job that it has not moved yet. Raises VolumeTwice where it names one twice."""
    named = bench.volumes()
    if any(one.overlaps(other) for number, one in enumerate(named) for other in named[:number]):
        raise VolumeTwice(f"所列发票卷中有重复的号码：{said(named)}", f"numbers are listed twice: {said(named)}")
    return [volume for number, volume in enumerate(named) if answered(ic, _key(bench, number)) is None]


def _each(bench: Bench, ic: Card, move: Callable[[str, Volume], None], zh: str, en: str) -> None:
    for number, volume in enumerate(bench.volumes()):
        if answered(ic, _key(bench, number)) is None:
            move(_key(bench, number), volume)
            bench.say(f"{volume.code} {volume.first} 起 {volume.count} 份已{zh}", f"{volume.count} invoices from {volume.code} {volume.first}: {en}")


def _answer(bench: Bench, ic: Card, results: Results) -> Results:
    write_once(ic, bench.order.key, {}, results)
    return results


def _count(bench: Bench) -> int:
    return sum(one.count for one in bench.volumes())


def _rows_on(ic: Card) -> list[Results]:
    return [row_of(one) for one in sorted(volumes.on_card(ic))]


# --- what does not agree ---------------------------------------------------------------------------------------------------


def _require_there(wanted: Collection[Volume], there: Collection[Volume], zh: str, en: str) -> None:
    if missing := [one for one in wanted if one not in there]:
        has = said(sorted(there))
        raise NotInStock(f"{zh}里没有发票卷 {said(missing)}；卡内是 {has}", f"{said(missing)} does not stand on {en}, which holds {has if there else 'nothing'}")


def _require_apart(wanted: Collection[Volume], there: Collection[Volume], zh: str, en: str) -> None:
    if twice := [one for one in wanted if any(one.overlaps(other) for other in there)]:
        raise VolumeTwice(f"{zh}里已有发票卷 {said(twice)} 中的号码", f"numbers of {said(twice)} stand on {en} already")


@contextmanager
def _agreeing() -> Iterator[None]:
    """Paper and card do not agree, or the card does not move anything as it is now."""
    try:
        yield
    except (NotInStock, VolumeTwice, StockFull) as error:
        raise ModelledError(STOCK_DIFFERS, str(error), error.en) from error
    except WrongState as error:
        raise ModelledError(CARD_BROKEN, str(error), error.en) from error
