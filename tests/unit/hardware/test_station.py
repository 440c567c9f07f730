"""The agent at the counter: waits for cards with its lock prolonged, gives a job back, stops when it is told."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from hardware import station as agent
from hardware.clerk import Wanted
from hardware.desk import Desk
from hardware.ports import Card
from hardware.simulator import PIN, Counter, Fault, FolderShelf, MemoryShelf
from hardware.station import DoorShut, Job, NotMade, Station
from tests.unit.hardware.counters import IC, ISSUE, NOW, PAPER, TAX, TODAY, UPGRADE, ListDoor, at_counter, job, work


class Slow:
    """A counter whose clerk puts the right cards in at the nth look."""

    def __init__(self, looks: int) -> None:
        self.inner, self.looks, self.asked = Counter(MemoryShelf(), lambda: TODAY), looks, list[str]()

    def please_insert(self, cards: Sequence[Wanted]) -> None:
        self.asked += [card.name for card in cards]
        self.inner.please_insert(cards)

    def cards(self) -> Sequence[Card]:
        self.looks -= 1
        return self.inner.cards() if self.looks <= 0 else []


def slow(looks: int, patience_s: float) -> tuple[Slow, ListDoor, Station]:
    counter, door = Slow(looks), ListDoor([job("issue_cards", ISSUE)])
    return counter, door, Station(door, Desk(counter, counter, PIN), lambda: NOW, patience_s=patience_s)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "LOOK_S", 0.001)


def test_cards_are_asked_for_by_name_and_waited_for_with_the_lock_prolonged() -> None:
    counter, door, station = slow(5, 600)
    station.ticks = lambda: 60.0 * (5 - counter.looks)  # a card takes a minute to answer that it is not there

    station.work_off()

    assert counter.asked == [f"金税卡 {TAX}", f"税控IC卡 {IC}"]
    assert [one[0] for one in door.told] == ["prolong"] * 4 + ["complete"]  # one after each look: a quarter of the lock is long over


def test_a_job_whose_cards_do_not_come_is_given_back_with_the_reason() -> None:
    _counter, door, station = slow(1000, 0.01)

    station.work_off()

    ((what, _key, reason),) = door.told
    assert (what, reason) == ("fail", f"读卡器里没有 金税卡 {TAX}")


def test_a_card_that_is_drawn_and_put_in_again_is_gone_on_with() -> None:
    shelf = MemoryShelf()
    station, door = at_counter(job("issue_cards", ISSUE), shelf=shelf, faults={TAX: Fault("torn", 2)})
    station.patience_s = 1

    station.work_off()

    assert [one[0] for one in door.told] == ["complete"]


def test_a_station_that_is_stopped_gives_the_job_back() -> None:
    _counter, door, station = slow(10**9, 600)
    worker = threading.Thread(target=station.work_off)
    worker.start()
    station.ending.set()
    worker.join(5)

    assert not worker.is_alive()
    assert [one[0] for one in door.told] in ([], ["fail"])  # stopped before it had asked, or while it waited


def test_cards_in_a_folder_are_put_in_by_hand_where_somebody_says_so(tmp_path: Any) -> None:
    shelf = FolderShelf(tmp_path)
    (tmp_path / "inserted").write_text(f"{IC}\n777\n", "utf-8")

    ((what, _key, reason),) = work(job("issue_cards", ISSUE), shelf=shelf)
    (tmp_path / "inserted").write_text(f"{IC}\n{TAX}\n", "utf-8")
    ((again, *_),) = work(job("issue_cards", ISSUE), shelf=shelf)

    assert (what, reason) == ("fail", f"读卡器里没有 金税卡 {TAX}")
    assert again == "complete"


@pytest.mark.parametrize("serial", ["../secret", "a/b", "", "x" * 65])
def test_a_serial_leads_nowhere_else(serial: str, tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="not a serial"):
        FolderShelf(tmp_path / "cards").take(serial)


@pytest.mark.parametrize(("looks", "patience_s", "answer"), [(3, 600.0, "complete"), (1000, 0.01, "fail")])
def test_a_paper_that_is_still_being_made_is_waited_for_as_long_as_cards_are(monkeypatch: pytest.MonkeyPatch, looks: int, patience_s: float, answer: str) -> None:
    station, door = at_counter(job("print_paper", UPGRADE["print_paper"]))
    station.patience_s, asked = patience_s, list[str]()

    def paper(asking: Job) -> bytes:
        asked.append(asking.id)
        if len(asked) < looks:
            raise NotMade("文书还没有制好，请稍后再取")
        return PAPER

    monkeypatch.setattr(door, "paper", paper)
    station.work_off()

    assert [one[0] for one in door.told] == [answer]
    assert ("文书正在制作，请稍候", "the paper is being made", []) in door.lines


def test_what_is_waited_for_is_told_again_until_it_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    _counter, door, station = slow(5, 600)
    heard, asked = door.progress, list[str]()

    def progress(asking: Job, zh: str, en: str, waits: Sequence[Wanted] = ()) -> None:
        asked.append(zh)
        if len(asked) < 4:
            raise DoorShut("the line is cut")
        heard(asking, zh, en, waits)

    monkeypatch.setattr(door, "progress", progress)
    station.work_off()

    assert [one[0] for one in door.told] == ["complete"]
    assert asked == [f"请放入 金税卡 {TAX}、税控IC卡 {IC}", *[f"读卡器里没有 金税卡 {TAX}"] * 3]
    assert door.lines == [(f"读卡器里没有 金税卡 {TAX}", f"{TAX} is not in the reader", [TAX, IC])]
