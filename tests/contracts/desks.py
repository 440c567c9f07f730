"""A counter with one reader, for the suite that every driver passes: cards are put in, drawn and fail, whatever stands behind the port."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from hardware.card.chip.host import CardProcess
from hardware.card.pcsc import PcscReader
from hardware.clerk import Wanted
from hardware.ports import TAX_CARD, Card
from hardware.simulator import PIN, Counter, Fault, Shelf

SERIAL = "661200001"
SEEN_S = 5.0  # the service of the readers looks every 0.4 s
MUTE_S = 0.3
When = Literal["before", "after", "torn"]
COMMANDS_OF_A_WRITE = {"before": 1, "torn": 3, "after": 4}  # select, unfinished, content, length


class Desk(Protocol):
    """What the suite does at a counter."""

    def card(self) -> Card:
        """The card, blank the first time, drawn and put in again after that."""
        ...

    def open_card(self, when: When | None = None) -> Card:
        """The same with its PIN shown; it is drawn at its next write, before, after or in the middle of it."""
        ...

    def mute_card(self) -> Card:
        """A card that answers nothing."""
        ...

    def put_in(self, *cards: tuple[str, str]) -> None:
        """Puts blank cards in, by kind and serial."""
        ...

    def shown(self) -> Sequence[tuple[str, str]]:
        """Kind and serial of what the reader shows."""
        ...

    def cards(self) -> Mapping[str, Card]:
        """What lies in the reader, by kind."""
        ...

    def close(self) -> None:
        """Takes everything away."""
        ...


class SimulatedDesk:
    """The simulator of the house, on a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.reader = self._counter()

    def card(self) -> Card:
        return self._card(None)

    def open_card(self, when: When | None = None) -> Card:
        found = self._card(Fault(when) if when else None)
        found.verify(PIN)
        return found

    def mute_card(self) -> Card:
        broken = Counter(self.shelf, _today, broken=SERIAL)
        broken.please_insert([Wanted(TAX_CARD, SERIAL)])
        (found,) = broken.cards()
        return found

    def put_in(self, *cards: tuple[str, str]) -> None:
        self.reader.please_insert([Wanted(kind, serial) for kind, serial in cards])

    def shown(self) -> Sequence[tuple[str, str]]:
        return sorted((one.kind, one.serial) for one in self.reader.cards())

    def cards(self) -> Mapping[str, Card]:
        return {one.kind: one for one in self.reader.cards()}

    def close(self) -> None:
        """Nothing is left."""

    def _counter(self, fault: Fault | None = None) -> Counter:
        return Counter(self.shelf, _today, faults={SERIAL: fault} if fault else {})

    def _card(self, fault: Fault | None) -> Card:
        counter = self._counter(fault)
        counter.please_insert([Wanted(TAX_CARD, SERIAL)])
        (found,) = counter.cards()
        return found


class PcscDesk:
    """A real service of readers with virtual slots; each card is a process of its own."""

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        self.folder, self.ports = folder, list(ports)
        self.reader = PcscReader()
        self.processes: list[CardProcess] = []

    def card(self) -> Card:
        if self.processes:
            self.processes[0].draw()
            self.wait(0)
            self.processes[0].insert(self.ports[0])
            self.wait(1)
        else:
            self.put_in((TAX_CARD, SERIAL))
        (found,) = self.reader.cards()
        return found

    def open_card(self, when: When | None = None) -> Card:
        found = self.card()
        found.verify(PIN)
        if when is not None:
            self.processes[0].fault(when, COMMANDS_OF_A_WRITE[when])
        return found

    def mute_card(self) -> Card:
        self.reader = PcscReader(deadline_s=MUTE_S)
        found = self.card()
        self.processes[0].fault("silent")
        return found

    def put_in(self, *cards: tuple[str, str]) -> None:
        for port, (kind, serial) in zip(self.ports, cards, strict=False):
            process = CardProcess(kind, serial, self.folder, PIN)
            process.insert(port)
            self.processes.append(process)
        self.wait(len(cards))

    def shown(self) -> Sequence[tuple[str, str]]:
        return sorted((one.kind, one.serial) for one in self.reader.cards())

    def cards(self) -> Mapping[str, Card]:
        return {one.kind: one for one in self.reader.cards()}

    def close(self) -> None:
        for process in self.processes:
            process.close()
        self.wait(0)
        self.reader.close()

    def wait(self, count: int) -> None:
        """Waits until the reader shows so many cards. The service sees a card come or go at its next look; quicker than that nobody puts cards in."""
        until = time.monotonic() + SEEN_S
        while len(self.reader.cards()) != count:
            assert time.monotonic() < until, f"the reader does not show {count} cards"
            time.sleep(0.02)
        if not count or count < len(self.processes):  # a card that is put in again before the service has looked is never seen
            time.sleep(0.45)


def _today() -> date:
    return date(2003, 3, 3)
