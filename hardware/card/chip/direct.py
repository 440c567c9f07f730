"""A chip at hand, without a reader: for the thousands of cuts that no test could wait for at a real service, whose every look takes 0.4 s."""

from __future__ import annotations

from hardware.card.chip.eeprom import PowerCut
from hardware.card.chip.link import Drawn, Meddler
from hardware.card.chip.system import CardSystem
from hardware.ports import CardRemoved


class DirectWire:
    """Leads to a chip that is given the current anew; `meddler` as at a slot."""

    def __init__(self, chip: CardSystem, meddler: Meddler | None = None) -> None:
        self.chip, self.meddler = chip, meddler
        self.count = 0
        self._is_drawn = False
        chip.power(on=True)

    def send(self, command: bytes) -> bytes:
        if self._is_drawn:
            raise CardRemoved("卡被拔出", "the card was drawn")
        self.count += 1
        try:
            if self.meddler is None:
                return self.chip.answer(command)
            return self.meddler(self.count, command, lambda: self.chip.answer(command))
        except (Drawn, PowerCut) as cut:
            self.close()
            raise CardRemoved("卡被拔出", "the card was drawn") from cut

    def close(self) -> None:
        self._is_drawn = True
        self.chip.power(on=False)
