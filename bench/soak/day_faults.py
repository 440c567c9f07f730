"""What befalls an enterprise on the day: planted where its clerk is, seen and remedied as a person at the counter would. `struck`: whether it did befall it.

Source: Xicheng, 三(一)1, 三(二), 三(三), 三(五), 三(七), 三(八).
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.soak.day_hall import ISSUANCE, WRONG_PIN, Card, Counter
from bench.soak.day_office import Enterprise, Hall
from engine.external import Waiting
from hardware.card.chip.eeprom import Eeprom
from hardware.card.chip.host import CardProcess, FaultKind
from hardware.card.layout import FILES, LENGTH_BYTES
from hardware.door import LEASE_S
from hardware.layout import VOLUMES


@dataclass
class Fault:
    """Nothing befalls the enterprise; each of these may be otherwise."""

    struck: bool = field(default=False, init=False)

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        """A task is about to be handed in."""

    def entries(self, one: Enterprise, element: str) -> Mapping[str, Any]:
        """What is entered otherwise."""
        return {}

    def inserted(self, card: Card, job: Waiting) -> None:
        """A card was put in for a job."""

    def drawn(self, job: Waiting) -> None:
        """A card that fell silent was drawn, to be put in again."""

    def working(self, hall: Hall, one: Enterprise, counter: Counter, job: Waiting) -> None:
        """A job is open; told again and again."""

    def leaves(self, hall: Hall, counter: Counter) -> None:
        """The enterprise goes from a counter."""

    def breaks_off(self, one: Enterprise, element: str) -> bool:
        """Whether it leaves the hall instead of having this task done."""
        return False

    def steps_aside(self, hall: Hall, one: Enterprise, element: str) -> bool:
        """Whether it lets others go first at the counter of this task."""
        return False


@dataclass
class Differs(Fault):
    """Paper and card do not agree the first time."""

    element: str
    way_back: str
    wrong: Mapping[str, Any]

    def entries(self, one: Enterprise, element: str) -> Mapping[str, Any]:
        self.struck = self.struck or element == self.way_back
        if element != self.element or one.times.get(element):
            return {}
        rows = one.unused()
        rows[-1]["number_to"] = f"{int(rows[-1]['number_to']) - 1:08d}"
        return {name: rows if value == "one less" else value for name, value in self.wrong.items()}


@dataclass
class Meanwhile(Fault):
    """A card loses its current at a command of the job that follows the task."""

    element: str
    topic: str
    kind: str
    how: FaultKind
    ins: int
    at: int = 1
    is_armed: bool = field(default=False, init=False)
    is_due: bool = field(default=False, init=False)

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element == self.element and not self.is_armed:
            self.is_due = True
            card = one.tax if one.tax.kind == self.kind else one.ic
            if card.slot and any(card in counter.cards for counter in hall.counters.values()):
                self._arm(card)

    def inserted(self, card: Card, job: Waiting) -> None:
        if self.is_due and card.kind == self.kind:
            self._arm(card)

    def drawn(self, job: Waiting) -> None:
        self.struck = self.struck or job.topic == self.topic

    def _arm(self, card: Card) -> None:
        process = card.process
        assert isinstance(process, CardProcess)
        process.fault(self.how, self.at, ins=self.ins, after_bytes=3)
        self.is_armed, self.is_due = True, False


@dataclass
class TypedWrong(Fault):
    """The PIN was typed wrong when the station at the issuance was started. The card is asked once with it, whatever the clerk tries; when it is typed right, the card
    is shown it only after another card has taken it: the enterprise lets the next one go first.
    """

    left: list[int] = field(default_factory=list, init=False)
    is_mended: bool = field(default=False, init=False)

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element != "prepare_refund":
            return
        if not one.times.get(element):
            counter = hall.counters[ISSUANCE]
            counter.stop()
            counter.start(WRONG_PIN)
        elif not self.is_mended:
            self.left.append(tries_left(one.ic))

    def steps_aside(self, hall: Hall, one: Enterprise, element: str) -> bool:
        if element != "prepare_refund" or one.times.get(element, 0) != 2:
            return False
        counter = hall.counters[ISSUANCE]
        if not self.is_mended:
            self.left.append(tries_left(one.ic))
            self.is_mended, self.struck = True, self.left == [2, 2]
            counter.stop()
            counter.start()
        return counter.station is None or not counter.station.desk.pin_fits


@dataclass
class Killed(Fault):
    """The station is a process that the kernel kills behind a command to a card; another one finishes its job when the lock is over."""

    element: str
    post: str
    ins: int
    at: int = 1

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element == self.element and not one.times.get(element):
            hall.counters[self.post].start_process(self.ins, self.at)

    def working(self, hall: Hall, one: Enterprise, counter: Counter, job: Waiting) -> None:
        if not self.struck and counter.process is not None and counter.process.poll() is not None:
            self.struck = counter.end_process() == -signal.SIGKILL
            hall.clock.offset += timedelta(seconds=LEASE_S + 1)
            counter.start_process()

    def leaves(self, hall: Hall, counter: Counter) -> None:
        if counter.process is not None:
            assert counter.end_process() == 0
            counter.start()


@dataclass
class Cut(Fault):
    """The line to the house is cut, or the house itself restarts, while a station waits for a card: its answer finds nobody and is given again."""

    topic: str
    is_house: bool = False
    is_away: bool = field(default=False, init=False)

    def working(self, hall: Hall, one: Enterprise, counter: Counter, job: Waiting) -> None:
        assert counter.door is not None
        if not self.is_away and not self.struck and job.topic == self.topic and job.progress.waits:
            self.is_away, counter.door.shut = True, 0
            hall.house.line.go_down()
            if self.is_house:
                hall.house.stop()
        elif self.is_away and counter.door.shut:
            self.is_away, self.struck = False, True
            if self.is_house:
                hall.house.start()
            hall.house.line.come_back()


@dataclass
class Breaks(Fault):
    """The IC card can no longer be read after 退票: the enterprise leaves, and the office keeps what stood on it."""

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element == "prepare_refund":
            one.ic.close()
            Eeprom(one.ic.folder / f"{one.ic.serial}.chip").write(FILES[VOLUMES], LENGTH_BYTES, b"\0" * 8)

    def breaks_off(self, one: Enterprise, element: str) -> bool:
        again = element == "prepare_refund" and one.times.get(element) == 1
        self.struck = self.struck or again
        return again

    def entries(self, one: Enterprise, element: str) -> Mapping[str, Any]:
        return {"volumes_next": "ic_card_withheld", "kept_because": "税控IC卡损坏，换卡后再办"} if element == "choose_way" else {}


@dataclass
class Leaves(Fault):
    """The enterprise has no time any more when its refund is booked: everything goes back onto its cards."""

    def breaks_off(self, one: Enterprise, element: str) -> bool:
        self.struck = self.struck or element == "prepare_load"
        return element == "prepare_load"


@dataclass
class SheetLost(Fault):
    """One of the two hand-over sheets does not come back: at the end of the day it is named."""

    def entries(self, one: Enterprise, element: str) -> Mapping[str, Any]:
        self.struck = self.struck or element == "hand_back"
        return {"sheets_collected": "1", "sheet_missing_because": "一份被雨水浸坏"} if element == "hand_back" else {}


def tries_left(card: Card) -> int:
    """Of its PIN, as the chip has it."""
    return int(Eeprom(Path(card.folder) / f"{card.serial}.chip").values["pin_left"])
