"""Volumes between two cards where a job ends half way: the next one goes on by what the cards hold, a withdrawn one stops, nothing stands in two places.

Source: Xicheng, 三(二)4, 三(三), 三(七), 三(八)1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hardware import station as agent
from hardware import volumes
from hardware.clerk import Wanted
from hardware.door import DoorShut, Job, NotOurs
from hardware.layout import VOLUMES
from hardware.simulator import PIN, Counter, Fault, MemoryShelf, Shelf
from hardware.simulator.cards import SimulatedTaxCard, in_reader
from hardware.simulator.shelf import Plastic
from hardware.station import Station
from tests.unit.hardware.counters import (
    BOTH,
    IC,
    NOW,
    NUMBER,
    STOCK,
    TAX,
    TODAY,
    UPGRADE,
    ListDoor,
    job,
    on_card,
    until,
    work,
)

STRANGE = "500100099"
FIRSTS = [row["number_from"] for row in STOCK]
ENDS = {"give_back": "ic", "take_refund": "", "put_on": "ic", "read_in": "tax"}  # where everything is in the end
MOVES = pytest.mark.parametrize("topic", ENDS)
REFUND = {"refund": "visit-1"}  # of a refund and of a buy-back: which jobs are one
WROTE = [3, 4, 5, 6, 7, 8, 9, 10, 12, 14]  # after how many changes of the IC card


def given(topic: str) -> dict[str, Any]:
    return {**UPGRADE[topic], **(REFUND if topic in {"take_refund", "put_on"} else {})}


def where(shelf: Shelf) -> dict[str, list[str]]:
    """The first numbers in each place."""
    tax, on_ic = shelf.take(TAX), (on_card(shelf, IC, VOLUMES) if shelf.take(IC) else None) or []
    assert tax is not None
    return {"tax": sorted(first for _code, first, _count in tax.stock), "ic": sorted(row["first"] for row in on_ic)}


def ended(shelf: Shelf, topic: str) -> bool:
    return where(shelf) == {place: FIRSTS if place == ENDS[topic] else [] for place in ("tax", "ic")}


class Fumbling(Counter):
    """Whoever finds a card drawn puts a strange one in, and goes for tea."""

    looks = 0

    def cards(self) -> Sequence[Any]:
        self.looks += 1
        if self.looks > 1:
            self._in = [*(serial for serial in self._in if serial != IC and serial != STRANGE), STRANGE]
        return super().cards()


@MOVES
@pytest.mark.parametrize("at", WROTE)
def test_what_was_moved_before_a_wrong_card_is_gone_on_with_by_another_job(topic: str, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = until(topic, MemoryShelf())
    shelf.put(Plastic("ic_card", STRANGE, pin=PIN))
    door = ListDoor([job(topic, given(topic), "case:A")])
    station = Station(door, Fumbling(shelf, lambda: TODAY, faults={IC: Fault("after", at)}).desk(), lambda: NOW, patience_s=0.02)
    with monkeypatch.context() as quick:
        quick.setattr(agent, "LOOK_S", 0.001)
        station.work_off()
    first = door.told[-1][0]

    ((second, *more),) = work(job(topic, given(topic), "case:B"), shelf=shelf)

    assert first in {"error", "fail", "complete"}
    assert second == "complete", more
    assert ended(shelf, topic)


def test_what_is_not_on_the_ic_card_and_was_not_taken_by_this_refund_went_elsewhere() -> None:
    shelf = until("read_in", MemoryShelf())
    work(job("read_in", UPGRADE["read_in"], "case:elsewhere"), shelf=shelf)  # between reading it and taking it back

    ((what, _key, code, text),) = work(job("take_refund", {**UPGRADE["take_refund"], "refund": "visit-2"}, "case:B"), shelf=shelf)

    assert (what, code) == ("error", "STOCK_DIFFERS")
    assert "税控IC卡里没有发票卷" in text


def test_a_buy_back_that_was_written_and_went_elsewhere_is_not_written_again() -> None:
    shelf = until("put_on", MemoryShelf())
    work(job("put_on", given("put_on"), "case:A"), shelf=shelf)
    assert work(job("read_in", UPGRADE["read_in"], "case:in"), shelf=shelf)[0][0] == "complete"

    ((what, _key, code, text),) = work(job("put_on", given("put_on"), "case:B"), shelf=shelf)

    assert (what, code) == ("error", "STOCK_DIFFERS")
    assert "已写入过" in text
    assert where(shelf) == {"tax": FIRSTS, "ic": []}


class Withdrawing(ListDoor):
    """The house takes the job back after so many lines of progress, or goes away; `says`: what it answers from then on."""

    def __init__(self, jobs: list[Job], after: int, says: type[Exception]) -> None:
        super().__init__(jobs)
        self.after, self.says = after, says

    def progress(self, job: Job, zh: str, en: str, waits: Sequence[Wanted] = ()) -> None:
        super().progress(job, zh, en, waits)
        if len(self.lines) > self.after:
            raise self.says("作业已被收回")

    def prolong(self, job: Job) -> None:
        if len(self.lines) > self.after:
            raise self.says("作业已被收回")

    def complete(self, job: Job, results: Mapping[str, Any]) -> None:
        if self.says is NotOurs:
            raise NotOurs("作业已被收回")
        super().complete(job, results)


@MOVES
def test_a_job_that_is_withdrawn_moves_no_further_volume(topic: str) -> None:
    shelf = until(topic, MemoryShelf())
    door = Withdrawing([job(topic, given(topic))], 1, NotOurs)  # the first line asks for the cards, the second says that a volume was moved
    said = list[str]()
    station = Station(door, Counter(shelf, lambda: TODAY).desk(), lambda: NOW, said_to(said), patience_s=0)

    station.work_off()

    begun = {"give_back": {"tax": FIRSTS[1:], "ic": FIRSTS[:1]}, "take_refund": {"tax": [], "ic": FIRSTS[1:]}, "put_on": {"tax": [], "ic": FIRSTS[:1]}}
    assert where(shelf) == begun.get(topic, {"tax": FIRSTS[:1], "ic": FIRSTS[1:]})
    assert "✗ 作业已被收回" in said


def said_to(said: list[str]) -> Any:
    return lambda zh, _en: said.append(zh)


def test_a_house_that_is_away_for_longer_than_the_lock_lasts_stops_the_work() -> None:
    shelf = until("put_on", MemoryShelf())
    door = Withdrawing([job("put_on", given("put_on"))], 1, DoorShut)
    station = Station(door, Counter(shelf, lambda: TODAY).desk(), lambda: NOW, patience_s=0)
    station.ticks = lambda: float(agent.LEASE_S * (len(door.lines) > 1))

    station.work_off()

    assert where(shelf)["ic"] == FIRSTS[:1]
    assert door.told == []


def test_a_house_that_starts_anew_while_a_card_is_looked_for_costs_no_job() -> None:
    shelf = until("put_on", MemoryShelf())
    door = ListDoor([job("put_on", given("put_on"))])
    counter = Counter(shelf, lambda: TODAY)
    looks, ticks = [0], [0.0]

    def cards() -> Sequence[Any]:
        looks[0] += 1
        ticks[0] += 40.0
        door.shut = [DoorShut("503")] if looks[0] == 1 else []
        return Counter.cards(counter) if looks[0] > 2 else []

    counter.cards = cards  # type: ignore[method-assign]
    station = Station(door, counter.desk(), lambda: NOW, patience_s=600, ticks=lambda: ticks[0])

    station.work_off()

    assert door.told[-1][0] == "complete"


@pytest.mark.parametrize(("goes_in", "topic"), [(False, "give_back"), (True, "read_in")])
def test_a_move_with_an_ic_card_that_is_kept_unreadable_ends_in_the_golden_tax_card(topic: str, *, goes_in: bool) -> None:
    shelf = until(topic, MemoryShelf())
    plastic = shelf.take(TAX)
    assert plastic is not None
    card: Any = in_reader(shelf, plastic)
    assert isinstance(card, SimulatedTaxCard)
    volume = card.stock()[0] if card.stock() else volumes.on_card(in_reader(shelf, shelf.take(IC) or plastic))[0]
    card.prepare(card.position().last_token + 1, volume, goes_in=goes_in, partner=IC)

    ((what, _key, says),) = work(job("read_state", {**UPGRADE["read_state"], "withheld": IC}), shelf=shelf)

    assert what == "complete"
    assert FIRSTS[0] in [row["number_from"] for row in says["card_stock"]]
    assert in_reader(shelf, shelf.take(TAX) or plastic).position().open_token == 0  # type: ignore[attr-defined]


def test_the_state_is_read_with_what_stands_on_the_ic_card_beside_it() -> None:
    shelf = until("read_in", MemoryShelf())

    ((_what, _key, says),) = work(job("read_state", {**UPGRADE["read_state"], **BOTH}), shelf=shelf)

    assert (says["ic_stock"], says["card_stock"], NUMBER) == (STOCK, [], BOTH["taxpayer_number"])
