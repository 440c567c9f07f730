"""A card in a simulated reader: files, a PIN with three tries, and the ways in which cards fail.

Stock, state and keys are those of our own chip (`hardware.card.chip`), spoken to by the same commands as one in a real reader; its memory is the plastic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from hardware.card.chip.direct import DirectWire
from hardware.card.chip.golden import GoldenSystem
from hardware.card.chip.system import CardSystem
from hardware.card.golden import GoldenTaxCard
from hardware.card.iso import IsoCard
from hardware.layout import VOLUMES, packed, unpacked
from hardware.ports import (
    SPECIAL,
    TAX_CARD,
    Authority,
    CardMute,
    CardRemoved,
    CardState,
    MemoryFull,
    NotAuthorised,
    PinBlocked,
    Position,
    Volume,
    WrongPin,
)
from hardware.simulator.memory import PlasticMemory
from hardware.simulator.shelf import TRIES, Plastic, Shelf

CAPACITY = 64 * 1024


@dataclass
class Fault:
    """The card is drawn at its `at`-th write: before it, after it, or in the middle (torn)."""

    when: Literal["before", "torn", "after"]
    at: int = 1


class SimulatedCard:
    """One card, as long as it lies in the reader. `shows_less`: its first volume is shown with one invoice less than it has; `falls_silent`: asked before
    each write whether it does so now, for good.
    """

    def __init__(
        self, shelf: Shelf, plastic: Plastic, fault: Fault | None = None, *, shows_less: bool = False, falls_silent: Callable[[], bool] = lambda: False
    ) -> None:
        self._shelf, self._plastic, self._fault, self._shows_less, self._falls_silent = shelf, plastic, fault, shows_less, falls_silent
        self._authorised, self._removed, self._writes = False, False, 0

    @property
    def kind(self) -> str:
        return self._plastic.kind

    @property
    def serial(self) -> str:
        return self._plastic.serial

    def verify(self, pin: str) -> None:
        self._require_alive()
        if self._plastic.tries <= 0:
            raise PinBlocked
        if pin != self._plastic.pin:
            self._plastic.tries -= 1
            self._shelf.put(self._plastic)
            if self._plastic.tries <= 0:
                raise PinBlocked
            raise WrongPin(self._plastic.tries)
        if self._plastic.tries != TRIES:
            self._plastic.tries = TRIES
            self._shelf.put(self._plastic)
        self._authorised = True

    def tries_left(self) -> int:
        self._require_alive()
        return self._plastic.tries

    def read(self, file: str) -> bytes:
        self._require_alive()
        content = self._plastic.files.get(file, "").encode()
        rows = unpacked(content) if self._shows_less and file == VOLUMES else None
        return packed([{**rows[0], "count": max(1, rows[0]["count"] - 1)}, *rows[1:]]) if rows else content

    def write(self, file: str, content: bytes) -> None:
        self._require_alive()
        if not self._authorised:
            raise NotAuthorised("卡要求先验证口令", "the card wants its PIN first")
        if len(content) > CAPACITY:
            raise MemoryFull("卡的存储区已满", "the memory of the card is full")
        text = content.decode()
        self._change(lambda: self._plastic.files.update({file: text}), lambda: self._plastic.files.update({file: text[: len(text) // 2]}))

    def unlock_pin(self, authority: Authority, new_pin: str) -> None:
        self._require_alive()
        self._authorised = False
        self._chip.unlock_pin(authority, new_pin)

    # --- the chip ----------------------------------------------------------------------------------------------------------

    @cached_property
    def _chip(self) -> IsoCard:
        return IsoCard(DirectWire(CardSystem.over(PlasticMemory(self._plastic, self._change))))

    def _change(self, change: Callable[[], None], torn: Callable[[], None] = lambda: None) -> None:
        """One write; a memory that writes whole or not at all is not changed by one that is torn."""
        self._writes += 1
        if self._falls_silent():
            self._plastic.broken = "mute"
            self._shelf.put(self._plastic)
            self._require_alive()
        fault = self._fault if self._fault and self._fault.at == self._writes else None
        if fault is not None and fault.when == "before":
            self._remove()
        (torn if fault is not None and fault.when == "torn" else change)()
        self._shelf.put(self._plastic)
        if fault is not None:
            self._remove()

    def _require_alive(self) -> None:
        if self._removed:
            self._remove()
        if self._plastic.broken:
            raise CardMute(f"卡 {self.serial} 没有响应", f"card {self.serial} does not answer")

    def _remove(self) -> None:
        self._removed = True
        raise CardRemoved(f"卡 {self.serial} 被拔出", f"card {self.serial} was drawn")


class SimulatedTaxCard(SimulatedCard):
    """A golden-tax card."""

    @cached_property
    def _chip(self) -> GoldenTaxCard:
        return GoldenTaxCard(DirectWire(GoldenSystem.over(PlasticMemory(self._plastic, self._change))))

    def _alive(self) -> GoldenTaxCard:
        self._require_alive()
        return self._chip

    def state(self) -> CardState:
        return self._alive().state()

    def stock(self) -> Sequence[Volume]:
        found = list(self._alive().stock())
        if self._shows_less and found:
            found[0] = replace(found[0], count=max(1, found[0].count - 1))
        return found

    def position(self) -> Position:
        return self._alive().position()

    def prepare(self, token: int, volume: Volume, *, goes_in: bool, partner: str) -> None:
        self._alive().prepare(token, volume, goes_in=goes_in, partner=partner)

    def finish(self, token: int, *, commit: bool) -> None:
        self._alive().finish(token, commit=commit)

    def unlock(self, authority: Authority) -> None:
        self._alive().unlock(authority)

    def reissue(self, authority: Authority, version: str) -> None:
        self._alive().reissue(authority, version)

    def authorise(self, authority: Authority, per_invoice: int, monthly_quantity: int, *, invoices: str = SPECIAL) -> None:
        self._alive().authorise(authority, per_invoice, monthly_quantity, invoices=invoices)

    def load(self, authority: Authority, outside_period: int) -> None:
        self._alive().load(authority, outside_period)


def in_reader(shelf: Shelf, plastic: Plastic, fault: Fault | None = None, **how: Any) -> SimulatedCard:
    """A card with the commands of its kind; `how` as for that."""
    kind = SimulatedTaxCard if plastic.kind == TAX_CARD else SimulatedCard
    return kind(shelf, plastic, fault, **how)


def volumes_on(shelf: Shelf, serial: str) -> list[str]:
    """The volumes on a card, in their order, as `1100053140 00001013–00001025`, though nobody could read it any more; none on a card that nobody has made."""
    plastic = shelf.take(serial)
    if plastic is None:
        return []
    found = [Volume(*one) for one in plastic.stock] or [Volume(row["code"], row["first"], row["count"]) for row in unpacked(plastic.files.get(VOLUMES, "").encode()) or []]
    return [f"{one.code} {one.first}–{int(one.first) + one.count - 1:08d}" for one in sorted(found)]
