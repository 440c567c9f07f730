"""The agent at the counter: waits for cards with its lock prolonged, gives a job back, stops when it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hardware import station as agent
from hardware.clerk import Wanted
from hardware.desk import Desk
from hardware.door import DoorShut, Job, NotOurs
from hardware.ports import Card
from hardware.printer.ports import Alive, Printed, PrinterError, always, is_wanted
from hardware.simulator import PIN, Counter, Fault, FolderShelf, MemoryShelf
from hardware.station import Station
from tests.unit.hardware.counters import IC, ISSUE, NOW, TAX, TODAY, UPGRADE, ListDoor, at_counter, job, work


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
    assert [one[0] for one in door.told] == ["prolong"] * 5 + ["complete"]  # one after each look, a quarter of the lock is long over; one before the cards are touched


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

    assert {one[0] for one in door.told[:-1]} <= {"prolong"}
    assert door.told[-1][0] == "complete"


def test_a_station_that_is_stopped_gives_the_job_back() -> None:
    _counter, door, station = slow(10**9, 600)
    worker = threading.Thread(target=station.work_off)
    worker.start()
    station.ending.set()
    worker.join(5)

    assert not worker.is_alive()
    assert [one[0] for one in door.told] in ([], ["fail"])  # stopped before it had asked, or while it waited


class OutOfPaper:
    """A printer that waits for paper as long as the document is wanted; `begins` is called when it does."""

    def __init__(self, begins: Callable[[], None]) -> None:
        self.begins, self.asked = begins, list[str]()

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        self.asked.append(key)
        self.begins()
        until = time.monotonic() + 10
        while is_wanted(alive) and time.monotonic() < until:
            time.sleep(0.001)
        raise PrinterError("打印机缺纸", "out of paper", kind="paper_out" if time.monotonic() < until else "jam")


def at_printer(begins: Callable[[ListDoor, Station], None]) -> tuple[ListDoor, OutOfPaper]:
    door = ListDoor([job("print_paper", {"paper": "a sheet"})])
    printer = OutOfPaper(lambda: begins(door, station))
    station = Station(door, Desk(printer=printer), lambda: NOW, patience_s=60)
    station.work_off()
    return door, printer


def test_a_station_that_is_stopped_while_its_printer_waits_for_paper_takes_the_document_back() -> None:
    door, _printer = at_printer(lambda _door, station: station.ending.set())

    assert [one for one in door.told if one[0] != "prolong"] == [("fail", "case:1", "工作站已停止，作业留待下次办理")]


def test_a_printer_that_waits_for_paper_gives_up_a_job_that_another_station_has_now(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(door: ListDoor, _station: Station) -> None:
        monkeypatch.setattr(door, "prolong", given_away)

    def given_away(_job: Job) -> None:
        raise NotOurs

    monkeypatch.setattr(agent, "LEASE_S", 0.4)
    door, printer = at_printer(lost)

    assert ([one for one in door.told if one[0] != "prolong"], printer.asked) == ([], ["case:1"])


def test_cards_in_a_folder_are_put_in_by_hand_where_somebody_says_so(tmp_path: Any) -> None:
    shelf = FolderShelf(tmp_path)
    (tmp_path / "inserted").write_text(f"{IC}\n777\n", "utf-8")

    *_prolonged, (what, _key, reason) = work(job("issue_cards", ISSUE), shelf=shelf)
    (tmp_path / "inserted").write_text(f"{IC}\n{TAX}\n", "utf-8")
    *_prolonged, (again, *_) = work(job("issue_cards", ISSUE), shelf=shelf)

    assert (what, reason) == ("fail", f"读卡器里没有 金税卡 {TAX}，只有 税控IC卡 {IC}")
    assert again == "complete"


class Away:
    """A printer that answers at the nth try."""

    def __init__(self, tries: int) -> None:
        self.tries = tries

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        self.tries -= 1
        if self.tries > 0:
            raise PrinterError("打印机没有响应（127.0.0.1:9109）", "the printer does not answer (127.0.0.1:9109)", kind="offline")
        return Printed(1, copies)


def test_a_line_is_told_once_while_it_stays_the_same_and_what_hinders_is_said_at_the_counter_too() -> None:
    station, door = at_counter(job("print_paper", UPGRADE["print_paper"]))
    station.desk.printer, station.patience_s = Away(5), 60
    heard = list[str]()
    station.say = lambda zh, _en: heard.append(zh)

    station.work_off()

    lines = ["正在打印 2 份", "打印机没有响应（127.0.0.1:9109）"]
    assert [zh for zh, _en, _waits in door.lines] == lines
    assert heard[1:] == [*lines, "✓ 已答复"]
    assert door.told[-1][0] == "complete"


@pytest.mark.parametrize("serial", ["../secret", "a/b", "", "x" * 65])
def test_a_serial_leads_nowhere_else(serial: str, tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="not a serial"):
        FolderShelf(tmp_path / "cards").take(serial)


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

    assert [one[0] for one in door.told if one[0] != "prolong"] == ["complete"]
    assert asked == [f"请放入 金税卡 {TAX}、税控IC卡 {IC}", *[f"读卡器里没有 金税卡 {TAX}"] * 3]
    assert door.lines == [(f"读卡器里没有 金税卡 {TAX}", f"the golden-tax card {TAX} is not in the reader", [TAX, IC])]
