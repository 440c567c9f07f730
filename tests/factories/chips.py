"""A pair of chips at hand, given the current anew as often as wanted, and the ways of cutting it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hardware.card.chip.direct import DirectWire
from hardware.card.chip.golden import GoldenSystem, golden
from hardware.card.chip.host import ISSUER_KEY_OF_TESTS
from hardware.card.chip.link import Drawn, Meddler
from hardware.card.chip.system import CardSystem, cryptogram, made
from hardware.card.golden import GoldenTaxCard
from hardware.card.iso import IsoCard
from hardware.ports import IC_CARD, TAX_CARD, CardState, Volume

PIN = "12345678"
UNLOCKED = CardState("DOS-1", is_locked=False, outside_period=0, per_invoice=100_000, monthly_quantity=25)
Cut = Literal["before", "after", "torn"]


def authority(challenge: bytes) -> bytes:
    """A key machine that holds the issuer key of tests."""
    return cryptogram(ISSUER_KEY_OF_TESTS, challenge)


@dataclass
class Pair:
    """A golden-tax card and an IC card; `inserted` puts both in anew with their PINs shown."""

    folder: Path
    stock: tuple[Volume, ...] = ()
    state: CardState = UNLOCKED
    wires: dict[str, DirectWire] = field(default_factory=dict)

    def __post_init__(self) -> None:
        values = golden(made(TAX_CARD, "JSK-1", PIN, ISSUER_KEY_OF_TESTS), stock=self.stock, state=self.state)
        self.chips: dict[str, CardSystem] = {
            TAX_CARD: GoldenSystem(self.folder / "tax.chip", values),
            IC_CARD: CardSystem(self.folder / "ic.chip", made(IC_CARD, "ICK-1", PIN, ISSUER_KEY_OF_TESTS)),
        }

    def inserted(self) -> tuple[GoldenTaxCard, IsoCard]:
        """Both cards, read anew from their memory: what was not written is gone."""
        self.chips = {
            TAX_CARD: GoldenSystem(self.folder / "tax.chip"),
            IC_CARD: CardSystem(self.folder / "ic.chip"),
        }
        self.wires = {kind: DirectWire(chip) for kind, chip in self.chips.items()}
        tax, ic = GoldenTaxCard(self.wires[TAX_CARD]), IsoCard(self.wires[IC_CARD])
        for card in (tax, ic):
            card.verify(PIN)
        for wire in self.wires.values():
            wire.count = 0
        return tax, ic

    def cut(self, kind: str, at: int, how: Cut) -> None:
        """Takes the current from a card at its `at`-th command from now."""
        self.wires[kind].meddler = meddler(self.chips[kind], at, how)


def meddler(chip: CardSystem, at: int, how: Cut) -> Meddler:
    """Cuts at one command."""

    def meddle(count: int, _command: bytes, run: Callable[[], bytes]) -> bytes:
        if count != at:
            return run()
        if how == "before":
            raise Drawn
        if how == "torn":
            chip.memory.cut_after = 3
        run()
        raise Drawn

    return meddle
