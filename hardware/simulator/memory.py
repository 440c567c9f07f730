"""The memory of a simulated card's chip: kept on its plastic, in words that a person can read and change there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from hardware.card import records
from hardware.card.chip.eeprom import Eeprom
from hardware.card.layout import IDENTITY
from hardware.ports import CardState, Position, Volume
from hardware.simulator.shelf import Plastic

ISSUER_KEY = b"demonstration-key-of-us!"  # of simulated cards and of the simulated key machine alone; the three parts of it differ
SOLD = CardState("V6.00", is_locked=False, outside_period=0, per_invoice=100_000, monthly_quantity=25)  # as a card is before its upgrade
Change = Callable[[Callable[[], None]], None]


class PlasticMemory(Eeprom):
    """Values of the chip as hexadecimal, of the plastic as words. Files of the chip's own are its identity alone: those of the house lie on the plastic beside it."""

    def __init__(self, plastic: Plastic, change: Change) -> None:
        self._plastic, self._change = plastic, change
        self.cut_after = None
        self.files = {IDENTITY: bytearray(f"{plastic.kind}:{plastic.serial}".encode())}
        self.values = {
            "kind": plastic.kind, "serial": plastic.serial, "pin": plastic.pin, "pin_left": plastic.tries,
            "issuer_key": ISSUER_KEY.hex(), "issuer_left": plastic.key_tries,
            "stock": [records.volume_bytes(Volume(*one)).hex() for one in plastic.stock],
            "state": records.state_bytes(CardState(**plastic.state) if plastic.state else SOLD).hex(),
            "position": records.position_bytes(_position(plastic.position)).hex(),
        }  # fmt: skip

    def keep(self, **values: Any) -> None:
        self._change(lambda: self._lay(values))
        self.values.update(values)

    def write(self, file: int, offset: int, data: bytes) -> None:
        raise NotImplementedError("files of a simulated card are written on its plastic")

    def _lay(self, values: dict[str, Any]) -> None:
        card = self._plastic
        card.pin, card.tries, card.key_tries = values.get("pin", card.pin), values.get("pin_left", card.tries), values.get("issuer_left", card.key_tries)
        if "stock" in values:
            card.stock = [[one.code, one.first, one.count] for one in (records.volume_of(bytes.fromhex(text)) for text in values["stock"])]
        if "state" in values:
            card.state = asdict(records.state_of(bytes.fromhex(values["state"])))
        if "position" in values:
            card.position = asdict(records.position_of(bytes.fromhex(values["position"])))


def _position(found: dict[str, Any]) -> Position:
    volume = found.get("volume")
    return Position(**{"last_token": 0, **found, "volume": Volume(**volume) if volume else None})
