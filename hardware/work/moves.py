"""Volumes of invoices between the cards of an enterprise (`hardware.volumes`). What does not agree is seen before the first is moved.

What the cards hold decides, not which job asks: a move that ended half way in an error is gone on with by the next job, under another key.

Source: Xicheng, 三(二)4, 三(三), 三(七), 三(八)1.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hardware import volumes
from hardware.jobs import CARD_BROKEN, STOCK_DIFFERS
from hardware.once import answered, write_once
from hardware.ports import Card, NotInStock, StockFull, TaxCard, Volume, VolumeTwice, WrongState
from hardware.work.order import Bench, ModelledError, Results, row_of, said
from hardware.work.state import rows_on, settle, stock_of


def give_back(bench: Bench) -> Results:
    """IC卡退票: every volume of the job out of the golden-tax card onto the IC card."""
    tax, ic = bench.tax_card, bench.ic_card
    if (done := _settled(bench, tax, ic)) is not None:
        return done
    with _agreeing():
        left = _left(bench, begins=Place("金税卡", "the golden-tax card", tax.stock()), ends=Place("税控IC卡", "the IC card", volumes.on_card(ic)))
        _each(bench, left, lambda key, volume: volumes.give_back(tax, ic, key, volume), "退票到税控IC卡", "given back to the IC card")
    rows = [row_of(one) for one in bench.volumes()]
    return _answer(bench, ic, {"given_back": rows, "given_back_count": _count(bench), "given_back_at": bench.now})


def read_in(bench: Bench) -> Results:
    """读入: every volume of the job off the IC card into the golden-tax card."""
    tax, ic = bench.tax_card, bench.ic_card
    if (done := _settled(bench, tax, ic)) is not None:
        return done
    with _agreeing():
        left = _left(bench, begins=Place("税控IC卡", "the IC card", volumes.on_card(ic)), ends=Place("金税卡", "the golden-tax card", tax.stock()))
        _each(bench, left, lambda key, volume: volumes.read_in(tax, ic, key, volume), "读入金税卡", "read into the golden-tax card")
    return _answer(bench, ic, {**stock_of(tax), "read_in_at": bench.now})


def put_on(bench: Bench) -> Results:
    """回购: every volume of the job onto the IC card, each once for a `refund`: one that was written for it and has left the card is not written again."""
    ic = bench.ic_card
    if (done := answered(ic, bench.order.key)) is not None:
        return dict(done)
    with _agreeing():
        left = _left(bench, begins=None, ends=Place("税控IC卡", "the IC card", volumes.on_card(ic)))
        if gone := [one for one in left if answered(ic, _refund_key(bench, one)) is not None]:
            raise NotInStock(f"发票卷 {said(gone)} 已写入过这张税控IC卡，现在不在卡内，不能再写", f"{said(gone)} was written to this card before and has left it")
        _each(bench, left, lambda _key, volume: volumes.put_on(ic, _refund_key(bench, volume), volume), "写入税控IC卡", "written to the IC card")
    return _answer(bench, ic, {"bought_back_on_card": rows_on(ic), "bought_back_at": bench.now})


def take_refund(bench: Bench) -> Results:
    """发票退回: every volume of the job off the IC card, to the office. What is not there any more was taken by a job before this one of the same `refund`,
    which the card remembers; without that it has gone elsewhere.
    """
    ic = bench.ic_card
    if (done := answered(ic, bench.order.key)) is not None:
        return dict(done)
    with _agreeing():
        there = volumes.on_card(ic)
        left = [one for one in _named(bench) if one in there or answered(ic, _refund_key(bench, one)) is None]
        _require_there(left, Place("税控IC卡", "the IC card", there))
        _each(bench, left, lambda _key, volume: volumes.take_off(ic, _refund_key(bench, volume), volume), "从税控IC卡收回", "taken off the IC card")
    return _answer(bench, ic, {"refund_taken_at": bench.now})


def read_refund(bench: Bench) -> Results:
    """What stands on the IC card."""
    found = volumes.on_card(bench.ic_card)
    return {"refund_on_card": rows_on(bench.ic_card), "refund_count": sum(one.count for one in found), "refund_read_at": bench.now}


# --- one by one ------------------------------------------------------------------------------------------------------------


def _settled(bench: Bench, tax: TaxCard, ic: Card) -> Results | None:
    """What was answered for the job, once nothing that was cut off is open any more."""
    settle(tax, ic)
    done = answered(ic, bench.order.key)
    return None if done is None else dict(done)


@dataclass(frozen=True)
class Place:
    """Where a volume may stand: a card, as sentences name it, and what is on it now."""

    zh: str
    en: str
    there: Collection[Volume]


def _named(bench: Bench) -> list[Volume]:
    """The volumes of the job. Raises VolumeTwice where it names one twice."""
    named = bench.volumes()
    if any(one.overlaps(other) for number, one in enumerate(named) for other in named[:number]):
        raise VolumeTwice(f"所列发票卷中有重复的号码：{said(named)}", f"numbers are listed twice: {said(named)}")
    return named


def _left(bench: Bench, *, begins: Place | None, ends: Place) -> list[Volume]:
    """The volumes that are still to be moved, judged by the cards and not by the job: one that stands where it should and nowhere else was moved before,
    by this job or by one that ended in an error half way. Raises NotInStock, VolumeTwice for what is in neither place, or in both.
    """
    before = begins.there if begins else ()
    left = [one for one in _named(bench) if one not in ends.there or any(one.overlaps(other) for other in before)]
    if begins is not None:
        _require_there(left, begins)
    _require_apart(left, ends)
    return left


def _refund_key(bench: Bench, volume: Volume) -> str:
    return f"{bench.text('refund') or bench.order.key}:{volume.code}:{volume.first}:{volume.count}"


def _each(bench: Bench, left: Sequence[Volume], move: Callable[[str, Volume], None], zh: str, en: str) -> None:
    for volume in left:
        bench.require_ours()  # between two volumes, never inside a move
        move(f"{bench.order.key}:{volume.code}:{volume.first}", volume)
        bench.say(f"{volume.code} {volume.first} 起 {volume.count} 份已{zh}", f"{volume.count} invoices from {volume.code} {volume.first}: {en}")


def _answer(bench: Bench, ic: Card, results: Results) -> Results:
    write_once(ic, bench.order.key, {}, results)
    return results


def _count(bench: Bench) -> int:
    return sum(one.count for one in bench.volumes())


# --- what does not agree ---------------------------------------------------------------------------------------------------


def _require_there(wanted: Collection[Volume], place: Place) -> None:
    if missing := [one for one in wanted if one not in place.there]:
        has = said(sorted(place.there))
        raise NotInStock(f"{place.zh}里没有发票卷 {said(missing)}；卡内是 {has}", f"{said(missing)} does not stand on {place.en}, which holds {has if place.there else 'nothing'}")


def _require_apart(wanted: Collection[Volume], place: Place) -> None:
    if twice := [one for one in wanted if any(one.overlaps(other) for other in place.there)]:
        raise VolumeTwice(f"{place.zh}里已有发票卷 {said(twice)} 中的号码", f"numbers of {said(twice)} stand on {place.en} already")


@contextmanager
def _agreeing() -> Iterator[None]:
    """Paper and card do not agree, or the card does not move anything as it is now."""
    try:
        yield
    except (NotInStock, VolumeTwice, StockFull) as error:
        raise ModelledError(STOCK_DIFFERS, str(error), error.en) from error
    except WrongState as error:
        raise ModelledError(CARD_BROKEN, str(error), error.en) from error
