"""The simulated counter: all its devices, and a clerk who puts in exactly the cards and disks that a job names, unless told otherwise.

A card that is on no shelf yet is made as the job supposes it: blank for a first issue, else one that was issued to the taxpayer of the
job before, with a few invoices on it; for a job that asks for a month, with the stock and the month of `hardware.simulator.supposed`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from hardware.carrier import FolderCarrier
from hardware.clerk import Wanted
from hardware.desk import Desk
from hardware.disk.floppy import tools_missing
from hardware.layout import HOLDER, INVOICES, VOLUMES, packed
from hardware.ports import DISK, TAX_CARD, Card
from hardware.simulator.cards import Fault, SimulatedCard, in_reader
from hardware.simulator.devices import Planted, SimulatedDrive, SimulatedKeys, SimulatedPrinter
from hardware.simulator.shelf import FolderShelf, Plastic, Shelf
from hardware.simulator.supposed import CENT, RATE, supposed_month, supposed_stock

PIN = "12345678"


@dataclass
class Counter:
    """Reader and clerk in one. `insert`, `broken` and `fault` as in a scenario's step; `faults` by serial are met once."""

    shelf: Shelf
    today: Callable[[], date]
    insert: str = ""
    broken: str = ""
    faults: dict[str, Fault] = field(default_factory=dict)
    fault: str = ""
    _in: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._planted, room = Planted(self.fault), self.shelf.room
        self._drive = SimulatedDrive(room / "disks", self._planted, are_images=isinstance(self.shelf, FolderShelf) and not tools_missing())
        (room / "carrier").mkdir(exist_ok=True)

    def desk(self) -> Desk:
        """Everything that stands here."""
        room = self.shelf.room
        return Desk(
            self, self, PIN, self._drive, FolderCarrier(room / "carrier"), SimulatedKeys(self._planted),
            SimulatedPrinter(room / "printed", self._planted), SimulatedPrinter(room / "labels", self._planted),
        )  # fmt: skip

    def please_insert(self, wanted: Sequence[Wanted]) -> None:
        cards = [one for one in wanted if one.kind != DISK]
        for one in wanted:
            if one.kind == DISK:
                self._drive.put_in(one.serial)
        by_hand = self.shelf.inserted() if isinstance(self.shelf, FolderShelf) else None
        for card in cards:
            if self.shelf.take(card.serial) is None:
                self.shelf.put(self._made(card))
        serials = [card.serial for card in cards]
        self._break(self.broken, cards)
        if self.insert and self.insert not in serials:
            other = self.shelf.take(self.insert) or self._other(self.insert, cards[0].kind)
            self.shelf.put(other)
            instead = next((card.serial for card in cards if card.kind == other.kind), serials[0])
            serials = [other.serial if serial == instead else serial for serial in serials]
        self._in = serials if by_hand is None else list(by_hand)

    def cards(self) -> Sequence[Card]:
        if isinstance(self.shelf, FolderShelf) and (by_hand := self.shelf.inserted()) is not None:
            self._in = list(by_hand)
        found = [self.shelf.take(serial) for serial in self._in]
        return [self._inserted(plastic) for plastic in found if plastic is not None]

    def _inserted(self, plastic: Plastic) -> SimulatedCard:
        if plastic.stock and self._planted.strikes("stock_twice"):
            plastic = replace(plastic, stock=[plastic.stock[0], *plastic.stock])  # as it is read this once; the card itself stays as it is
        shows_less = bool(plastic.stock or len(plastic.files.get(VOLUMES, "")) > len(packed([]))) and self._planted.strikes("stock_differs")
        return in_reader(self.shelf, plastic, self.faults.pop(plastic.serial, None), shows_less=shows_less, falls_silent=partial(self._planted.strikes, "falls_silent"))

    def _break(self, serial: str, cards: Sequence[Wanted]) -> None:
        plastic = self.shelf.take(serial) if serial else None
        if serial and plastic is None:
            plastic = self._other(serial, cards[0].kind)
        if plastic is not None:
            plastic.broken = "mute"
            self.shelf.put(plastic)

    def _other(self, serial: str, kind: str) -> Plastic:
        return Plastic(kind, serial, pin=PIN)

    def _made(self, card: Wanted) -> Plastic:
        plastic = Plastic(card.kind, card.serial, pin=PIN)
        if card.taxpayer_number:
            holder = {"taxpayer_number": card.taxpayer_number, "enterprise_name": card.enterprise_name}
            plastic.files[HOLDER] = packed(holder).decode()
            if card.kind == TAX_CARD:
                plastic.stock = [[one.code, one.first, one.count] for one in supposed_stock(card.serial)]
                invoices = supposed_month(card.serial, card.month) if card.month else self._invoices(card.serial)
                plastic.files[INVOICES] = packed(invoices).decode()
        return plastic

    def _invoices(self, serial: str) -> list[dict[str, Any]]:
        """Three invoices of the days before, the last of them not declared yet; the same ones for the same card."""
        first = int("".join(c for c in serial if c.isdigit())[-5:] or "1") * 3
        amounts = [Decimal(1000 * (n + 1)) + Decimal("0.50") for n in range(3)]
        return [
            {
                "code": "6100033140", "number": f"{first + n:08d}", "date": self.today() - timedelta(days=10 * (3 - n)),
                "amount": amount, "tax": (amount * RATE).quantize(CENT), "declared": n < 2,
            }
            for n, amount in enumerate(amounts)
        ]  # fmt: skip
