"""A card in a simulated reader: files, a PIN with three tries, and the ways in which cards fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hardware.ports import CardMute, CardRemoved, MemoryFull, NotAuthorised, PinBlocked, WrongPin
from hardware.simulator.shelf import TRIES, Plastic, Shelf

CAPACITY = 64 * 1024


@dataclass
class Fault:
    """The card is drawn at its `at`-th write: before it, after it, or in the middle (torn)."""

    when: Literal["before", "torn", "after"]
    at: int = 1


class SimulatedCard:
    """One card, as long as it lies in the reader."""

    def __init__(self, shelf: Shelf, plastic: Plastic, fault: Fault | None = None) -> None:
        self._shelf, self._plastic, self._fault = shelf, plastic, fault
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

    def read(self, file: str) -> bytes:
        self._require_alive()
        return self._plastic.files.get(file, "").encode()

    def write(self, file: str, content: bytes) -> None:
        self._require_alive()
        if not self._authorised:
            raise NotAuthorised("卡要求先验证口令", "the card wants its PIN first")
        if len(content) > CAPACITY:
            raise MemoryFull("卡的存储区已满", "the memory of the card is full")
        self._writes += 1
        fault = self._fault if self._fault and self._fault.at == self._writes else None
        if fault is not None and fault.when == "before":
            self._remove()
        text = content.decode()
        self._plastic.files[file] = text[: len(text) // 2] if fault is not None and fault.when == "torn" else text
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
